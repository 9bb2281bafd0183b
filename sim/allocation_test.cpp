#include <gtest/gtest.h>

#include "base/counted_allocations.hpp"
#include "world.hpp"

namespace parley::sim {
namespace {

constexpr TimeDelta kSecond = TimeDelta::seconds(1);

// Real shards and real crypto.
size_t allocations_on_path(World& world, TimeDelta span) {
  size_t before = 0;
  size_t on_the_path = 0;
  world.set_probe([&](bool enters) {
    if (enters) before = allocations;
    if (!enters) on_the_path += allocations - before;
  });
  const uint64_t received = world.shard().stats().packets_received;
  const uint64_t forwarded = world.shard().stats().packets_forwarded;
  world.run(span);
  world.set_probe({});
  EXPECT_GT(world.shard().stats().packets_received - received, 1000u);
  EXPECT_GT(world.shard().stats().packets_forwarded - forwarded, 5000u);
  return on_the_path;
}

void gather(World& world, const Network& network, int receivers, rtp::Codec codec) {
  std::vector<World::Member*> publishers;
  for (int i = 0; i < 2; ++i) {
    auto& publisher = *publishers.emplace_back(&world.join({.rids = {}}, network));
    world.enable(publisher);
    publisher.client->publish(kAudioLine, {.number = 1, .codec = rtp::Codec::Opus, .voice = false});
    publisher.client->publish(kVideoLine, {.number = 2, .codec = codec, .packets_per_frame = {2}, .packet_size = 400});
  }
  for (int i = 0; i < receivers; ++i) {
    auto& receiver = world.join({}, network);
    for (int seat = 0; seat < 2; ++seat) {
      world.seat(receiver, seat, *publishers[static_cast<size_t>(seat)]);
      receiver.client->watch(seat_audio(seat), rtp::Codec::Opus);
      receiver.client->watch(seat_video(seat), codec);
    }
  }
}

class SteadyPath : public testing::TestWithParam<rtp::Codec> {};

TEST_P(SteadyPath, AllocatesNothing) {
  World world(1);
  gather(world, symmetric({.delay = TimeDelta::millis(20)}), 8, GetParam());
  world.run(kSecond * 6);
  EXPECT_EQ(allocations_on_path(world, kSecond * 5), 0u);
}

INSTANTIATE_TEST_SUITE_P(Codecs, SteadyPath, testing::Values(rtp::Codec::Vp8, rtp::Codec::H264, rtp::Codec::Av1),
                         [](const auto& tested) { return std::string(rtp::encoding_name(tested.param)); });

// Losses are noted in lists that grow to their size once, and events (reports, layer changes) own their memory: some a
// second, but nothing that goes with the packets.
TEST(LossyPath, AllocatesForEventsOnly) {
  World world(2);
  gather(world, symmetric({.delay = TimeDelta::millis(20), .loss = 0.02}), 8, rtp::Codec::Vp8);
  world.run(kSecond * 6);
  EXPECT_LT(allocations_on_path(world, kSecond * 10), 10u * 10u);
}

}  // namespace
}  // namespace parley::sim
