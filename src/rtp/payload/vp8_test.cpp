#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "rtp/payload/video_facts.hpp"
#include "rtp/test_bytes.hpp"

namespace parley::rtp {
namespace {

VideoFacts read(const ByteVector& payload, bool marker = false) {
  return read_video_facts(Codec::Vp8, payload, marker);
}

// 640x480, with scaling bits that do not belong to the size.
const ByteVector kKeyHeader = hex("10 0200 9d012a 8042 e081");
const ByteVector kInterHeader = hex("11 0200 aabbcc");

TEST(Vp8, KeyFrameWithItsSize) {
  const VideoFacts facts = read(concat({hex("10"), kKeyHeader}));
  EXPECT_TRUE(facts.starts_frame);
  EXPECT_TRUE(facts.keyframe);
  EXPECT_TRUE(facts.switching_up_point);
  EXPECT_FALSE(facts.ends_frame);
  EXPECT_EQ(facts.descriptor_size, 1);
  EXPECT_EQ(facts.width, 0x0280);
  EXPECT_EQ(facts.height, 0x01e0);
  EXPECT_FALSE(facts.has_picture_id);
  EXPECT_FALSE(facts.has_tl0_picture_index);
}

TEST(Vp8, InterFrame) {
  const VideoFacts facts = read(concat({hex("10"), kInterHeader}), true);
  EXPECT_TRUE(facts.starts_frame);
  EXPECT_TRUE(facts.ends_frame);
  EXPECT_FALSE(facts.keyframe);
  EXPECT_EQ(facts.width, 0);
}

TEST(Vp8, DescriptorAsChromeSendsIt) {
  // X, S; I, L, T, K; 15-bit picture id; TL0PICIDX; TID 2, Y, KEYIDX 3.
  const VideoFacts facts = read(concat({hex("90 f0 9234 56 a3"), kInterHeader}));
  EXPECT_TRUE(facts.starts_frame);
  EXPECT_TRUE(facts.has_picture_id);
  EXPECT_TRUE(facts.picture_id_is_15_bits);
  EXPECT_EQ(facts.picture_id, 0x1234);
  EXPECT_TRUE(facts.has_tl0_picture_index);
  EXPECT_EQ(facts.tl0_picture_index, 0x56);
  EXPECT_EQ(facts.temporal_id, 2);
  EXPECT_TRUE(facts.switching_up_point);
  EXPECT_EQ(facts.descriptor_size, 6);
}

TEST(Vp8, EachFieldMayStandAlone) {
  const VideoFacts short_id = read(concat({hex("90 80 7f"), kInterHeader}));
  EXPECT_TRUE(short_id.has_picture_id);
  EXPECT_FALSE(short_id.picture_id_is_15_bits);
  EXPECT_EQ(short_id.picture_id, 0x7f);
  EXPECT_EQ(short_id.descriptor_size, 3);
  const VideoFacts index = read(concat({hex("90 40 99"), kInterHeader}));
  EXPECT_FALSE(index.has_picture_id);
  EXPECT_EQ(index.tl0_picture_index, 0x99);
  const VideoFacts layer = read(concat({hex("90 20 40"), kInterHeader}));
  EXPECT_EQ(layer.temporal_id, 1);
  EXPECT_FALSE(layer.switching_up_point);
  const VideoFacts key_index = read(concat({hex("90 10 e5"), kInterHeader}));
  EXPECT_EQ(key_index.temporal_id, 0) << "without T the layer bits mean nothing";
  EXPECT_FALSE(key_index.switching_up_point);
  EXPECT_EQ(key_index.descriptor_size, 3);
  EXPECT_EQ(read(concat({hex("90 00"), kInterHeader})).descriptor_size, 2);
}

TEST(Vp8, ContinuationIsNeitherStartNorKey) {
  const VideoFacts later_packet = read(concat({hex("00"), kKeyHeader}), true);
  EXPECT_FALSE(later_packet.starts_frame);
  EXPECT_FALSE(later_packet.keyframe);
  EXPECT_TRUE(later_packet.ends_frame);
  EXPECT_EQ(later_packet.descriptor_size, 1);
  const VideoFacts later_partition = read(concat({hex("11"), kKeyHeader}));
  EXPECT_FALSE(later_partition.starts_frame) << "the start of partition 1 is not the start of a frame";
  EXPECT_FALSE(later_partition.keyframe);
}

TEST(Vp8, AKeyFrameMustShowItsStartCode) {
  ByteVector payload = concat({hex("10"), kKeyHeader});
  payload[5] = 0x02;
  const VideoFacts facts = read(payload, true);
  EXPECT_FALSE(facts.starts_frame);
  EXPECT_FALSE(facts.keyframe);
  EXPECT_TRUE(facts.ends_frame) << "the marker is not part of what is malformed";
}

TEST(Vp8, EveryCutIsMalformed) {
  const ByteVector payload = concat({hex("90 f0 9234 56 a3"), kKeyHeader});
  ASSERT_TRUE(read(payload).keyframe);
  for (size_t size = 0; size < payload.size(); ++size) {
    const VideoFacts facts = read(prefix(payload, size));
    EXPECT_FALSE(facts.starts_frame) << size;
    EXPECT_FALSE(facts.keyframe) << size;
    EXPECT_EQ(facts.descriptor_size, 0) << size;
  }
}

ByteVector rewritten(ByteVector descriptor, uint16_t picture_id, uint8_t tl0_picture_index) {
  rewrite_vp8_descriptor(descriptor, picture_id, tl0_picture_index);
  return descriptor;
}

TEST(Vp8Rewrite, KeepsTheWidthOfThePictureId) {
  EXPECT_EQ(rewritten(hex("90 f0 9234 56 a3"), 0x7fff, 0xab), hex("90 f0 ffff ab a3"));
  EXPECT_EQ(rewritten(hex("90 f0 9234 56 a3"), 0x8001, 0xab), hex("90 f0 8001 ab a3")) << "only 15 bits of it";
  EXPECT_EQ(rewritten(hex("90 e0 12 56 a3"), 0x1281, 0xab), hex("90 e0 01 ab a3")) << "only 7 bits of it";
}

TEST(Vp8Rewrite, LeavesOutWhatIsNotThere) {
  EXPECT_EQ(rewritten(hex("10"), 1, 2), hex("10"));
  EXPECT_EQ(rewritten(hex("90 00"), 1, 2), hex("90 00"));
  EXPECT_EQ(rewritten(hex("90 40 56"), 1, 2), hex("90 40 02"));
  EXPECT_EQ(rewritten(hex("90 30 56"), 1, 2), hex("90 30 56"));
  EXPECT_EQ(rewritten(hex("90 80 92ff"), 1, 2), hex("90 80 8001"));
}

TEST(Vp8Rewrite, CutDescriptorsAreLeftAlone) {
  const ByteVector whole = hex("90 f0 9234 56 a3");
  for (size_t size = 0; size < 4; ++size) EXPECT_EQ(rewritten(prefix(whole, size), 1, 2), prefix(whole, size));
  EXPECT_EQ(rewritten(prefix(whole, 4), 1, 2), hex("90 f0 8001"));
}

TEST(Vp8Rewrite, ReadingGivesWhatWasWritten) {
  Rng rng(1);
  for (int round = 0; round < 5000; ++round) {
    ByteVector payload(20);
    rng.fill(payload);
    payload[0] = static_cast<uint8_t>((payload[0] & 0xef) | 0x80);
    const VideoFacts before = read(payload);
    ASSERT_GT(before.descriptor_size, 1);
    const uint16_t id = rng.u16();
    const auto index = static_cast<uint8_t>(rng.below(256));
    rewrite_vp8_descriptor(MutableBytes(payload).first(before.descriptor_size), id, index);
    const VideoFacts after = read(payload);
    EXPECT_EQ(after.descriptor_size, before.descriptor_size);
    EXPECT_EQ(after.temporal_id, before.temporal_id);
    EXPECT_EQ(after.picture_id_is_15_bits, before.picture_id_is_15_bits);
    EXPECT_EQ(after.picture_id, before.has_picture_id ? id & (before.picture_id_is_15_bits ? 0x7fff : 0x7f) : 0);
    EXPECT_EQ(after.tl0_picture_index, before.has_tl0_picture_index ? index : 0);
  }
}

}  // namespace
}  // namespace parley::rtp
