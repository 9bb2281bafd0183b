#include <gtest/gtest.h>

#include "world.hpp"

namespace parley::sim {
namespace {

constexpr TimeDelta kSecond = TimeDelta::seconds(1);
constexpr uint64_t kFps = 29;
const Network kGood = symmetric({.delay = TimeDelta::millis(20)});
const Source::Config kCamera{
    .number = 2, .codec = rtp::Codec::Vp8, .layers = 3, .packets_per_frame = {1, 2, 4}, .packet_size = 375};

World::Member& publisher_on(World& world, int shard) {
  World::Member& member = world.join({}, kGood, shard);
  world.enable(member);
  member.client->publish(kAudioLine, {.number = 1, .codec = rtp::Codec::Opus});
  member.client->publish(kVideoLine, kCamera);
  return member;
}

World::Member& receiver_on(World& world, int shard, const World::Member& publisher,
                           const engine::Preference& preference = {}, const Network& network = kGood) {
  World::Member& member = world.join({}, network, shard);
  world.seat(member, 0, publisher, preference);
  member.client->watch(seat_audio(0), rtp::Codec::Opus);
  member.client->watch(seat_video(0), rtp::Codec::Vp8);
  return member;
}

const Sink::Stats& video(World::Member& member) { return member.client->sink(seat_video(0)).stats(); }

TEST(Relay, ReceiversOfAnotherShardSeeTheSamePicture) {
  World world(1, 3);
  auto& publisher = publisher_on(world, 0);
  auto& here = receiver_on(world, 0, publisher);
  auto& there = receiver_on(world, 1, publisher);
  auto& low = receiver_on(world, 1, publisher, {.quality = engine::Quality::Low});
  world.run(kSecond * 6);
  for (World::Member* member : {&here, &there, &low}) {
    EXPECT_GE(video(*member).decoded, 5 * kFps);
    EXPECT_EQ(video(*member).broken, 0u);
    EXPECT_EQ(video(*member).timestamp_jumps, 0u);
    EXPECT_GE(member->client->sink(seat_audio(0)).stats().decoded, 5u * 49);
    EXPECT_GT(member->client->stats().sender_reports, 4u) << "the publisher's clock came over";
  }
  EXPECT_EQ(video(there).last->layer, 2);
  EXPECT_EQ(video(low).last->layer, 0);
  EXPECT_EQ(world.shard(1).stats().tracks, 6u) << "two replicas, and the two lines that each receiver could publish on";
  EXPECT_EQ(world.shard(2).stats().tracks, 0u);
}

TEST(Relay, EachPacketCrossesOncePerShardHoweverManyReceive) {
  uint64_t crossed[2];
  for (const int receivers : {1, 8}) {
    World world(2, 2);
    auto& publisher = publisher_on(world, 0);
    for (int i = 0; i < receivers; ++i) receiver_on(world, 1, publisher);
    world.run(kSecond * 4);
    crossed[receivers > 1] = world.relayed_packets();
    EXPECT_LE(world.relayed_packets(), world.shard(0).stats().packets_received);
    // A second of the camera is 30 frames of 7 packets, of the voice 50; the rest are requests and reports.
    EXPECT_LE(world.relay_messages(), world.relayed_packets());
  }
  EXPECT_NEAR(static_cast<double>(crossed[1]), static_cast<double>(crossed[0]), 100);
  EXPECT_GT(crossed[0], 500u);
}

TEST(Relay, KeyFrameRequestsAndDemandTravelBack) {
  World world(3, 2);
  auto& publisher = publisher_on(world, 0);
  auto demand = [&] {
    const auto events = world.events_of<engine::LayerDemand>(0);
    return events.empty() ? int8_t{99} : events.back().max_layer;
  };
  world.run(kSecond * 5);
  EXPECT_EQ(demand(), -1);
  const uint64_t plis = publisher.client->stats().plis_received;
  auto& medium = receiver_on(world, 1, publisher, {.quality = engine::Quality::Medium});
  world.run(kSecond * 6);
  EXPECT_GE(video(medium).decoded, 5 * kFps);
  EXPECT_GT(publisher.client->stats().plis_received, plis);
  EXPECT_EQ(demand(), 1);
  auto& high = receiver_on(world, 1, publisher, {.quality = engine::Quality::High});
  world.run(kSecond * 2);
  EXPECT_EQ(demand(), 2);
  EXPECT_EQ(video(high).last->layer, 2);
}

TEST(Relay, EndsWithTheLastReceiverAndBeginsAgain) {
  World world(4, 2);
  auto& publisher = publisher_on(world, 0);
  auto& receiver = receiver_on(world, 1, publisher);
  world.run(kSecond * 3);
  for (const uint8_t line : {seat_audio(0), seat_video(0)}) world.execute(1, engine::Unsubscribe{receiver.id, line});
  world.run(TimeDelta::millis(100));
  const uint64_t crossed = world.relayed_packets();
  world.run(kSecond * 3);
  EXPECT_EQ(world.relayed_packets(), crossed);
  const uint64_t decoded = video(receiver).decoded;
  world.seat(receiver, 0, publisher);
  world.run(kSecond * 2);
  EXPECT_GE(video(receiver).decoded, decoded + kFps);
  EXPECT_EQ(video(receiver).broken, 0u);
}

TEST(Relay, PublisherMayComeLaterOrLeave) {
  World world(5, 2);
  // Subscribed before the publisher's shard has ever heard of it.
  auto& receiver = world.join({}, kGood, 1);
  World::Member unborn;
  unborn.id = ConnectionId(2);
  unborn.shard = ShardIndex(0);
  world.seat(receiver, 0, unborn);
  receiver.client->watch(seat_audio(0), rtp::Codec::Opus);
  receiver.client->watch(seat_video(0), rtp::Codec::Vp8);
  world.run(kSecond * 20);
  auto& publisher = publisher_on(world, 0);
  ASSERT_EQ(publisher.id, unborn.id);
  world.run(kSecond * 5);
  EXPECT_GE(video(receiver).decoded, 3 * kFps);
  world.leave(publisher);
  world.run(kSecond);
  const uint64_t packets = video(receiver).packets;
  world.run(kSecond * 2);
  EXPECT_EQ(video(receiver).packets, packets);
  const auto changes = world.events_of<engine::SubscriptionChanged>(1);
  ASSERT_FALSE(changes.empty());
  EXPECT_EQ(changes.back().spatial, -1);
}

TEST(Relay, LossyReceiverIsServedFromTheReplicasCache) {
  World world(6, 2);
  auto& publisher = publisher_on(world, 0);
  auto& receiver =
      receiver_on(world, 1, publisher, {},
                  {.up = {.delay = TimeDelta::millis(20)}, .down = {.delay = TimeDelta::millis(20), .loss = 0.03}});
  world.run(kSecond * 10);
  EXPECT_GE(video(receiver).decoded, 9 * kFps);
  EXPECT_GT(video(receiver).repaired, 20u);
  EXPECT_EQ(video(receiver).skipped, 0u);
  EXPECT_EQ(publisher.client->stats().nacks_received, 0u);
}

}  // namespace
}  // namespace parley::sim
