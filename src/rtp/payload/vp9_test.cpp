#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "rtp/payload/video_facts.hpp"
#include "rtp/test_bytes.hpp"

namespace parley::rtp {
namespace {

using ::testing::ElementsAre;

VideoFacts read(const ByteVector& payload) { return read_video_facts(Codec::Vp9, payload, false); }

TEST(Vp9, SmallestDescriptor) {
  const VideoFacts facts = read(hex("0c aa"));
  EXPECT_TRUE(facts.starts_frame);
  EXPECT_TRUE(facts.ends_frame);
  EXPECT_TRUE(facts.keyframe);
  EXPECT_FALSE(facts.inter_picture);
  EXPECT_FALSE(facts.has_picture_id);
  EXPECT_FALSE(facts.has_tl0_picture_index);
  EXPECT_EQ(facts.descriptor_size, 1);
}

TEST(Vp9, FrameEndsAreThoseOfTheLayerNotTheMarker) {
  EXPECT_FALSE(read_video_facts(Codec::Vp9, hex("48 aa"), true).ends_frame);
  EXPECT_TRUE(read_video_facts(Codec::Vp9, hex("44 aa"), false).ends_frame);
  EXPECT_FALSE(read_video_facts(Codec::Vp9, hex("44 aa"), false).starts_frame);
}

TEST(Vp9, NonFlexibleMode) {
  // I, P, L, B; 15-bit picture id; TID 1, U, SID 2, D; TL0PICIDX.
  const VideoFacts facts = read(hex("e8 9234 35 77 aa"));
  EXPECT_TRUE(facts.starts_frame);
  EXPECT_FALSE(facts.ends_frame);
  EXPECT_FALSE(facts.keyframe);
  EXPECT_TRUE(facts.inter_picture);
  EXPECT_TRUE(facts.picture_id_is_15_bits);
  EXPECT_EQ(facts.picture_id, 0x1234);
  EXPECT_EQ(facts.temporal_id, 1);
  EXPECT_TRUE(facts.switching_up_point);
  EXPECT_EQ(facts.spatial_id, 2);
  EXPECT_TRUE(facts.inter_layer);
  EXPECT_TRUE(facts.has_tl0_picture_index);
  EXPECT_EQ(facts.tl0_picture_index, 0x77);
  EXPECT_EQ(facts.descriptor_size, 5);
  EXPECT_FALSE(facts.non_reference_for_upper);
}

TEST(Vp9, FlexibleModeHasReferencesInPlaceOfTheIndex) {
  // I, P, L, F, B, Z; 7-bit picture id; TID 0, SID 0; P_DIFF 1 (N), 2.
  const VideoFacts facts = read(hex("f9 34 00 03 04 aa"));
  EXPECT_FALSE(facts.picture_id_is_15_bits);
  EXPECT_EQ(facts.picture_id, 0x34);
  EXPECT_FALSE(facts.has_tl0_picture_index);
  EXPECT_TRUE(facts.non_reference_for_upper);
  EXPECT_EQ(facts.descriptor_size, 5);
  EXPECT_EQ(read(hex("b8 34 00 aa")).descriptor_size, 3) << "an intra picture has no references";
}

TEST(Vp9, AtMostThreeReferences) {
  EXPECT_EQ(read(hex("50 03 05 06 aa")).descriptor_size, 4);
  EXPECT_EQ(read(hex("50 03 05 07 06 aa")).descriptor_size, 0);
}

TEST(Vp9, UpperLayersOfAKeyPictureAreKeyToo) {
  const VideoFacts base = read(hex("a8 01 00 00 aa"));
  EXPECT_TRUE(base.keyframe);
  EXPECT_EQ(base.spatial_id, 0);
  const VideoFacts upper = read(hex("a8 01 03 00 aa"));
  EXPECT_TRUE(upper.keyframe);
  EXPECT_TRUE(upper.inter_layer);
  EXPECT_EQ(upper.spatial_id, 1);
}

TEST(Vp9, ScalabilityStructureOfThreeLayers) {
  // I, L, B, V; N_S 2, Y; 320x180, 640x360, 1280x720.
  const VideoFacts facts = read(hex("aa 01 00 00 50 0140 00b4 0280 0168 0500 02d0 aa"));
  EXPECT_TRUE(facts.keyframe);
  EXPECT_EQ(facts.width, 320);
  EXPECT_EQ(facts.height, 180);
  EXPECT_THAT(items(facts.layer_sizes),
              ElementsAre(PictureSize{320, 180}, PictureSize{640, 360}, PictureSize{1280, 720}));
  EXPECT_EQ(facts.descriptor_size, 17);
  const VideoFacts upper = read(hex("aa 01 04 00 50 0140 00b4 0280 0168 0500 02d0 aa"));
  EXPECT_EQ(upper.width, 1280);
  EXPECT_EQ(upper.height, 720);
}

TEST(Vp9, ScalabilityStructureWithPictureGroup) {
  // V only; N_S 0, Y, G; 640x480; 4 pictures with 0, 1, 2 and 3 references.
  const VideoFacts facts = read(hex("0a 18 0280 01e0 04  00  24 01  48 01 02  2c 01 02 03 aa"));
  EXPECT_EQ(facts.width, 640);
  EXPECT_EQ(facts.height, 480);
  EXPECT_EQ(facts.descriptor_size, 17);
  EXPECT_EQ(read(hex("0a 08 00 aa")).descriptor_size, 3) << "an empty group";
  EXPECT_EQ(read(hex("0a e0 aa")).descriptor_size, 2) << "8 layers of unknown size";
}

TEST(Vp9, LargestStructure) {
  ByteVector payload = hex("0a f8");
  payload.insert(payload.end(), 8 * 4, 0x01);
  payload.push_back(255);
  for (int i = 0; i < 255; ++i) payload = concat({payload, hex("0c 01 02 03")});
  payload.push_back(0xaa);
  const VideoFacts facts = read(payload);
  EXPECT_TRUE(facts.layer_sizes.full());
  EXPECT_EQ(facts.descriptor_size, 2 + 32 + 1 + 255 * 4);
}

TEST(Vp9, EveryCutIsMalformed) {
  for (const ByteVector& payload :
       {hex("e8 9234 35 77 aa"), hex("f9 34 00 03 04 aa"), hex("aa 01 00 00 50 0140 00b4 0280 0168 0500 02d0 aa"),
        hex("0a 18 0280 01e0 04  00  24 01  48 01 02  2c 01 02 03 aa")}) {
    ASSERT_TRUE(read(payload).starts_frame);
    for (size_t size = 0; size < payload.size(); ++size) {
      const VideoFacts facts = read(prefix(payload, size));
      EXPECT_FALSE(facts.starts_frame) << size;
      EXPECT_FALSE(facts.keyframe) << size;
      EXPECT_EQ(facts.descriptor_size, 0) << size;
    }
  }
}

}  // namespace
}  // namespace parley::rtp
