#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "room/scenario.hpp"

namespace parley::room {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using Body = wire::ServerMessage;

wire::ClientMessage respond(const std::string& guest, bool allow) {
  wire::ClientMessage message;
  message.mutable_respond_entry()->set_participant_id(guest);
  message.mutable_respond_entry()->set_allow(allow);
  return message;
}

const JoinOptions kKnock{.permissions = kGuest, .on = {wire::VIDEO}, .display_name = "Guest"};

TEST(RoomEntryTest, AGuestIsLetIn) {
  Scenario play;
  Client& host = play.join("host");
  Client& guest = play.join("guest", kKnock);
  EXPECT_FALSE(guest.in);
  ASSERT_THAT(guest.inbox, SizeIs(1));
  EXPECT_TRUE(guest.inbox[0].has_entry_pending());
  const uint32_t request = guest.inbox[0].reply_to();
  ASSERT_THAT(host.got(Body::kEntryRequested), SizeIs(1));
  EXPECT_EQ(host.got(Body::kEntryRequested)[0].entry_requested().display_name(), "Guest");
  EXPECT_FALSE(play.plane.open.contains(ParticipantId("guest")));
  play.check();

  EXPECT_TRUE(play.ask(host, respond("guest", true)).has_ok());
  ASSERT_THAT(host.got(Body::kEntryResponded), SizeIs(1));
  EXPECT_EQ(host.got(Body::kEntryResponded)[0].entry_responded().decided_by(), "host");
  ASSERT_THAT(guest.got(Body::kEntryResponded), SizeIs(1));
  EXPECT_TRUE(guest.got(Body::kEntryResponded)[0].entry_responded().allowed());
  ASSERT_THAT(guest.got(Body::kJoined), SizeIs(1));
  EXPECT_EQ(guest.got(Body::kJoined)[0].reply_to(), request);
  EXPECT_THAT(guest.joined->permissions(), testing::ElementsAre("ask_join"));
  EXPECT_EQ(host.seats[10], "guest");  // its camera was on from the start
  play.check();
}

TEST(RoomEntryTest, AGuestIsDenied) {
  Scenario play;
  Client& host = play.join("host");
  Client& guest = play.join("guest", kKnock);
  EXPECT_TRUE(play.ask(host, respond("guest", false)).has_ok());
  EXPECT_FALSE(guest.in);
  ASSERT_THAT(guest.got(Body::kError), SizeIs(1));
  EXPECT_EQ(guest.got(Body::kError)[0].error().code(), code::kCannotJoin);
  EXPECT_EQ(guest.got(Body::kError)[0].reply_to(), guest.inbox[0].reply_to());
  EXPECT_FALSE(guest.got(Body::kEntryResponded)[0].entry_responded().allowed());
  ASSERT_TRUE(guest.dismissed);
  EXPECT_EQ(guest.dismissed->code, code::kJoinFailed);
  EXPECT_EQ(play.ask(host, respond("guest", true)).error().code(), code::kRespondEntry);  // too late
}

TEST(RoomEntryTest, OnlyThoseWithAllowJoinHearAndDecide) {
  Scenario play;
  Client& host = play.join("host");
  Client& first = play.join("first", kKnock);
  play.ask(host, respond("first", true));
  play.forget_inboxes();
  Client& second = play.join("second", kKnock);
  EXPECT_THAT(first.inbox, IsEmpty());  // in the room, but itself only let in
  EXPECT_EQ(play.ask(first, respond("second", true)).error().code(), code::kRespondEntry);
  EXPECT_FALSE(second.in);
  EXPECT_EQ(play.ask(host, respond("nobody", true)).error().code(), code::kRespondEntry);
}

TEST(RoomEntryTest, HostsWhoComeLaterHearOfThoseWhoWait) {
  Scenario play;
  Client& guest = play.join("guest", kKnock);
  EXPECT_FALSE(play.room.snapshot());  // knocking starts no session
  EXPECT_FALSE(play.room.idle());
  Client& host = play.join("host");
  ASSERT_THAT(host.got(Body::kEntryRequested), SizeIs(1));
  // After Joined, so that the client is ready for it.
  EXPECT_TRUE(host.inbox[0].has_joined());
  play.ask(host, respond("guest", true));
  EXPECT_TRUE(guest.in);
}

TEST(RoomEntryTest, AGuestGivesUp) {
  Scenario play;
  Client& host = play.join("host");
  Client& guest = play.join("guest", kKnock);
  play.apply(play.do_effects([&](Effects& out) { play.room.cancel_entry(guest.id, play.at(), out); }));
  EXPECT_TRUE(guest.dismissed);
  ASSERT_THAT(host.got(Body::kEntryResponded), SizeIs(1));
  EXPECT_EQ(host.got(Body::kEntryResponded)[0].entry_responded().decided_by(), "");
  Effects effects;
  play.room.cancel_entry(guest.id, play.at(), effects);
  play.room.cancel_entry(host.id, play.at(), effects);  // in the room: not a guest
  EXPECT_THAT(effects, IsEmpty());
}

TEST(RoomEntryTest, NobodyAnswers) {
  Scenario play;
  Client& guest = play.join("guest", kKnock);
  EXPECT_EQ(play.room.next_deadline(), play.now + Entries::kTimeout);
  play.run(Entries::kTimeout - TimeDelta::millis(1));
  EXPECT_FALSE(guest.dismissed);
  play.run(TimeDelta::millis(1));
  ASSERT_TRUE(guest.dismissed);
  EXPECT_EQ(guest.got(Body::kError)[0].error().code(), code::kCannotJoin);
  EXPECT_TRUE(play.room.idle());
  EXPECT_TRUE(play.room.next_deadline().is_never());
}

TEST(RoomEntryTest, KnockingAgainReplacesTheFirstKnock) {
  Scenario play;
  Client& host = play.join("host");
  Client& first = play.join("guest", kKnock);
  Client& second = play.join("guest", kKnock);
  EXPECT_TRUE(first.dismissed);
  EXPECT_THAT(host.got(Body::kEntryRequested), SizeIs(2));
  EXPECT_THAT(host.got(Body::kEntryResponded), SizeIs(1));
  play.ask(host, respond("guest", true));
  EXPECT_TRUE(second.in);
}

TEST(RoomEntryTest, KnockingUnderAnIdOfTheRoomEvictsNobodyUntilLetIn) {
  Scenario play;
  Client& host = play.join("host");
  Client& pat = play.join("pat", {.on = {wire::VIDEO}});
  Client& guest = play.join("pat", kKnock);
  EXPECT_FALSE(pat.dismissed);
  play.check();
  play.ask(host, respond("pat", true));
  EXPECT_EQ(pat.dismissed->code, code::kDuplicateId);
  EXPECT_TRUE(guest.in);
  play.check();
}

TEST(RoomEntryTest, LettingInWhoEvictsTheOneWhoLetsIn) {
  Scenario play;
  Client& host = play.join("host");
  Client& guest = play.join("host", kKnock);
  EXPECT_TRUE(play.ask(host, respond("host", true)).has_ok());
  EXPECT_TRUE(host.dismissed);
  EXPECT_TRUE(guest.in);
  play.check();
}

TEST(RoomEntryTest, AFullRoomLeavesTheGuestWaiting) {
  RoomSettings settings;
  settings.max_participants = 2;
  Scenario play(settings);
  Client& host = play.join("host");
  Client& guest = play.join("guest", kKnock);
  Client& pat = play.join("pat");
  EXPECT_EQ(play.ask(host, respond("guest", true)).error().code(), code::kRoomFull);
  EXPECT_FALSE(guest.dismissed);
  wire::ClientMessage leave;
  leave.mutable_leave();
  play.ask(pat, leave);
  EXPECT_TRUE(play.ask(host, respond("guest", true)).has_ok());
  EXPECT_TRUE(guest.in);
}

TEST(RoomEntryTest, TheQueueIsBounded) {
  Scenario play;
  for (size_t i = 0; i < Entries::kMax; ++i) play.join("g" + std::to_string(i), kKnock);
  EXPECT_FALSE(play.refusal);
  play.join("one-more", kKnock);
  ASSERT_TRUE(play.refusal);
  EXPECT_EQ(play.refusal->code(), code::kCannotJoin);
  play.join("g0", kKnock);  // who waits already may come again
  EXPECT_FALSE(play.refusal);
}

TEST(RoomEntryTest, EndingTheMeetingTurnsGuestsAway) {
  Scenario play;
  Client& guest = play.join("guest", kKnock);
  play.apply(play.do_effects([&](Effects& out) { play.room.end(code::kEndedByApi, play.at(), out); }));
  EXPECT_TRUE(guest.dismissed);
  EXPECT_TRUE(play.room.idle());
}

}  // namespace
}  // namespace parley::room
