#include "sfu/track.hpp"

#include <gtest/gtest.h>

#include "sfu/test_svc.hpp"

namespace parley::sfu {
namespace {

using test::TestPacket;

Timestamp at_ms(int64_t ms) { return Timestamp::from_us(ms * 1000); }

TestPacket vp8(uint16_t sequence, uint8_t layer = 0, bool key = false) {
  TestPacket packet{.layer = layer, .sequence = sequence, .timestamp = sequence * 3000u};
  packet.payload = test::vp8_payload({.key = key, .width = 640, .height = 360});
  return packet;
}
const MediaPacket* give(Track& track, const TestPacket& packet, Timestamp now = at_ms(0)) {
  return track.accept(packet.layer, packet.view(), packet.codec, now);
}

TEST(Track, TellsTheFactsOfAPacket) {
  Track track({rtp::MediaKind::Video, 2});
  TestPacket packet = vp8(65535, 1, true);
  packet.marker = true;
  const MediaPacket* accepted = give(track, packet, at_ms(77));
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->layer, 1);
  EXPECT_EQ(accepted->sequence, 65535);
  EXPECT_EQ(accepted->arrival, at_ms(77));
  EXPECT_TRUE(accepted->marker);
  EXPECT_TRUE(accepted->starts_keyframe);
  EXPECT_EQ(accepted->video.width, 640);
  EXPECT_NE(accepted->payload.data(), packet.payload.data());
  EXPECT_TRUE(std::ranges::equal(accepted->payload, packet.payload));
  EXPECT_EQ(give(track, vp8(0, 1))->sequence, 65536) << "over the wrap";
  EXPECT_EQ(track.find(1, 65535)->sequence, 65535);
  EXPECT_EQ(track.find(0, 65535), nullptr);
  EXPECT_EQ(track.codec(), rtp::Codec::Vp8);
  EXPECT_EQ(track.newest_sequence(1), 65536);
  EXPECT_EQ(track.stats().keyframes, 1u);
}

TEST(Track, CountsWhyItDrops) {
  Track track({rtp::MediaKind::Video, 1});
  EXPECT_TRUE(give(track, vp8(5000)));
  EXPECT_FALSE(give(track, vp8(5000)));
  EXPECT_EQ(track.stats().drops.duplicate, 1u);
  EXPECT_FALSE(give(track, vp8(5000 - 512)));
  EXPECT_EQ(track.stats().drops.too_old, 1u);
  EXPECT_FALSE(give(track, vp8(5001, 1)));
  EXPECT_EQ(track.stats().drops.bad_layer, 1u);
  TestPacket large = vp8(5002);
  large.payload.resize(PacketCache::kMaxPacketSize);
  large.descriptor = {1};
  EXPECT_FALSE(give(track, large));
  EXPECT_EQ(track.stats().drops.too_large, 1u);
  large.descriptor.clear();
  EXPECT_TRUE(give(track, large)) << "one byte less fits";
  EXPECT_EQ(track.stats().packets, 2u);
}

TEST(Track, APublisherThatBeginsAnewIsFollowed) {
  Track track({rtp::MediaKind::Video, 1});
  for (uint16_t i = 0; i < 600; ++i) ASSERT_TRUE(give(track, vp8(static_cast<uint16_t>(30'000 + i))));
  EXPECT_FALSE(give(track, vp8(29'000))) << "one may be a stray";
  EXPECT_FALSE(give(track, vp8(29'500)));
  EXPECT_TRUE(give(track, vp8(30'600)));
  EXPECT_FALSE(give(track, vp8(29'100)));
  const MediaPacket* restarted = give(track, vp8(29'101));
  ASSERT_TRUE(restarted) << "two in sequence are not (RFC 3550 appendix A.1)";
  EXPECT_GT(restarted->sequence, 30'600 + 512) << "numbers never fall back";
  EXPECT_EQ(give(track, vp8(29'102))->sequence, restarted->sequence + 1);
  EXPECT_EQ(track.stats().restarts, 1u);
}

TEST(Track, PaddingIsPassedOnAsEmpty) {
  Track track({rtp::MediaKind::Video, 1});
  TestPacket padding = vp8(7);
  padding.payload.clear();
  const MediaPacket* accepted = give(track, padding);
  ASSERT_TRUE(accepted);
  EXPECT_TRUE(accepted->payload.empty());
  EXPECT_FALSE(accepted->starts_keyframe);
}

TEST(Track, ReadsDependencyDescriptorsAndSurvivesBadOnes) {
  Track track({rtp::MediaKind::Video, 1});
  test::SvcStream stream({.structure = &test::kL2T2Key, .first_frame = 65535});
  std::vector<TestPacket> key = stream.picture(TimeDelta::zero());
  EXPECT_TRUE(give(track, key[0])->starts_keyframe);
  EXPECT_FALSE(give(track, key[1])->starts_keyframe);
  const MediaPacket* upper = give(track, key[2]);
  EXPECT_FALSE(upper->starts_keyframe) << "only the base stands alone";
  EXPECT_EQ(upper->dependencies.frame_number, 65536);
  EXPECT_EQ(upper->spatial_id(), 1);
  EXPECT_EQ(upper->dependencies.indication(1), rtp::DecodeTargetIndication::NotPresent);
  EXPECT_EQ(upper->dependencies.indication(3), rtp::DecodeTargetIndication::Switch);
  EXPECT_EQ(upper->dependencies.frame_diffs[0], 1);
  TestPacket bad = key[3];
  bad.descriptor = {0x3f, 0, 0};  // no such template
  const MediaPacket* accepted = give(track, bad);
  ASSERT_TRUE(accepted);
  EXPECT_FALSE(accepted->has_dependencies);
  EXPECT_EQ(track.stats().bad_descriptors, 1u);
  EXPECT_EQ(track.structure(0)->decode_targets.size(), 4u);
}

TEST(Track, SendsOneKeyFrameRequestALayer) {
  Track track({rtp::MediaKind::Video, 3});
  for (int i = 0; i < 50; ++i) {
    track.request_keyframe(2, at_ms(1));
    track.request_keyframe(0, at_ms(1));
    track.request_keyframe(9, at_ms(1));
  }
  const auto due = track.take_keyframe_requests(at_ms(1));
  ASSERT_EQ(due.size(), 2u);
  EXPECT_EQ(due[0], 0);
  EXPECT_EQ(due[1], 2);
  EXPECT_TRUE(track.take_keyframe_requests(at_ms(2)).empty());
  EXPECT_EQ(track.next_deadline(), at_ms(501));
  give(track, vp8(1, 2, true), at_ms(100));
  EXPECT_EQ(track.take_keyframe_requests(at_ms(501)).size(), 1u) << "layer 2 has answered";
  give(track, vp8(1, 0, true), at_ms(600));
  EXPECT_TRUE(track.next_deadline().is_never());
  EXPECT_EQ(track.stats().keyframe_requests, 3u);
}

TEST(Track, AudioHasNoKeyFrames) {
  Track track({rtp::MediaKind::Audio, 1});
  track.request_keyframe(0, at_ms(1));
  EXPECT_TRUE(track.take_keyframe_requests(at_ms(1)).empty());
  test::OpusStream stream(1, 2);
  const MediaPacket* accepted = give(track, stream.packet());
  EXPECT_EQ(accepted->extensions.audio_level->level, 30);
  EXPECT_FALSE(accepted->starts_keyframe);
}

TEST(Track, KeepsTheClockOfEachLayer) {
  Track track({rtp::MediaKind::Video, 2});
  track.on_sender_report(1, 12345, at_ms(5));
  track.on_sender_report(7, 1, at_ms(5));
  EXPECT_FALSE(track.clock(0));
  EXPECT_EQ(track.clock(1)->rtp_timestamp, 12345u);
}

}  // namespace
}  // namespace parley::sfu
