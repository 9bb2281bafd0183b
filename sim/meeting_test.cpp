#include <gtest/gtest.h>

#include "world.hpp"

namespace parley::sim {
namespace {

constexpr TimeDelta kSecond = TimeDelta::seconds(1);
const Source::Config kVoice{.number = 1, .codec = rtp::Codec::Opus};
// 90, 180 and 360 kbit/s: all of it is within what a new connection is trusted with.
const Source::Config kCamera{
    .number = 2, .codec = rtp::Codec::Vp8, .layers = 3, .packets_per_frame = {1, 2, 4}, .packet_size = 375};
constexpr uint64_t kFps = 29;  // 30, less what rounding to milliseconds takes

// Subscribes `receiver`'s seat to the publisher and watches what comes.
void show(World& world, World::Member& receiver, int seat, World::Member& publisher,
          rtp::Codec codec = rtp::Codec::Vp8, const engine::Preference& preference = {}) {
  world.seat(receiver, seat, publisher, preference);
  receiver.client->watch(seat_audio(seat), rtp::Codec::Opus);
  receiver.client->watch(seat_video(seat), codec);
}

World::Member& publisher_in(World& world, const Network& network, int shard = 0, const Source::Config& camera = kCamera,
                            const Plan& plan = {}) {
  World::Member& member = world.join(plan, network, shard);
  world.enable(member);
  member.client->publish(kAudioLine, kVoice);
  member.client->publish(kVideoLine, camera);
  return member;
}

const Network kGood = symmetric({.delay = TimeDelta::millis(20)});

TEST(Meeting, TwoReceiversGetSoundAndPicture) {
  World world(1);
  auto& publisher = publisher_in(world, kGood);
  auto& a = world.join({}, kGood);
  auto& b = world.join({}, kGood);
  show(world, a, 0, publisher);
  show(world, b, 1, publisher);
  world.run(kSecond * 10);
  for (const Sink* sink : {&a.client->sink(seat_video(0)), &b.client->sink(seat_video(1))}) {
    EXPECT_GE(sink->stats().decoded, 9u * kFps);
    EXPECT_EQ(sink->stats().broken, 0u);
    EXPECT_EQ(sink->stats().duplicates, 0u);
    EXPECT_EQ(sink->stats().timestamp_jumps, 0u);
    EXPECT_EQ(sink->stats().picture_id_jumps, 0u);
    EXPECT_EQ(sink->stats().malformed, 0u);
    EXPECT_LT(sink->stats().longest_freeze, TimeDelta::millis(200));
  }
  EXPECT_GE(a.client->sink(seat_audio(0)).stats().decoded, 9u * 50);
  EXPECT_EQ(a.client->sink(seat_audio(0)).stats().broken, 0u);
  EXPECT_EQ(a.client->stats().bad_packets, 0u);
  EXPECT_EQ(publisher.client->stats().bad_packets, 0u);
  EXPECT_GT(a.client->stats().sender_reports, 10u);
  EXPECT_GT(publisher.client->stats().reports_received, 10u);
  EXPECT_GT(publisher.client->stats().feedback_received, 1000u);
}

}  // namespace
}  // namespace parley::sim
