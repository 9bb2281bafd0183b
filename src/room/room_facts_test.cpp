#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "room/scenario.hpp"

namespace parley::room {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using Body = wire::ServerMessage;

class RoomFactsTest : public testing::Test {
 protected:
  RoomFactsTest() : pat_(play_.join("pat", {.on = {wire::AUDIO, wire::VIDEO}})), sam_(play_.join("sam")) {
    play_.forget_inboxes();
  }
  void lose(const Client& client) {
    play_.apply(play_.do_effects([&](Effects& out) { play_.room.on_signalling_lost(client.name, play_.at(), out); }));
  }
  void resume(const Client& client) {
    play_.apply(
        play_.do_effects([&](Effects& out) { play_.room.on_signalling_resumed(client.name, play_.at(), out); }));
  }
  void media(const Client& client, wire::MediaState::State state) {
    play_.apply(
        play_.do_effects([&](Effects& out) { play_.room.on_media_state(client.name, state, "why", play_.at(), out); }));
  }
  TimeDelta grace() const { return play_.room.settings().grace_period; }

  Scenario play_;
  Client& pat_;
  Client& sam_;
};

TEST_F(RoomFactsTest, ALostSocketIsHeldAndResumed) {
  lose(pat_);
  EXPECT_TRUE(sam_.sees("pat")->reconnecting());
  EXPECT_EQ(sam_.seats[10], "pat");  // its media may well flow on
  EXPECT_EQ(play_.room.next_deadline(), play_.now + grace());
  play_.run(grace() - TimeDelta::millis(1));
  EXPECT_TRUE(pat_.in);
  resume(pat_);
  EXPECT_FALSE(sam_.sees("pat")->reconnecting());
  play_.run(grace());
  EXPECT_TRUE(pat_.in);
  play_.check();
}

TEST_F(RoomFactsTest, AfterTheGracePeriodItLeaves) {
  lose(pat_);
  play_.pass(TimeDelta::seconds(10));
  lose(pat_);  // said twice does not begin anew
  play_.run(grace() - TimeDelta::seconds(10));
  ASSERT_TRUE(pat_.dismissed);
  EXPECT_EQ(pat_.dismissed->code, code::kSignallingLost);
  EXPECT_EQ(sam_.got(Body::kParticipantLeft)[0].participant_left().reason().code(), code::kSignallingLost);
  EXPECT_EQ(sam_.seats[10], "");
  play_.check();
}

TEST_F(RoomFactsTest, EverybodyLostEndsTheSession) {
  lose(pat_);
  lose(sam_);
  play_.run(grace());
  EXPECT_TRUE(play_.room.idle());
  ASSERT_THAT(play_.all<SessionEnded>(), SizeIs(1));
  EXPECT_EQ(play_.all<SessionEnded>()[0].code, code::kSignallingLost);
}

TEST_F(RoomFactsTest, AReloadedPageTakesOverFromItsHeldSelf) {
  lose(pat_);
  Client& again = play_.join("pat");
  EXPECT_TRUE(again.in);
  EXPECT_FALSE(sam_.sees("pat")->reconnecting());
  play_.run(grace());
  EXPECT_TRUE(again.in);
  play_.check();
}

TEST_F(RoomFactsTest, MediaStateIsTheReceiversAndReconnectingEverybodys) {
  media(pat_, wire::MediaState::CONNECTED);
  ASSERT_THAT(pat_.got(Body::kMediaState), SizeIs(1));
  EXPECT_EQ(pat_.got(Body::kMediaState)[0].media_state().reason(), "why");
  EXPECT_THAT(sam_.inbox, IsEmpty());
  media(pat_, wire::MediaState::DISCONNECTED);
  EXPECT_TRUE(sam_.sees("pat")->reconnecting());
  media(pat_, wire::MediaState::CONNECTING);
  EXPECT_TRUE(sam_.sees("pat")->reconnecting());
  lose(pat_);
  media(pat_, wire::MediaState::CONNECTED);
  EXPECT_TRUE(sam_.sees("pat")->reconnecting());  // the socket is still missing
  resume(pat_);
  EXPECT_FALSE(sam_.sees("pat")->reconnecting());
  EXPECT_THAT(sam_.got(Body::kParticipantUpdated), SizeIs(2));  // once when it went, once when it came
  play_.run(grace());
  EXPECT_TRUE(pat_.in);
  play_.check();
}

TEST_F(RoomFactsTest, SpeakersAreToldToAllAndForgottenWithSilence) {
  play_.speak("pat");
  EXPECT_EQ(sam_.room.active_speaker_id(), "pat");
  EXPECT_EQ(pat_.room.active_speaker_id(), "pat");
  EXPECT_EQ(sam_.room.main_participant_id(), "pat");
  play_.forget_inboxes();
  play_.speak("pat");
  play_.speak("sam");  // her microphone is off: a report that came late
  play_.speak("ghost");
  EXPECT_THAT(sam_.inbox, IsEmpty());
  play_.speak(std::nullopt);
  EXPECT_EQ(sam_.room.active_speaker_id(), "");
  EXPECT_EQ(sam_.room.main_participant_id(), "pat");
  play_.check();
}

TEST_F(RoomFactsTest, WhoSpeaksAndLeavesIsNoSpeaker) {
  play_.speak("pat");
  wire::ClientMessage leave;
  leave.mutable_leave();
  play_.ask(pat_, leave);
  EXPECT_EQ(sam_.room.active_speaker_id(), "");
  EXPECT_EQ(sam_.room.main_participant_id(), "");
  play_.check();
}

TEST_F(RoomFactsTest, QualityIsToldWhenItChanges) {
  const auto quality = [&](uint32_t value) {
    play_.apply(play_.do_effects([&](Effects& out) { play_.room.on_connection_quality(pat_.name, value, out); }));
  };
  quality(3);
  quality(3);
  ASSERT_THAT(sam_.got(Body::kQualityChanged), SizeIs(1));
  EXPECT_THAT(pat_.got(Body::kQualityChanged), SizeIs(1));
  EXPECT_EQ(sam_.sees("pat")->quality(), 3u);
  quality(0);
  EXPECT_EQ(sam_.sees("pat")->quality(), 1u);
  quality(9);
  EXPECT_EQ(sam_.sees("pat")->quality(), 5u);
  play_.check();
}

TEST_F(RoomFactsTest, WhatConcernsOneGoesToThatOne) {
  wire::ReceiveChanged change;
  change.set_participant_id("pat");
  change.set_source(wire::VIDEO);
  change.set_pause(wire::ReceiveChanged::BY_BANDWIDTH);
  change.set_spatial_layer(-1);
  play_.apply(play_.do_effects([&](Effects& out) {
    play_.room.on_receive_changed(sam_.name, change, out);
    play_.room.on_layer_demand(pat_.name, wire::VIDEO, 1, out);
    change.set_participant_id("ghost");
    play_.room.on_receive_changed(sam_.name, change, out);  // left meanwhile
    play_.room.on_layer_demand(ParticipantId("ghost"), wire::VIDEO, 1, out);
  }));
  ASSERT_THAT(sam_.inbox, SizeIs(1));
  EXPECT_EQ(sam_.inbox[0].receive_changed().pause(), wire::ReceiveChanged::BY_BANDWIDTH);
  ASSERT_THAT(pat_.inbox, SizeIs(1));
  EXPECT_EQ(pat_.inbox[0].layers_wanted().max_layer(), 1);
}

TEST_F(RoomFactsTest, FactsAboutStrangersAreIgnored) {
  const ParticipantId ghost("ghost");
  Effects effects;
  play_.room.on_signalling_lost(ghost, play_.at(), effects);
  play_.room.on_signalling_resumed(ghost, play_.at(), effects);
  play_.room.on_signalling_resumed(pat_.name, play_.at(), effects);  // was not lost
  play_.room.on_media_state(ghost, wire::MediaState::FAILED, "", play_.at(), effects);
  play_.room.on_track_started(ghost, wire::AUDIO, "opus", effects);
  play_.room.on_track_started(pat_.name, static_cast<wire::Source>(4), "opus", effects);
  play_.room.on_connection_quality(ghost, 3, effects);
  EXPECT_THAT(effects, IsEmpty());
  EXPECT_THAT(play_.room.seats_of(ghost), IsEmpty());
}

TEST_F(RoomFactsTest, TheSnapshotShowsTheSession) {
  const auto snapshot = play_.room.snapshot();
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->session.value(), pat_.joined->session_id());
  ASSERT_THAT(snapshot->participants, SizeIs(2));
  EXPECT_EQ(snapshot->participants[0].info.participant_id(), "pat");
  EXPECT_EQ(snapshot->participants[0].info.streams_size(), 2);
  EXPECT_EQ(snapshot->started_at, play_.utc);
}

}  // namespace
}  // namespace parley::room
