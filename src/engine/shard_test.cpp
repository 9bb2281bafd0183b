#include "engine/shard.hpp"

#include <gtest/gtest.h>

#include "dtls/identity.hpp"

namespace parley::engine {
namespace {

Timestamp at(int64_t ms) { return Timestamp::from_us(1'000'000 + ms * 1000); }

// What a shard does with media is tested in sim/, with clients and networks. Here: commands and limits.
class ShardTest : public testing::Test {
 protected:
  explicit ShardTest(Shard::Limits limits = {}) : shard_({ShardIndex(0), identity_, Rng(2), limits}) {}

  void execute(const Command& command) { shard_.execute(command, now_, out_); }
  void open(uint64_t id, int seats = 1) {
    transport::Description d;
    d.local_ice = {"ufrag" + std::to_string(id), "a password of 22 chars"};
    d.lines.push_back({.mid = Mid("0"), .direction = transport::Direction::Receive});
    for (int i = 0; i < seats; ++i) {
      d.lines.push_back({.mid = Mid(std::to_string(i + 1)), .direction = transport::Direction::Send});
      d.lines.back().ssrcs =
          transport::StreamSsrcs{Ssrc(static_cast<uint32_t>(id * 100) + static_cast<uint32_t>(i)), {}};
    }
    execute(OpenConnection{ConnectionId(id), d});
  }
  void subscribe(uint64_t receiver, uint8_t line, uint64_t publisher, uint8_t shard = 0) {
    execute(Subscribe{ConnectionId(receiver), line, {ConnectionId(publisher), 0}, ShardIndex(shard), {}});
  }
  void run(TimeDelta span) {
    for (const Timestamp end = now_ + span; now_ < end;) {
      now_ = std::min(end, std::max(now_ + TimeDelta::micros(1), shard_.next_deadline()));
      shard_.on_deadline(now_, out_);
    }
  }

  Rng rng_{1};
  std::shared_ptr<const dtls::Identity> identity_ = dtls::Identity::generate(UtcTime::from_ms(1'790'000'000'000), rng_);
  Shard shard_;
  Output out_;
  Timestamp now_ = at(0);
};

TEST_F(ShardTest, EmptyShardHasNothingToDo) {
  EXPECT_TRUE(shard_.next_deadline().is_never());
  shard_.on_deadline(at(1000), out_);
  shard_.on_datagrams({}, at(1000), out_);
  EXPECT_TRUE(out_.events.empty());
  EXPECT_TRUE(out_.datagrams.empty());
}

TEST_F(ShardTest, CountsWhatItHolds) {
  open(1);
  open(2, 2);
  subscribe(2, 1, 1);
  subscribe(2, 2, 1);
  subscribe(2, 2, 1);
  EXPECT_EQ(shard_.stats().connections, 2u);
  EXPECT_EQ(shard_.stats().tracks, 2u);
  EXPECT_EQ(shard_.stats().subscriptions, 2u);
  execute(Unsubscribe{ConnectionId(2), 2});
  execute(Unsubscribe{ConnectionId(2), 2});
  EXPECT_EQ(shard_.stats().subscriptions, 1u);
  execute(CloseConnection{ConnectionId(2)});
  EXPECT_EQ(shard_.stats().subscriptions, 0u);
  EXPECT_EQ(shard_.stats().connections, 1u);
}

TEST_F(ShardTest, WhatNobodyUsesIsForgotten) {
  for (uint64_t id = 100; id < 200; ++id) execute(EnableTrack{{ConnectionId(id), 0}, true});
  open(1);
  subscribe(1, 1, 500);
  EXPECT_EQ(shard_.stats().tracks, 102u);
  run(TimeDelta::seconds(45));
  EXPECT_EQ(shard_.stats().tracks, 2u) << "its own, and the one that it waits for";
  execute(CloseConnection{ConnectionId(1)});
  run(TimeDelta::seconds(45));
  EXPECT_EQ(shard_.stats().tracks, 0u);
}

TEST_F(ShardTest, RemoteTracksAreAskedForAgainAndGivenBack) {
  open(1);
  subscribe(1, 1, 7, 3);
  run(TimeDelta::seconds(5));
  ASSERT_GE(out_.relay.size(), 3u);
  for (const auto& [to, message] : out_.relay) {
    EXPECT_EQ(to, ShardIndex(3));
    EXPECT_TRUE(std::get<RelayRequest>(message).wanted);
    EXPECT_GE(std::get<RelayRequest>(message).max_layer, 0) << "whoever waits for a track must not have it stopped";
  }
  out_.relay.clear();
  execute(CloseConnection{ConnectionId(1)});
  ASSERT_EQ(out_.relay.size(), 1u);
  EXPECT_FALSE(std::get<RelayRequest>(out_.relay[0].second).wanted);
}

TEST_F(ShardTest, UnwantedRelayedPacketsAreDeclined) {
  auto batch = std::make_shared<RelayBatch>();
  batch->runs.push_back({.track = {ConnectionId(9), 1}, .packet_count = 1});
  batch->packets.push_back({});
  shard_.on_relay(ShardIndex(2), std::shared_ptr<const RelayBatch>(batch), now_, out_);
  ASSERT_EQ(out_.relay.size(), 1u);
  EXPECT_EQ(out_.relay[0].first, ShardIndex(2));
  EXPECT_FALSE(std::get<RelayRequest>(out_.relay[0].second).wanted);
}

TEST_F(ShardTest, MessagesOfImpossibleShardsAndForUnknownTracksAreIgnored) {
  shard_.on_relay(ShardIndex(200), RelayRequest{{ConnectionId(1), 0}}, now_, out_);
  shard_.on_relay(ShardIndex(1), RelayKeyFrameRequest{{ConnectionId(1), 0}, 9}, now_, out_);
  shard_.on_relay(ShardIndex(1), RelaySenderReport{{ConnectionId(1), 0}, 9}, now_, out_);
  shard_.on_relay(ShardIndex(1), RelayEnd{{ConnectionId(1), 0}}, now_, out_);
  EXPECT_EQ(shard_.stats().tracks, 0u);
  EXPECT_TRUE(out_.relay.empty());
}

class SmallShardTest : public ShardTest {
 protected:
  SmallShardTest() : ShardTest({.connections = 2, .tracks = 3, .subscriptions = 2}) {}
};

TEST_F(SmallShardTest, ConnectionsAreRefusedWithAReason) {
  for (uint64_t id = 1; id <= 3; ++id) open(id);
  EXPECT_EQ(shard_.stats().connections, 2u);
  ASSERT_EQ(out_.events.size(), 1u);
  const auto& event = std::get<ConnectionStateChanged>(out_.events[0]);
  EXPECT_EQ(event.id, ConnectionId(3));
  EXPECT_EQ(event.state, ConnectionState::Failed);
  EXPECT_FALSE(event.reason.empty());
}

TEST_F(SmallShardTest, TracksAndSubscriptionsAreBounded) {
  open(1, 4);
  for (uint64_t id = 100; id < 110; ++id) execute(EnableTrack{{ConnectionId(id), 0}, true});
  EXPECT_EQ(shard_.stats().tracks, 3u);
  for (uint8_t line = 1; line <= 4; ++line) subscribe(1, line, 100);
  EXPECT_EQ(shard_.stats().subscriptions, 2u);
  open(2);  // its track finds no room; the connection lives without
  EXPECT_EQ(shard_.stats().connections, 2u);
  EXPECT_EQ(shard_.stats().tracks, 3u);
  execute(CloseConnection{ConnectionId(2)});
}

}  // namespace
}  // namespace parley::engine
