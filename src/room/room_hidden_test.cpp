// Hidden participants: they receive like anybody else, and nobody notices.
#include <gtest/gtest.h>

#include "room/scenario.hpp"

namespace parley::room {
namespace {

const JoinOptions kWatcher{.main_seats = 8, .share_seats = 2, .hidden = true};

class RoomHiddenTest : public ::testing::Test {
 protected:
  Scenario play_;
};

TEST_F(RoomHiddenTest, ReceivesEverybodyAndIsSeenByNobody) {
  Client& ann = play_.join("ann", {.on = {wire::AUDIO, wire::VIDEO}});
  play_.forget_inboxes();
  Client& watcher = play_.join("rec", kWatcher);
  ASSERT_TRUE(watcher.in);
  EXPECT_TRUE(ann.inbox.empty()) << ann.inbox.front().DebugString();
  EXPECT_NE(watcher.sees("ann"), nullptr);
  EXPECT_TRUE(play_.plane.seated(ParticipantId("rec"), ParticipantId("ann")));
  EXPECT_EQ(play_.all<ParticipantEntered>().size(), 0u);
  EXPECT_EQ(play_.room.snapshot()->participants.size(), 1u);

  play_.join("bob", {.on = {wire::SHARE}});
  EXPECT_EQ(ann.room.participants_size(), 1) << "bob alone";
  EXPECT_EQ(watcher.room.participants_size(), 2);
  EXPECT_TRUE(play_.plane.seated(ParticipantId("rec"), ParticipantId("bob")));
  EXPECT_EQ(play_.present(ParticipantId("bob"))->room.participants_size(), 1) << "a late joiner is not told either";
  play_.check();

  play_.forget_inboxes();
  wire::ClientMessage leave;
  leave.mutable_leave();
  play_.ask(watcher, leave);
  EXPECT_TRUE(ann.inbox.empty());
  EXPECT_EQ(play_.all<ParticipantExited>().size(), 0u);
  play_.check();
}

TEST_F(RoomHiddenTest, NoSessionStartsByIt) {
  play_.join("rec", kWatcher);
  ASSERT_TRUE(play_.refusal);
  EXPECT_EQ(play_.refusal->code(), code::kCannotJoin);
  EXPECT_TRUE(play_.room.idle());
}

TEST_F(RoomHiddenTest, NoSessionLivesByIt) {
  Client& ann = play_.join("ann");
  Client& watcher = play_.join("rec", kWatcher);
  wire::ClientMessage leave;
  leave.mutable_leave();
  play_.ask(ann, leave);
  ASSERT_TRUE(watcher.dismissed);
  EXPECT_EQ(watcher.dismissed->code, code::kLeft);
  EXPECT_EQ(play_.all<SessionEnded>().size(), 1u);
  EXPECT_EQ(play_.all<ParticipantExited>().size(), 1u);
  EXPECT_TRUE(play_.room.idle());
  EXPECT_TRUE(play_.plane.open.empty()) << "its media closes with the session";
}

TEST_F(RoomHiddenTest, IsNotCounted) {
  Scenario play({.max_participants = 1});
  play.join("ann");
  EXPECT_TRUE(play.join("rec", kWatcher).in) << "a full room can be recorded";
  play.join("bob");
  ASSERT_TRUE(play.refusal);
  EXPECT_EQ(play.refusal->code(), code::kRoomFull);
}

TEST_F(RoomHiddenTest, EvictsNobodyButItself) {
  Client& ann = play_.join("ann");
  play_.join("ann", kWatcher);
  ASSERT_TRUE(play_.refusal);
  EXPECT_EQ(play_.refusal->code(), code::kBadParticipantId);
  EXPECT_TRUE(ann.in);
  Client& first = play_.join("rec", kWatcher);
  EXPECT_TRUE(play_.join("rec", kWatcher).in) << "a recorder that comes back after a crash";
  EXPECT_TRUE(first.dismissed);
  play_.join("rec", {});
  EXPECT_NE(ann.sees("rec"), nullptr) << "who takes a hidden one's id is seen";
  play_.check();
}

TEST_F(RoomHiddenTest, CannotKnock) {
  play_.join("ann");
  play_.join("rec", {.permissions = kGuest, .hidden = true});
  ASSERT_TRUE(play_.refusal);
  EXPECT_EQ(play_.refusal->code(), auth::kBadPermissions);
}

TEST_F(RoomHiddenTest, OnlyWatches) {
  Client& ann = play_.join("ann", {.permissions = kModerator, .on = {wire::AUDIO}});
  Client& watcher = play_.join("rec", {.permissions = kModerator, .on = {wire::VIDEO}, .hidden = true});
  EXPECT_TRUE(play_.plane.enabled.size() == 1) << "what it wanted to publish from the start is left out";
  wire::ClientMessage chat, data, end, allow;
  chat.mutable_pubsub_publish()->set_topic("CHAT");
  data.mutable_send_data()->set_payload("x");
  end.mutable_end_meeting();
  allow.mutable_respond_entry()->set_participant_id("x");
  for (const auto& message : {publish(wire::VIDEO, true), chat, data, end, allow, pin("ann", wire::CAM, true),
                              remote_media("ann", wire::AUDIO, false)}) {
    EXPECT_EQ(play_.ask(watcher, message).error().code(), auth::kBadPermissions) << message.DebugString();
  }
  EXPECT_EQ(play_.ask(watcher, change_mode(wire::SEND_AND_RECV)).error().code(), code::kChangeMode);
  // What it may: choose what it receives, and listen.
  wire::ClientMessage subscribe, receive;
  subscribe.mutable_pubsub_subscribe()->set_topic("CHAT");
  receive.mutable_receive()->set_participant_id("ann");
  EXPECT_TRUE(play_.ask(watcher, subscribe).has_subscribed());
  EXPECT_TRUE(play_.ask(watcher, receive).has_ok());
  EXPECT_TRUE(play_.ask(watcher, renegotiate(), offered(10, 2)).has_negotiated());
  // And nobody can lay hands on it.
  wire::ClientMessage remove;
  remove.mutable_remove_participant()->set_participant_id("rec");
  receive.mutable_receive()->set_participant_id("rec");
  EXPECT_TRUE(play_.ask(ann, remove).has_error());
  EXPECT_TRUE(play_.ask(ann, receive).has_error());
  EXPECT_TRUE(play_.ask(ann, pin("rec", wire::CAM, true)).has_error());
  play_.check();
}

TEST_F(RoomHiddenTest, IsAskedForMoreSeats) {
  Client& watcher_first = play_.join("ann", {.on = {wire::VIDEO}});
  (void)watcher_first;
  Client& watcher = play_.join("rec", {.main_seats = 1, .share_seats = 0, .hidden = true});
  play_.join("bob", {.on = {wire::VIDEO, wire::SHARE}});
  ASSERT_TRUE(watcher.seats_wanted);
  EXPECT_GE(watcher.seats_wanted->main(), 2u);
  EXPECT_GE(watcher.seats_wanted->share(), 1u);
}

// ---- what leaves the room ------------------------------------------------------------------------------------------

wire::EgressState recording(const std::string& status) {
  wire::EgressState state;
  state.set_egress_id("e-1");
  state.set_status(status);
  return state;
}

TEST_F(RoomHiddenTest, EgressesAreToldToAllAndToWhoComesLater) {
  const auto set = [&](const std::string& status) {
    play_.apply(play_.do_effects([&](Effects& out) { play_.room.set_egress(recording(status), play_.at(), out); }));
  };
  Client& ann = play_.join("ann");
  set("RECORDING_STARTED");
  ASSERT_EQ(ann.got(wire::ServerMessage::kEgressChanged).size(), 1u);
  Client& late = play_.join("bob");
  ASSERT_EQ(late.joined->room().egresses_size(), 1);
  EXPECT_EQ(late.joined->room().egresses(0).status(), "RECORDING_STARTED");
  set("RECORDING_STOPPING");
  play_.check();
  set("RECORDING_STOPPED");
  EXPECT_EQ(late.got(wire::ServerMessage::kEgressChanged).size(), 2u);
  EXPECT_EQ(play_.join("eve").joined->room().egresses_size(), 0);
  play_.check();
}

TEST_F(RoomHiddenTest, OnlyModeratorsMayAskForEgress) {
  Client& host = play_.join("ann");
  Client& moderator = play_.join("bob", {.permissions = kModerator});
  for (const int kind : {0, 1, 2}) {
    wire::ClientMessage message;
    message.set_id(7);
    if (kind == 0) message.mutable_start_egress()->set_options_json("{}");
    if (kind == 1) message.mutable_stop_egress();
    if (kind == 2) message.mutable_update_egress();
    EXPECT_EQ(play_.ask(host, message).error().code(), auth::kBadPermissions);
    play_.forget_inboxes();
    const Effects effects =
        play_.do_effects([&](Effects& out) { play_.room.handle(moderator.name, message, nullptr, play_.at(), out); });
    ASSERT_EQ(effects.size(), 1u) << "the server replies";
    EXPECT_EQ(std::get<EgressRequested>(effects[0]).client, moderator.id);
    EXPECT_EQ(std::get<EgressRequested>(effects[0]).message.id(), 7u);
  }
}

}  // namespace
}  // namespace parley::room
