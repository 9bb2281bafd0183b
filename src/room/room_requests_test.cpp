#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "room/scenario.hpp"

namespace parley::room {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using Body = wire::ServerMessage;

wire::ClientMessage respond(const std::string& requested_by, wire::Source source, bool accept) {
  wire::ClientMessage message;
  message.mutable_respond_remote_media()->set_requested_by(requested_by);
  message.mutable_respond_remote_media()->set_source(source);
  message.mutable_respond_remote_media()->set_accept(accept);
  return message;
}

wire::ClientMessage remove(const std::string& participant) {
  wire::ClientMessage message;
  message.mutable_remove_participant()->set_participant_id(participant);
  return message;
}

TEST(RoomRequestsTest, AModeratorSwitchesOffAtOnce) {
  Scenario play;
  Client& mod = play.join("mod", {.permissions = kModerator});
  Client& pat = play.join("pat", {.on = {wire::AUDIO, wire::VIDEO}});
  Client& sam = play.join("sam");
  play.speak("pat");
  play.forget_inboxes();
  EXPECT_TRUE(play.ask(mod, remote_media("pat", wire::AUDIO, false)).has_ok());
  ASSERT_THAT(pat.got(Body::kRemoteMediaForced), SizeIs(1));
  EXPECT_EQ(pat.got(Body::kRemoteMediaForced)[0].remote_media_forced().participant_id(), "mod");
  EXPECT_THAT(sam.sees("pat")->streams(), SizeIs(1));
  EXPECT_THAT(mod.sees("pat")->streams(), SizeIs(1));
  EXPECT_EQ(sam.room.active_speaker_id(), "");  // who is muted does not speak
  ASSERT_THAT(play.all<EnableSource>(), SizeIs(1));
  EXPECT_FALSE(play.all<EnableSource>()[0].enabled);
  play.check();
  play.forget_inboxes();
  EXPECT_TRUE(play.ask(mod, remote_media("pat", wire::AUDIO, false)).has_ok());  // is off already
  EXPECT_THAT(pat.inbox, IsEmpty());
  EXPECT_TRUE(play.ask(pat, publish(wire::AUDIO, true)).has_ok());  // and may come back
}

TEST(RoomRequestsTest, SwitchingOnIsARequest) {
  Scenario play;
  Client& mod = play.join("mod", {.permissions = kModerator});
  Client& pat = play.join("pat");
  EXPECT_TRUE(play.ask(mod, remote_media("pat", wire::VIDEO, true)).has_ok());
  ASSERT_THAT(pat.got(Body::kRemoteMediaRequested), SizeIs(1));
  EXPECT_EQ(pat.got(Body::kRemoteMediaRequested)[0].remote_media_requested().source(), wire::VIDEO);
  EXPECT_THAT(play.plane.enabled, IsEmpty());
  EXPECT_EQ(play.ask(pat, respond("mod", wire::AUDIO, true)).error().code(), code::kRemoteMicOn);  // not asked for
  EXPECT_TRUE(play.ask(pat, respond("mod", wire::VIDEO, true)).has_ok());
  ASSERT_THAT(mod.got(Body::kRemoteMediaResponded), SizeIs(1));
  EXPECT_TRUE(mod.got(Body::kRemoteMediaResponded)[0].remote_media_responded().accepted());
  EXPECT_EQ(play.ask(pat, respond("mod", wire::VIDEO, true)).error().code(), code::kRemoteWebcamOn);  // once only
  play.ask(mod, remote_media("pat", wire::VIDEO, true));
  play.ask(pat, respond("mod", wire::VIDEO, false));
  EXPECT_FALSE(mod.got(Body::kRemoteMediaResponded)[1].remote_media_responded().accepted());
}

TEST(RoomRequestsTest, RequestsDieWithWhoAsked) {
  Scenario play;
  Client& mod = play.join("mod", {.permissions = kModerator});
  Client& pat = play.join("pat");
  play.ask(mod, remote_media("pat", wire::VIDEO, true));
  play.join("mod", {.permissions = kModerator});  // somebody else under that name
  EXPECT_EQ(play.ask(pat, respond("mod", wire::VIDEO, true)).error().code(), code::kRemoteWebcamOn);
  EXPECT_EQ(play.ask(pat, respond("ghost", wire::VIDEO, true)).error().code(), code::kRemoteWebcamOn);
}

TEST(RoomRequestsTest, RequestsToOneAreBounded) {
  Scenario play;
  play.join("pat");
  for (size_t i = 0; i < MediaRequests::kMax; ++i) {
    Client& mod = play.join("m" + std::to_string(i), {.permissions = kModerator});
    ASSERT_TRUE(play.ask(mod, remote_media("pat", wire::AUDIO, true)).has_ok());
    ASSERT_TRUE(play.ask(mod, remote_media("pat", wire::AUDIO, true)).has_ok());  // the same request
  }
  Client& late = play.join("late", {.permissions = kModerator});
  EXPECT_EQ(play.ask(late, remote_media("pat", wire::AUDIO, true)).error().code(), code::kRemoteMicOn);
}

TEST(RoomRequestsTest, ModerationNeedsAllowMod) {
  Scenario play;
  Client& host = play.join("host");
  Client& pat = play.join("pat", {.on = {wire::AUDIO, wire::VIDEO}});
  play.forget_inboxes();
  EXPECT_EQ(play.ask(host, remote_media("pat", wire::AUDIO, true)).error().code(), code::kRemoteMicOn);
  EXPECT_EQ(play.ask(host, remote_media("pat", wire::AUDIO, false)).error().code(), code::kRemoteMicOff);
  EXPECT_EQ(play.ask(host, remote_media("pat", wire::VIDEO, true)).error().code(), code::kRemoteWebcamOn);
  EXPECT_EQ(play.ask(host, remote_media("pat", wire::VIDEO, false)).error().code(), code::kRemoteWebcamOff);
  EXPECT_EQ(play.ask(host, remove("pat")).error().code(), code::kRemove);
  EXPECT_THAT(pat.inbox, IsEmpty());
  EXPECT_TRUE(pat.in);
  play.check();
}

TEST(RoomRequestsTest, ModerationOfWhatIsNotThere) {
  Scenario play;
  Client& mod = play.join("mod", {.permissions = kModerator});
  play.join("viewer", {.mode = wire::RECV_ONLY});
  EXPECT_EQ(play.ask(mod, remote_media("ghost", wire::AUDIO, false)).error().code(), code::kRemoteMicOff);
  EXPECT_EQ(play.ask(mod, remote_media("viewer", wire::AUDIO, true)).error().code(), code::kRemoteMicOn);
  EXPECT_EQ(play.ask(mod, remote_media("viewer", wire::SHARE, false)).error().code(), code::kBadParameter);
  EXPECT_EQ(play.ask(mod, respond("mod", wire::SHARE, true)).error().code(), code::kBadParameter);
  EXPECT_EQ(play.ask(mod, remove("ghost")).error().code(), code::kRemove);
}

TEST(RoomRequestsTest, AModeratorRemoves) {
  Scenario play;
  Client& mod = play.join("mod", {.permissions = kModerator});
  Client& pat = play.join("pat", {.on = {wire::VIDEO}});
  Client& sam = play.join("sam");
  EXPECT_TRUE(play.ask(mod, remove("pat")).has_ok());
  EXPECT_EQ(pat.dismissed->code, code::kRemoved);
  EXPECT_EQ(sam.got(Body::kParticipantLeft)[0].participant_left().reason().code(), code::kRemoved);
  EXPECT_EQ(sam.seats[10], "");
  play.check();
  EXPECT_TRUE(play.ask(mod, remove("mod")).has_ok());
  EXPECT_TRUE(mod.dismissed);
  play.check();
}

TEST(RoomRequestsTest, PinsAreTheRooms) {
  Scenario play;
  Client& pat = play.join("pat");
  Client& sam = play.join("sam");
  play.forget_inboxes();
  EXPECT_TRUE(play.ask(pat, pin("sam", wire::SHARE_AND_CAM, true)).has_ok());
  ASSERT_THAT(sam.got(Body::kPinStateChanged), SizeIs(1));  // also to the one who is pinned
  const wire::PinStateChanged changed = sam.got(Body::kPinStateChanged)[0].pin_state_changed();
  EXPECT_EQ(changed.pinned_by(), "pat");
  EXPECT_TRUE(changed.state().cam() && changed.state().share());
  EXPECT_EQ(changed.main_participant_id(), "sam");
  play.ask(sam, pin("sam", wire::CAM, false));
  EXPECT_FALSE(pat.sees("sam")->pin().cam());
  EXPECT_TRUE(pat.sees("sam")->pin().share());
  play.forget_inboxes();
  EXPECT_TRUE(play.ask(pat, pin("sam", wire::CAM, false)).has_ok());
  EXPECT_THAT(sam.inbox, IsEmpty());
  EXPECT_EQ(play.ask(pat, pin("ghost", wire::CAM, true)).error().code(), code::kPin);
  EXPECT_EQ(play.ask(pat, pin("ghost", wire::CAM, false)).error().code(), code::kUnpin);
  EXPECT_EQ(play.ask(pat, pin("sam", static_cast<wire::PinTarget>(3), true)).error().code(), code::kBadParameter);
  play.check();
}

TEST(RoomRequestsTest, AnAudienceDoesNotPinUnlessItModerates) {
  Scenario play;
  play.join("pat");
  Client& viewer = play.join("viewer", {.mode = wire::RECV_ONLY});
  Client& mod = play.join("mod", {.permissions = kModerator, .mode = wire::SIGNALLING_ONLY});
  EXPECT_EQ(play.ask(viewer, pin("pat", wire::CAM, true)).error().code(), code::kPin);
  EXPECT_TRUE(play.ask(mod, pin("pat", wire::CAM, true)).has_ok());
}

TEST(RoomRequestsTest, APinnedCameraGetsASeatWhenTheyAreShort) {
  Scenario play;
  Client& eve = play.join("eve", {.main_seats = 2});
  for (const char* name : {"a", "b", "c"}) play.join(name, {.on = {wire::VIDEO}});
  EXPECT_EQ(eve.seats[11], "b");
  play.ask(eve, pin("c", wire::CAM, true));
  EXPECT_EQ(eve.seats[11], "c");
  play.ask(eve, pin("c", wire::CAM, false));
  EXPECT_EQ(eve.seats[11], "c");  // unpinning alone moves nobody
  play.check();
}

TEST(RoomRequestsTest, LosingThePinnedMainIsTold) {
  Scenario play;
  Client& pat = play.join("pat", {.on = {wire::AUDIO}});
  Client& sam = play.join("sam");
  play.speak("pat");
  play.speak(std::nullopt);
  EXPECT_EQ(sam.room.main_participant_id(), "pat");
  play.forget_inboxes();
  play.ask(pat, change_mode(wire::RECV_ONLY));
  ASSERT_THAT(sam.got(Body::kSpeakerChanged), SizeIs(1));  // the speaker is the same, nobody; the main is not
  EXPECT_EQ(sam.room.main_participant_id(), "");
  play.check();
}

}  // namespace
}  // namespace parley::room
