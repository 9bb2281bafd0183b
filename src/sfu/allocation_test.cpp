#include <gtest/gtest.h>

#include "base/counted_allocations.hpp"
#include "sfu/subscription.hpp"
#include "sfu/test_stream.hpp"
#include "sfu/test_svc.hpp"

namespace parley::sfu {
namespace {

using test::TestPacket;

/// Allocations while `packets` go through a track to 20 subscriptions, retransmissions and reports included.
size_t allocations_of(Track& track, const std::vector<TestPacket>& packets, LayerPoint target, size_t& forwarded) {
  std::vector<Subscription> subscriptions;
  for (uint16_t i = 0; i < 20; ++i) subscriptions.push_back(Subscription({track.kind(), i, i}));
  Timestamp now = Timestamp::from_us(1'000'000);
  for (Subscription& each : subscriptions) {
    each.bind(track);
    each.set_target(track, target, now);
  }
  const size_t before = allocations;
  for (const TestPacket& packet : packets) {
    now += TimeDelta::millis(5);
    const MediaPacket* accepted = track.accept(packet.layer, packet.view(), packet.codec, now);
    for (Subscription& each : subscriptions) {
      const auto out = each.forward(track, *accepted, now);
      if (!out) continue;
      ++forwarded;
      forwarded += each.retransmit(track, out->sequence_number, TimeDelta::zero(), now).has_value();
      each.sender_report(track, now);
    }
    track.take_keyframe_requests(now);
    track.layers(now);
  }
  return allocations - before;
}

TEST(PacketPath, AllocatesNothingForAudio) {
  Track track({rtp::MediaKind::Audio, 1});
  test::OpusStream stream(1, 1);
  std::vector<TestPacket> packets;
  for (int i = 0; i < 1000; ++i) packets.push_back(stream.packet());
  size_t forwarded = 0;
  EXPECT_EQ(allocations_of(track, packets, {0, 0}, forwarded), 0u);
  EXPECT_EQ(forwarded, 2u * 20 * 1000);
}

TEST(PacketPath, AllocatesNothingForVp8) {
  Track track({rtp::MediaKind::Video, 1});
  test::Vp8Stream stream({.packets_per_frame = 5, .padding = 1000});
  std::vector<TestPacket> packets;
  for (int i = 0; i < 500; ++i) {
    if (i % 100 == 0) stream.request_keyframe();
    for (TestPacket& packet : stream.frame(TimeDelta::millis(i * 25))) packets.push_back(std::move(packet));
  }
  size_t forwarded = 0;
  EXPECT_EQ(allocations_of(track, packets, {0, 1}, forwarded), 0u);
  EXPECT_GT(forwarded, 2u * 20 * 1000);
}

TEST(PacketPath, AllocatesForAStructureOnly) {
  Track track({rtp::MediaKind::Video, 1});
  test::SvcStream stream({.structure = &test::kL2T2Key});
  std::vector<TestPacket> packets;
  constexpr size_t kKeyFrames = 5;
  for (size_t i = 0; i < 100 * kKeyFrames; ++i) {
    if (i % 100 == 0) stream.request_keyframe();
    for (TestPacket& packet : stream.picture(TimeDelta::millis(static_cast<int64_t>(i) * 25))) {
      packets.push_back(std::move(packet));
    }
  }
  size_t forwarded = 0;
  EXPECT_EQ(allocations_of(track, packets, LayerPoint::highest(), forwarded), kKeyFrames);
  EXPECT_GT(forwarded, 2u * 20 * 500);
}

}  // namespace
}  // namespace parley::sfu
