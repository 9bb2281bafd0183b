#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "room/scenario.hpp"

namespace parley::room {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Body = wire::ServerMessage;

wire::ClientMessage leave() {
  wire::ClientMessage message;
  message.mutable_leave();
  return message;
}

std::vector<std::string> names(const wire::RoomState& room) {
  std::vector<std::string> all;
  for (const auto& info : room.participants()) all.push_back(info.participant_id());
  return all;
}

TEST(RoomJoinTest, TheFirstStartsASessionAndTheLastEndsIt) {
  Scenario play;
  EXPECT_TRUE(play.room.idle());
  EXPECT_FALSE(play.room.snapshot());
  Client& pat = play.join("pat");
  ASSERT_TRUE(pat.in);
  ASSERT_THAT(play.all<SessionStarted>(), SizeIs(1));
  EXPECT_EQ(play.all<SessionStarted>()[0].at, play.utc);
  EXPECT_EQ(pat.joined->session_id(), play.all<SessionStarted>()[0].session.value());
  EXPECT_THAT(pat.joined->session_id(), SizeIs(24));
  Client& sam = play.join("sam");
  EXPECT_EQ(sam.joined->session_id(), pat.joined->session_id());
  EXPECT_THAT(play.all<SessionStarted>(), SizeIs(1));
  play.ask(pat, leave());
  EXPECT_THAT(play.all<SessionEnded>(), IsEmpty());
  play.ask(sam, leave());
  ASSERT_THAT(play.all<SessionEnded>(), SizeIs(1));
  EXPECT_EQ(play.all<SessionEnded>()[0].code, code::kLeft);
  EXPECT_TRUE(play.room.idle());
  EXPECT_EQ(pat.dismissed->code, code::kLeft);
  EXPECT_NE(play.join("pat").joined->session_id(), pat.joined->session_id());
}

TEST(RoomJoinTest, JoinedSaysWhatTheClientNeeds) {
  RoomSettings settings;
  settings.custom_room = "standup";
  settings.grace_period = TimeDelta::seconds(7);
  Scenario play(settings);
  Client& pat = play.join("pat", {.permissions = kModerator});
  EXPECT_EQ(pat.joined->room_id(), "abcd-efgh-ijkl");
  EXPECT_EQ(pat.joined->custom_room_id(), "standup");
  EXPECT_EQ(pat.joined->participant_id(), "pat");
  EXPECT_THAT(pat.joined->permissions(), ElementsAre("allow_join", "allow_mod"));
  EXPECT_EQ(pat.joined->grace_period_ms(), 7000u);
  EXPECT_THAT(pat.joined->seats(), SizeIs(5));
  EXPECT_THAT(pat.joined->room().participants(), IsEmpty());
  EXPECT_EQ(pat.inbox[0].reply_to(), 1u);
}

TEST(RoomJoinTest, TheRoomChoosesAnIdWhereNoneIsGiven) {
  Scenario play;
  Client& one = play.join("");
  Client& two = play.join("");
  EXPECT_THAT(one.joined->participant_id(), SizeIs(10));
  EXPECT_NE(one.joined->participant_id(), two.joined->participant_id());
  EXPECT_EQ(one.name.value(), one.joined->participant_id());
}

TEST(RoomJoinTest, ALateJoinerSeesTheWholeRoomAtOnce) {
  Scenario play;
  Client& pat = play.join("pat", {.on = {wire::AUDIO, wire::VIDEO}, .display_name = "Pat", .meta_data_json = "{}"});
  play.pass(TimeDelta::seconds(10));
  Client& sam = play.join("sam", {.on = {wire::SHARE, wire::SHARE_AUDIO}});
  play.join("eve", {.mode = wire::RECV_ONLY});
  play.ask(pat, publish(wire::AUDIO, true, true));
  play.ask(sam, pin("pat", wire::CAM, true));
  play.apply(play.do_effects([&](Effects& out) { play.room.on_connection_quality(pat.name, 4, out); }));

  Client& late = play.join("late");
  const wire::RoomState& room = late.joined->room();
  EXPECT_THAT(names(room), ElementsAre("pat", "sam", "eve"));
  const wire::ParticipantInfo& info = room.participants(0);
  EXPECT_EQ(info.display_name(), "Pat");
  EXPECT_EQ(info.meta_data_json(), "{}");
  ASSERT_THAT(info.streams(), SizeIs(2));
  EXPECT_TRUE(info.streams(0).paused());
  EXPECT_TRUE(info.pin().cam());
  EXPECT_EQ(info.quality(), 4u);
  EXPECT_EQ(info.joined_at_ms(), 1'700'000'000'000);
  EXPECT_EQ(room.participants(2).mode(), wire::RECV_ONLY);
  EXPECT_EQ(room.active_presenter_id(), "sam");
  EXPECT_EQ(room.main_participant_id(), "sam");
  // And the seats are taken in the same message.
  EXPECT_EQ(late.joined->seats(0).participant_id(), "pat");
  EXPECT_EQ(late.joined->seats(4).participant_id(), "sam");
  play.check();
}

TEST(RoomJoinTest, TheSecondOfOneIdEvictsTheFirst) {
  Scenario play;
  Client& first = play.join("pat", {.on = {wire::VIDEO}});
  Client& sam = play.join("sam");
  play.forget_inboxes();
  Client& second = play.join("pat", {.on = {wire::VIDEO}});
  ASSERT_TRUE(first.dismissed);
  EXPECT_EQ(first.dismissed->code, code::kDuplicateId);
  EXPECT_TRUE(second.in);
  ASSERT_THAT(sam.got(Body::kParticipantLeft), SizeIs(1));
  EXPECT_EQ(sam.got(Body::kParticipantLeft)[0].participant_left().reason().code(), code::kDuplicateId);
  ASSERT_THAT(sam.got(Body::kParticipantJoined), SizeIs(1));
  // The connection is another one, so that the seat is assigned anew.
  ASSERT_THAT(play.all<AssignSeat>(), SizeIs(1));
  EXPECT_EQ(play.all<AssignSeat>()[0].receiver, sam.name);
  EXPECT_THAT(play.all<SessionEnded>(), IsEmpty());
  play.check();
}

TEST(RoomJoinTest, EvictingTheOnlyOneKeepsTheSession) {
  Scenario play;
  const std::string session = play.join("pat").joined->session_id();
  EXPECT_EQ(play.join("pat").joined->session_id(), session);
  EXPECT_THAT(play.all<SessionEnded>(), IsEmpty());
}

TEST(RoomJoinTest, AFullRoomTakesOnlyWhoComesAgain) {
  RoomSettings settings;
  settings.max_participants = 2;
  Scenario play(settings);
  play.join("pat");
  play.join("sam");
  play.join("kim");
  ASSERT_TRUE(play.refusal);
  EXPECT_EQ(play.refusal->code(), code::kRoomFull);
  EXPECT_TRUE(play.join("sam").in);
  play.join("guest", {.permissions = kGuest});
  EXPECT_EQ(play.refusal->code(), code::kRoomFull);
}

TEST(RoomJoinTest, OnlyTheParticipantsOnTheList) {
  RoomSettings settings;
  settings.allowed_participant_ids = {ParticipantId("pat")};
  Scenario play(settings);
  EXPECT_TRUE(play.join("pat").in);
  play.join("sam");
  EXPECT_EQ(play.refusal->code(), code::kBadParticipantId);
}

TEST(RoomJoinTest, TheTokenDecides) {
  Scenario play;
  play.join("pat", {.permissions = {.allow_mod = true}});
  EXPECT_EQ(play.refusal->code(), code::kBadPermissions);
  JoinRequest request;
  request.join.set_mode(wire::SIGNALLING_ONLY);
  request.claims.permissions = kHost;
  request.claims.room = RoomId("other");
  Effects effects;
  EXPECT_EQ(play.room.join(request, play.at(), effects).error().code(), auth::kNotForThisRoom);
  request.claims.room = play.room.settings().room;
  request.claims.participant = ParticipantId("sam");
  request.join.set_participant_id("pat");
  EXPECT_EQ(play.room.join(request, play.at(), effects).error().code(), auth::kNotForThisParticipant);
  EXPECT_THAT(effects, IsEmpty());
  request.join.clear_participant_id();
  EXPECT_EQ(play.room.join(request, play.at(), effects), ParticipantId("sam"));
}

TEST(RoomJoinTest, PublishesThatAreNotAllowedAreLeftOut) {
  Scenario play;
  play.join("viewer", {.mode = wire::RECV_ONLY, .on = {wire::AUDIO}});
  play.join("half", {.on = {wire::AUDIO, wire::SHARE}, .sends = {wire::AUDIO, wire::VIDEO}});
  ASSERT_THAT(play.all<EnableSource>(), SizeIs(1));
  EXPECT_EQ(play.all<EnableSource>()[0].source, wire::AUDIO);
  play.check();
}

TEST(RoomJoinTest, AModeratorEndsItForAll) {
  Scenario play;
  Client& mod = play.join("mod", {.permissions = kModerator, .on = {wire::VIDEO}});
  Client& pat = play.join("pat", {.on = {wire::VIDEO}});
  wire::ClientMessage end;
  end.mutable_end_meeting();
  EXPECT_EQ(play.ask(pat, end).error().code(), code::kBadPermissions);
  EXPECT_TRUE(play.ask(mod, end).has_ok());
  EXPECT_EQ(mod.dismissed->code, code::kAllRemoved);
  EXPECT_EQ(pat.dismissed->code, code::kAllRemoved);
  EXPECT_THAT(play.all<ParticipantExited>(), SizeIs(2));
  EXPECT_THAT(play.all<SessionEnded>(), SizeIs(1));
  EXPECT_TRUE(play.room.idle());
  EXPECT_TRUE(play.plane.open.empty());
}

TEST(RoomJoinTest, RestEndsRemovesAndCloses) {
  Scenario play;
  Client& pat = play.join("pat");
  Client& sam = play.join("sam");
  const auto remove = [&](const char* who) {
    bool found = false;
    play.apply(play.do_effects(
        [&](Effects& out) { found = play.room.remove(ParticipantId(who), code::kRemovedByApi, play.at(), out); }));
    return found;
  };
  EXPECT_FALSE(remove("nobody"));
  EXPECT_TRUE(remove("pat"));
  EXPECT_EQ(pat.dismissed->code, code::kRemovedByApi);
  play.check();
  play.apply(play.do_effects([&](Effects& out) { play.room.end(code::kEndedByApi, play.at(), out); }));
  EXPECT_EQ(sam.dismissed->code, code::kEndedByApi);
  Client& kim = play.join("kim");
  ASSERT_TRUE(kim.in);
  play.apply(play.do_effects([&](Effects& out) { play.room.close(play.at(), out); }));
  EXPECT_EQ(kim.dismissed->code, code::kRoomClosed);
  play.join("kim");
  EXPECT_EQ(play.refusal->code(), code::kRoomDisabled);
}

TEST(RoomJoinTest, TheLongestSessionEnds) {
  RoomSettings settings;
  settings.auto_close = TimeDelta::seconds(100);
  Scenario play(settings);
  EXPECT_TRUE(play.room.next_deadline().is_never());
  Client& pat = play.join("pat");
  EXPECT_EQ(play.room.next_deadline(), play.now + TimeDelta::seconds(100));
  play.run(TimeDelta::seconds(99));
  EXPECT_TRUE(pat.in);
  play.run(TimeDelta::seconds(1));
  ASSERT_TRUE(pat.dismissed);
  EXPECT_EQ(pat.dismissed->code, code::kRoomClosed);
  EXPECT_TRUE(play.room.next_deadline().is_never());
  EXPECT_TRUE(play.join("pat").in);  // closed, not deactivated
}

TEST(RoomJoinTest, RecordsGoToTheStore) {
  Scenario play;
  Client& pat = play.join("pat", {.on = {wire::AUDIO}, .display_name = "Pat"});
  play.ask(pat, publish(wire::VIDEO, true));
  play.ask(pat, publish(wire::VIDEO, true, true));  // pausing is no entry in the timeline
  play.ask(pat, change_mode(wire::RECV_ONLY));
  play.pass(TimeDelta::seconds(5));
  play.ask(pat, leave());
  ASSERT_THAT(play.all<ParticipantEntered>(), SizeIs(1));
  EXPECT_EQ(play.all<ParticipantEntered>()[0].display_name, "Pat");
  std::vector<std::string> timeline;
  for (const ParticipantActivity& a : play.all<ParticipantActivity>()) {
    timeline.push_back(a.kind + (a.on ? "+" : "-") + a.value);
  }
  EXPECT_THAT(timeline, ElementsAre("mic+", "webcam+", "mic-", "webcam-", "mode+RECV_ONLY"));
  ASSERT_THAT(play.all<ParticipantExited>(), SizeIs(1));
  EXPECT_EQ(play.all<ParticipantExited>()[0].code, code::kLeft);
  EXPECT_EQ(play.all<ParticipantExited>()[0].at, play.utc);
}

TEST(RoomJoinTest, RequestsOfWhoIsGoneAreIgnored) {
  Scenario play;
  Effects effects;
  wire::ClientMessage message = leave();
  message.set_id(1);
  play.room.handle(ParticipantId("ghost"), message, nullptr, play.at(), effects);
  EXPECT_THAT(effects, IsEmpty());
}

TEST(RoomJoinTest, OnlyRequestsToTheRoomAreHandled) {
  Scenario play;
  Client& pat = play.join("pat");
  wire::ClientMessage message;
  EXPECT_EQ(play.ask(pat, message).error().code(), code::kBadParameter);
  message.mutable_join();
  EXPECT_EQ(play.ask(pat, message).error().code(), code::kBadParameter);
  // No reply where none is wanted.
  Effects effects;
  message.clear_id();
  play.room.handle(pat.name, message, nullptr, play.at(), effects);
  play.room.handle(pat.name, publish(wire::AUDIO, true), nullptr, play.at(), effects);
  for (const Effect& effect : effects) EXPECT_FALSE(std::holds_alternative<SendMessage>(effect));
}

}  // namespace
}  // namespace parley::room
