#include "server/switchboard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::server {
namespace {

using ::testing::IsEmpty;

const ParticipantId kAnn("ann");
const ParticipantId kBob("bob");
const ParticipantId kCid("cid");

/// Sends microphone on line 0 and camera (three layers) on line 1; main seats 1, 2, … on the pairs after that and one
/// share seat 9 on the last pair.
MediaLines lines(int seats = 2, uint8_t first = 0) {
  MediaLines out;
  out.sends[wire::AUDIO] = {first, 1};
  out.sends[wire::VIDEO] = {static_cast<uint8_t>(first + 1), 3};
  uint8_t line = static_cast<uint8_t>(first + 2);
  for (int i = 0; i < seats; ++i, line = static_cast<uint8_t>(line + 2)) {
    out.seats.push_back({static_cast<uint32_t>(i + 1), wire::SeatLine::MAIN, line, static_cast<uint8_t>(line + 1)});
  }
  out.seats.push_back({9, wire::SeatLine::SHARE, line, static_cast<uint8_t>(line + 1)});
  return out;
}

Switchboard::Endpoint endpoint(uint64_t connection, uint8_t shard = 0) {
  return {ConnectionId(connection), ShardIndex(shard)};
}

class SwitchboardTest : public ::testing::Test {
 protected:
  template <typename T>
  T only(ShardIndex shard = ShardIndex(0)) {
    EXPECT_EQ(out_.size(), 1u);
    EXPECT_EQ(out_.at(0).first, shard);
    const T command = std::get<T>(out_.at(0).second);
    out_.clear();
    return command;
  }
  void show(const ParticipantId& receiver, uint32_t seat, const ParticipantId& participant, wire::Source source) {
    board_.assign_seat({receiver, seat, participant}, out_);
    board_.set_receive({.receiver = receiver, .participant = participant, .source = source}, out_);
  }

