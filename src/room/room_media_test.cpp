#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "room/scenario.hpp"

namespace parley::room {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Body = wire::ServerMessage;

wire::ClientMessage receive(const std::string& participant, wire::Source source, const Wish& wish) {
  wire::ClientMessage message;
  wire::Receive& body = *message.mutable_receive();
  body.set_participant_id(participant);
  body.set_source(source);
  body.set_quality(wish.quality);
  body.set_width(wish.width);
  body.set_height(wish.height);
  body.set_paused(wish.paused);
  return message;
}

wire::ClientMessage pause_all(std::vector<wire::Source> sources, bool paused) {
  wire::ClientMessage message;
  for (const wire::Source source : sources) message.mutable_pause_all()->add_sources(source);
  message.mutable_pause_all()->set_paused(paused);
  return message;
}

// What the data plane was last told of one stream.
SetReceive told(Scenario& play, const char* receiver, const char* of, wire::Source source) {
  return play.plane.receives.at({ParticipantId(receiver), {ParticipantId(of), source}});
}

// ---- publishing --------------------------------------------------------------------------------------------------

TEST(RoomMediaTest, PublishingOnPausedAndOff) {
  Scenario play;
  Client& pat = play.join("pat");
  Client& sam = play.join("sam");
  play.forget_inboxes();
  EXPECT_TRUE(play.ask(pat, publish(wire::VIDEO, true)).has_ok());
  ASSERT_THAT(sam.sees("pat")->streams(), SizeIs(1));
  EXPECT_EQ(sam.sees("pat")->streams(0).source(), wire::VIDEO);
  EXPECT_EQ(sam.seats[10], "pat");
  EXPECT_THAT(play.plane.enabled, SizeIs(1));
  play.ask(pat, publish(wire::VIDEO, true, true));
  EXPECT_TRUE(sam.sees("pat")->streams(0).paused());
  EXPECT_EQ(sam.seats[10], "pat");  // paused, but there
  EXPECT_THAT(play.plane.enabled, IsEmpty());
  play.ask(pat, publish(wire::VIDEO, false));
  EXPECT_THAT(sam.sees("pat")->streams(), IsEmpty());
  EXPECT_EQ(sam.seats[10], "");
  EXPECT_THAT(pat.got(Body::kParticipantUpdated), IsEmpty());  // one's own state is no news
  play.check();
  play.forget_inboxes();
  EXPECT_TRUE(play.ask(pat, publish(wire::VIDEO, false)).has_ok());  // again: nothing to tell
  EXPECT_THAT(sam.inbox, IsEmpty());
}

TEST(RoomMediaTest, PublishingIsRefused) {
  Scenario play;
  Client& viewer = play.join("viewer", {.mode = wire::RECV_ONLY});
  Client& chat = play.join("chat", {.mode = wire::SIGNALLING_ONLY});
  Client& half = play.join("half", {.sends = {wire::AUDIO}});
  EXPECT_EQ(play.ask(viewer, publish(wire::AUDIO, true)).error().code(), code::kNotInThisMode);
  EXPECT_EQ(play.ask(chat, publish(wire::AUDIO, true)).error().code(), code::kNotInThisMode);
  EXPECT_EQ(play.ask(half, publish(wire::VIDEO, true)).error().code(), code::kProduceFailed);
  EXPECT_EQ(play.ask(half, publish(static_cast<wire::Source>(7), true)).error().code(), code::kBadParameter);
  EXPECT_TRUE(play.ask(viewer, publish(wire::AUDIO, false)).has_ok());  // off is always right
  wire::ClientMessage odd = publish(wire::AUDIO, true);
  odd.mutable_publish()->set_display_surface("fridge");
  EXPECT_EQ(play.ask(half, odd).error().code(), code::kBadParameter);
  EXPECT_THAT(play.plane.enabled, IsEmpty());
}

TEST(RoomMediaTest, SharingMakesThePresenterAndFallsBack) {
  Scenario play;
  Client& pat = play.join("pat");
  Client& sam = play.join("sam");
  Client& eve = play.join("eve");
  wire::ClientMessage share = publish(wire::SHARE, true);
  share.mutable_publish()->set_display_surface("window");
  play.ask(pat, share);
  EXPECT_EQ(eve.room.active_presenter_id(), "pat");
  EXPECT_EQ(eve.room.main_participant_id(), "pat");
  EXPECT_EQ(eve.sees("pat")->streams(0).display_surface(), "window");
  EXPECT_EQ(eve.seats[100], "pat");
  play.ask(sam, publish(wire::SHARE, true));
  EXPECT_EQ(eve.room.active_presenter_id(), "sam");
  EXPECT_EQ(pat.room.active_presenter_id(), "sam");  // the presenters hear of it too
  play.ask(sam, publish(wire::SHARE, false));
  EXPECT_EQ(eve.room.active_presenter_id(), "pat");
  play.ask(pat, change_mode(wire::RECV_ONLY));
  EXPECT_EQ(eve.room.active_presenter_id(), "");
  play.check();
}

TEST(RoomMediaTest, TheNewPresenterTakesAScarceShareSeat) {
  Scenario play;
  Client& pat = play.join("pat");
  Client& sam = play.join("sam");
  Client& eve = play.join("eve", {.share_seats = 1});
  play.ask(pat, publish(wire::SHARE, true));
  play.pass(TimeDelta::seconds(1));
  play.ask(sam, publish(wire::SHARE, true));
  EXPECT_EQ(eve.seats[100], "sam");
  ASSERT_TRUE(eve.seats_wanted);
  EXPECT_EQ(eve.seats_wanted->share(), kSeatBatch);
  EXPECT_EQ(eve.seats_wanted->main(), 4u);  // as many as it has
}

TEST(RoomMediaTest, TheCodecBecomesKnown) {
  Scenario play;
  Client& pat = play.join("pat", {.on = {wire::VIDEO}});
  Client& sam = play.join("sam");
  const auto started = [&](wire::Source source, const char* codec) {
    play.forget_inboxes();
    play.apply(play.do_effects([&](Effects& out) { play.room.on_track_started(pat.name, source, codec, out); }));
  };
  started(wire::VIDEO, "VP8");
  EXPECT_EQ(sam.sees("pat")->streams(0).codec(), "VP8");
  started(wire::VIDEO, "VP8");
  EXPECT_THAT(sam.inbox, IsEmpty());
  started(wire::AUDIO, "opus");  // is off: a packet that came late
  EXPECT_THAT(sam.inbox, IsEmpty());
  play.ask(pat, publish(wire::VIDEO, true, true));
  EXPECT_EQ(sam.sees("pat")->streams(0).codec(), "VP8");
  play.ask(pat, publish(wire::VIDEO, false));
  play.ask(pat, publish(wire::VIDEO, true));
  EXPECT_EQ(sam.sees("pat")->streams(0).codec(), "");
  play.check();
}

// ---- receiving ---------------------------------------------------------------------------------------------------

TEST(RoomMediaTest, WishesReachTheDataPlaneAndOutliveTheSeat) {
  Scenario play;
  Client& pat = play.join("pat", {.on = {wire::VIDEO}});
  Client& sam = play.join("sam");
  EXPECT_EQ(told(play, "sam", "pat", wire::VIDEO).quality, wire::QUALITY_AUTO);
  EXPECT_TRUE(play.ask(sam, receive("pat", wire::VIDEO, {wire::LOW, 320, 180, false})).has_ok());
  EXPECT_EQ(told(play, "sam", "pat", wire::VIDEO).quality, wire::LOW);
  EXPECT_EQ(told(play, "sam", "pat", wire::VIDEO).width, 320u);
  play.forget_inboxes();
  play.ask(sam, receive("pat", wire::VIDEO, {wire::LOW, 320, 180, false}));
  EXPECT_THAT(play.all<SetReceive>(), IsEmpty());  // the same again is not told again
  play.ask(pat, publish(wire::VIDEO, false));
  play.ask(pat, publish(wire::VIDEO, true));
  EXPECT_EQ(told(play, "sam", "pat", wire::VIDEO).height, 180u);
  // Who comes back as somebody new is received as somebody new.
  play.join("pat", {.on = {wire::VIDEO}});
  EXPECT_EQ(told(play, "sam", "pat", wire::VIDEO).quality, wire::QUALITY_AUTO);
  play.check();
}

TEST(RoomMediaTest, PauseAllIsOneSwitchOverTheWishes) {
  Scenario play;
  play.join("pat", {.on = {wire::AUDIO, wire::VIDEO, wire::SHARE}});
  Client& sam = play.join("sam");
  play.ask(sam, receive("pat", wire::SHARE, {.paused = true}));
  play.ask(sam, pause_all({wire::VIDEO}, true));
  EXPECT_TRUE(told(play, "sam", "pat", wire::VIDEO).paused);
  EXPECT_FALSE(told(play, "sam", "pat", wire::AUDIO).paused);
  play.join("kim", {.on = {wire::VIDEO}});
  EXPECT_TRUE(told(play, "sam", "kim", wire::VIDEO).paused);  // also for who comes later
  play.ask(sam, pause_all({}, true));
  EXPECT_TRUE(told(play, "sam", "pat", wire::AUDIO).paused);
  play.ask(sam, pause_all({}, false));
  EXPECT_FALSE(told(play, "sam", "pat", wire::VIDEO).paused);
  EXPECT_FALSE(told(play, "sam", "kim", wire::VIDEO).paused);
  EXPECT_TRUE(told(play, "sam", "pat", wire::SHARE).paused);  // its own wish
  EXPECT_EQ(play.ask(sam, pause_all({static_cast<wire::Source>(9)}, true)).error().code(), code::kBadParameter);
}

TEST(RoomMediaTest, WishesThatCannotBe) {
  Scenario play;
  Client& sam = play.join("sam");
  EXPECT_EQ(play.ask(sam, receive("ghost", wire::VIDEO, {})).error().code(), code::kBadParticipantId);
  EXPECT_EQ(play.ask(sam, receive("sam", wire::VIDEO, {})).error().code(), code::kBadParticipantId);
  play.join("pat");
  EXPECT_EQ(play.ask(sam, receive("pat", static_cast<wire::Source>(4), {})).error().code(), code::kBadParameter);
  EXPECT_EQ(play.ask(sam, receive("pat", wire::VIDEO, {static_cast<wire::Quality>(4)})).error().code(),
            code::kBadParameter);
}

TEST(RoomMediaTest, TooManyWishesAreRefused) {
  Scenario play;
  Client& sam = play.join("sam", {.mode = wire::SIGNALLING_ONLY});
  const size_t people = Wishes::kMax / kSources;
  for (size_t i = 0; i < people; ++i) play.join("p" + std::to_string(i), {.mode = wire::SIGNALLING_ONLY});
  for (size_t i = 0; i < people; ++i) {
    for (const wire::Source source : kAllSources) {
      ASSERT_TRUE(play.ask(sam, receive("p" + std::to_string(i), source, {.paused = true})).has_ok());
    }
  }
  play.join("one-more", {.mode = wire::SIGNALLING_ONLY});
  EXPECT_EQ(play.ask(sam, receive("one-more", wire::VIDEO, {.paused = true})).error().code(), code::kReceive);
}

TEST(RoomMediaTest, PrioritiesFollowSpeakerPinAndShare) {
  Scenario play;
  Client& pat = play.join("pat", {.on = {wire::AUDIO, wire::VIDEO}});
  play.join("sam", {.on = {wire::AUDIO, wire::VIDEO}});
  play.join("eve");
  EXPECT_EQ(told(play, "eve", "pat", wire::VIDEO).priority, 0);
  play.speak("pat");
  EXPECT_EQ(told(play, "eve", "pat", wire::VIDEO).priority, 1);
  EXPECT_EQ(told(play, "eve", "pat", wire::AUDIO).priority, 0);
  play.speak("sam");
  EXPECT_EQ(told(play, "eve", "pat", wire::VIDEO).priority, 0);
  EXPECT_EQ(told(play, "eve", "sam", wire::VIDEO).priority, 1);
  play.ask(pat, pin("sam", wire::CAM, true));
  EXPECT_EQ(told(play, "eve", "sam", wire::VIDEO).priority, 2);
  play.ask(pat, pin("sam", wire::CAM, false));
  EXPECT_EQ(told(play, "eve", "sam", wire::VIDEO).priority, 1);
  play.ask(pat, publish(wire::SHARE, true));
  EXPECT_EQ(told(play, "eve", "pat", wire::SHARE).priority, 3);
}

// ---- seats -------------------------------------------------------------------------------------------------------

TEST(RoomMediaTest, PoolsGrowByBatches) {
  Scenario play;
  Client& eve = play.join("eve", {.main_seats = 2});
  for (const char* name : {"a", "b"}) play.join(name, {.on = {wire::AUDIO}});
  EXPECT_FALSE(eve.seats_wanted);
  play.join("c", {.on = {wire::AUDIO}});
  ASSERT_TRUE(eve.seats_wanted);
  EXPECT_EQ(eve.seats_wanted->main(), 4u);
  EXPECT_EQ(eve.seats_wanted->share(), 1u);
  play.forget_inboxes();
  play.join("d", {.on = {wire::AUDIO}});
  EXPECT_THAT(eve.got(Body::kSeatsWanted), IsEmpty());  // 4 are asked for already
  play.join("e", {.on = {wire::AUDIO}});
  EXPECT_EQ(eve.seats_wanted->main(), 8u);

  const wire::ServerMessage reply = play.ask(eve, renegotiate(), offered(8, 1));
  ASSERT_TRUE(reply.has_negotiated());
  std::vector<std::string> seated;
  for (const auto& seat : reply.negotiated().seats()) seated.push_back(seat.participant_id());
  EXPECT_THAT(seated, ElementsAre("a", "b", "c", "d", "e", "", "", "", ""));
  play.check();
}

TEST(RoomMediaTest, AClientThatCannotGrowIsAskedOnce) {
  Scenario play;
  Client& eve = play.join("eve", {.main_seats = 2});
  for (const char* name : {"a", "b", "c"}) play.join(name, {.on = {wire::AUDIO}});
  play.forget_inboxes();
  EXPECT_TRUE(play.ask(eve, renegotiate(), offered(2, 1)).has_negotiated());
  EXPECT_THAT(eve.got(Body::kSeatsWanted), IsEmpty());
  play.check();
}

TEST(RoomMediaTest, PoolsStopAtTheLargestGrid) {
  Scenario play;
  Client& eve = play.join("eve", {.main_seats = 24, .share_seats = 4});
  for (int i = 0; i < 30; ++i) play.join("p" + std::to_string(i), {.on = {wire::VIDEO, wire::SHARE}, .main_seats = 1});
  EXPECT_EQ(eve.seats_wanted->main(), kMaxMainSeats);
  EXPECT_EQ(eve.seats_wanted->share(), kMaxShareSeats);
  play.forget_inboxes();
  play.ask(eve, renegotiate(), offered(kMaxMainSeats, kMaxShareSeats));
  play.join("last", {.on = {wire::VIDEO}});
  EXPECT_THAT(eve.got(Body::kSeatsWanted), IsEmpty());
  play.check();
}

TEST(RoomMediaTest, TheSpeakerIsAlwaysSeenWithLittleReshuffling) {
  Scenario play;
  Client& eve = play.join("eve", {.main_seats = 3});
  for (const char* name : {"a", "b", "c", "d", "e"}) play.join(name, {.on = {wire::AUDIO}});
  for (const char* name : {"a", "b", "c"}) {
    play.pass(TimeDelta::seconds(1));
    play.speak(name);
  }
  play.forget_inboxes();
  play.pass(TimeDelta::seconds(1));
  play.speak("e");
  ASSERT_THAT(eve.got(Body::kSeatsChanged), SizeIs(1));
  ASSERT_THAT(eve.got(Body::kSeatsChanged)[0].seats_changed().seats(), SizeIs(1));
  EXPECT_EQ(eve.seats, (std::map<uint32_t, std::string>{{10, "e"}, {11, "b"}, {12, "c"}, {100, ""}}));
  play.speak("d");
  EXPECT_EQ(eve.seats[11], "d");
  play.check();
}

TEST(RoomMediaTest, AnOfferWithoutALineSwitchesTheSourceOff) {
  Scenario play;
  Client& pat = play.join("pat", {.on = {wire::AUDIO, wire::SHARE}});
  Client& sam = play.join("sam");
  play.ask(pat, renegotiate(), offered(4, 1, {wire::AUDIO}));
  EXPECT_THAT(sam.sees("pat")->streams(), SizeIs(1));
  EXPECT_EQ(sam.room.active_presenter_id(), "");
  play.check();
}

// ---- modes -------------------------------------------------------------------------------------------------------

TEST(RoomMediaTest, ModesDecideWhoSendsAndReceives) {
  Scenario play;
  Client& host = play.join("host", {.on = {wire::VIDEO}});
  Client& viewer = play.join("viewer", {.mode = wire::RECV_ONLY});
  Client& chat = play.join("chat", {.mode = wire::SIGNALLING_ONLY});
  EXPECT_EQ(viewer.seats[10], "host");
  EXPECT_THAT(chat.joined->seats(), IsEmpty());
  EXPECT_EQ(chat.sees("host")->streams_size(), 1);  // knows of it, gets none of it
  EXPECT_THAT(play.plane.open, SizeIs(2));

  // Promotion: the viewer's offer has the lines already.
  EXPECT_TRUE(play.ask(viewer, change_mode(wire::SEND_AND_RECV)).has_ok());
  EXPECT_EQ(host.sees("viewer")->mode(), wire::SEND_AND_RECV);
  EXPECT_TRUE(play.ask(viewer, publish(wire::AUDIO, true)).has_ok());
  EXPECT_EQ(host.seats[10], "viewer");
  play.check();

  // Demotion switches everything off.
  play.ask(viewer, change_mode(wire::RECV_ONLY));
  EXPECT_EQ(host.sees("viewer")->streams_size(), 0);
  EXPECT_EQ(host.seats[10], "");
  EXPECT_EQ(viewer.seats[10], "host");
  play.check();
}

TEST(RoomMediaTest, MediaOpensAndClosesWithTheMode) {
  Scenario play;
  play.join("host", {.on = {wire::VIDEO}});
  Client& chat = play.join("chat", {.mode = wire::SIGNALLING_ONLY});
  EXPECT_EQ(play.ask(chat, change_mode(wire::RECV_ONLY)).error().code(), code::kChangeMode);  // needs an offer
  EXPECT_EQ(play.ask(chat, renegotiate(), offered(1, 1)).error().code(), code::kNotInThisMode);
  const wire::ServerMessage reply = play.ask(chat, change_mode(wire::RECV_ONLY), offered(2, 1));
  ASSERT_TRUE(reply.has_negotiated());
  EXPECT_EQ(reply.negotiated().seats(0).participant_id(), "host");
  EXPECT_TRUE(play.plane.open.contains(chat.name));
  play.check();
  EXPECT_TRUE(play.ask(chat, change_mode(wire::SIGNALLING_ONLY)).has_ok());
  EXPECT_FALSE(play.plane.open.contains(chat.name));
  play.check();
  EXPECT_EQ(play.ask(chat, change_mode(wire::SIGNALLING_ONLY), offered(1, 1)).error().code(), code::kChangeMode);
  EXPECT_EQ(play.ask(chat, change_mode(static_cast<wire::Mode>(3))).error().code(), code::kChangeMode);
  EXPECT_TRUE(play.ask(chat, change_mode(wire::SEND_AND_RECV), offered(1, 1)).has_negotiated());
  play.check();
}

TEST(RoomMediaTest, RenegotiatingNeedsAnOffer) {
  Scenario play;
  Client& pat = play.join("pat");
  EXPECT_EQ(play.ask(pat, renegotiate()).error().code(), code::kBadParameter);
}

}  // namespace
}  // namespace parley::room