  Switchboard board_;
  Commands out_;
};

TEST_F(SwitchboardTest, SubscribesTheSeatsLineToThePublishersTrack) {
  board_.attach(kAnn, endpoint(1, 0), lines(), out_);
  board_.attach(kBob, endpoint(2, 1), lines(), out_);
  EXPECT_THAT(out_, IsEmpty());
  board_.assign_seat({kBob, 2, kAnn}, out_);
  EXPECT_THAT(out_, IsEmpty());
  board_.set_receive({.receiver = kBob,
                      .participant = kAnn,
                      .source = wire::VIDEO,
                      .quality = wire::MED,
                      .width = 100'000,
                      .height = 360,
                      .paused = true,
                      .priority = 2},
                     out_);
  const auto subscribe = only<engine::Subscribe>(ShardIndex(1));
  EXPECT_EQ(subscribe.receiver, ConnectionId(2));
  EXPECT_EQ(subscribe.line, 5);
  EXPECT_EQ(subscribe.source, (TrackId{ConnectionId(1), 1}));
  EXPECT_EQ(subscribe.source_shard, ShardIndex(0));
  EXPECT_EQ(subscribe.preference.quality, engine::Quality::Medium);
  EXPECT_EQ(subscribe.preference.width, UINT16_MAX);
  EXPECT_EQ(subscribe.preference.height, 360);
  EXPECT_TRUE(subscribe.preference.paused);
  EXPECT_EQ(subscribe.preference.priority, 2);
}

TEST_F(SwitchboardTest, ASecondWishOnlyChangesThePreference) {
  board_.attach(kAnn, endpoint(1), lines(), out_);
  board_.attach(kBob, endpoint(2), lines(), out_);
  show(kBob, 1, kAnn, wire::AUDIO);
  EXPECT_EQ(only<engine::Subscribe>().line, 2);
  board_.set_receive({.receiver = kBob, .participant = kAnn, .source = wire::AUDIO, .paused = true}, out_);
  const auto set = only<engine::SetPreference>();
  EXPECT_EQ(set.line, 2);
  EXPECT_TRUE(set.preference.paused);
}

TEST_F(SwitchboardTest, EmptyingASeatUnsubscribesBothLines) {
  board_.attach(kAnn, endpoint(1), lines(), out_);
  board_.attach(kBob, endpoint(2), lines(), out_);
  show(kBob, 1, kAnn, wire::AUDIO);
  board_.set_receive({.receiver = kBob, .participant = kAnn, .source = wire::VIDEO}, out_);
  out_.clear();
  board_.assign_seat({kBob, 1, ParticipantId()}, out_);
  ASSERT_EQ(out_.size(), 2u);
  EXPECT_EQ(std::get<engine::Unsubscribe>(out_[0].second).line, 2);
  EXPECT_EQ(std::get<engine::Unsubscribe>(out_[1].second).line, 3);
  out_.clear();
  board_.set_receive({.receiver = kBob, .participant = kAnn, .source = wire::VIDEO}, out_);  // has no seat now
  EXPECT_THAT(out_, IsEmpty());
}

TEST_F(SwitchboardTest, SharesGoToShareSeats) {
  MediaLines sharing = lines();
  sharing.sends[wire::SHARE] = {8, 1};
  board_.attach(kAnn, endpoint(1), sharing, out_);
  board_.attach(kBob, endpoint(2), lines(), out_);
  show(kBob, 9, kAnn, wire::SHARE);
  EXPECT_EQ(only<engine::Subscribe>().line, 7);
  board_.set_receive({.receiver = kBob, .participant = kAnn, .source = wire::VIDEO}, out_);  // only has the share seat
  EXPECT_THAT(out_, IsEmpty());
}

TEST_F(SwitchboardTest, SubscribesOnceThePublisherHasTheLine) {
  board_.attach(kBob, endpoint(2), lines(), out_);
  show(kBob, 1, kAnn, wire::VIDEO);
  EXPECT_THAT(out_, IsEmpty());  // Ann has no media yet
  MediaLines audio_only = lines();
  audio_only.sends[wire::VIDEO].reset();
  board_.attach(kAnn, endpoint(1), audio_only, out_);
  EXPECT_THAT(out_, IsEmpty());
  board_.update(kAnn, lines(), out_);
  EXPECT_EQ(only<engine::Subscribe>().source, (TrackId{ConnectionId(1), 1}));
}

TEST_F(SwitchboardTest, FollowsAPublisherToItsNewConnection) {
  board_.attach(kAnn, endpoint(1), lines(), out_);
  board_.attach(kBob, endpoint(2), lines(), out_);
  show(kBob, 1, kAnn, wire::VIDEO);
  out_.clear();
  board_.detach(kAnn);
  EXPECT_FALSE(board_.shown(kBob, 3));
  board_.attach(kAnn, endpoint(7, 1), lines(), out_);
  const auto subscribe = only<engine::Subscribe>();
  EXPECT_EQ(subscribe.source, (TrackId{ConnectionId(7), 1}));
  EXPECT_EQ(subscribe.source_shard, ShardIndex(1));
}

TEST_F(SwitchboardTest, EnablesTheLineOfASource) {
  board_.attach(kAnn, endpoint(1, 1), lines(), out_);
  board_.enable_source({kAnn, wire::VIDEO, true}, out_);
  const auto enable = only<engine::EnableTrack>(ShardIndex(1));
  EXPECT_EQ(enable.track, (TrackId{ConnectionId(1), 1}));
  EXPECT_TRUE(enable.enabled);
  board_.enable_source({kAnn, wire::SHARE, true}, out_);  // no line for it yet
  EXPECT_THAT(out_, IsEmpty());
  MediaLines sharing = lines();
  sharing.sends[wire::SHARE] = {8, 1};
  board_.update(kAnn, sharing, out_);  // now it has
  EXPECT_EQ(only<engine::EnableTrack>(ShardIndex(1)).track.line, 8);
  board_.update(kAnn, sharing, out_);  // nothing new
  EXPECT_THAT(out_, IsEmpty());
}

TEST_F(SwitchboardTest, SaysWhoseTrackAndWhatALineShows) {
  board_.attach(kAnn, endpoint(1), lines(), out_);
  board_.attach(kBob, endpoint(2), lines(), out_);
  show(kBob, 1, kAnn, wire::VIDEO);
  const auto published = board_.published({ConnectionId(1), 1});
  ASSERT_TRUE(published);
  EXPECT_EQ(published->participant, kAnn);
  EXPECT_EQ(published->source, wire::VIDEO);
  EXPECT_EQ(published->layers, 3);
  EXPECT_FALSE(board_.published({ConnectionId(1), 2}));  // a seat
  EXPECT_FALSE(board_.published({ConnectionId(5), 1}));
  EXPECT_EQ(board_.shown(kBob, 3)->participant, kAnn);
  EXPECT_FALSE(board_.shown(kBob, 2));
  EXPECT_FALSE(board_.shown(kCid, 3));
}

TEST_F(SwitchboardTest, IgnoresThoseWithoutMedia) {
  board_.assign_seat({kAnn, 1, kBob}, out_);
  board_.set_receive({.receiver = kAnn, .participant = kBob}, out_);
  board_.enable_source({kAnn, wire::AUDIO, true}, out_);
  board_.update(kAnn, lines(), out_);
  board_.detach(kAnn);
  EXPECT_THAT(out_, IsEmpty());
}

}  // namespace
}  // namespace parley::server
