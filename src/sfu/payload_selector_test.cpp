#include "sfu/payload_selector.hpp"

#include <gtest/gtest.h>

#include "sfu/test_stream.hpp"

namespace parley::sfu {
namespace {

MediaPacket packet(rtp::Codec codec, int64_t timestamp, const std::vector<uint8_t>& payload, bool marker = false) {
  MediaPacket packet;
  packet.codec = codec;
  packet.timestamp = timestamp;
  packet.marker = marker;
  packet.video = rtp::read_video_facts(codec, payload, marker);
  packet.starts_keyframe = packet.video.starts_frame && packet.video.keyframe && packet.video.spatial_id == 0;
  return packet;
}
MediaPacket vp8(int64_t timestamp, uint8_t temporal, bool sync, bool start = true) {
  return packet(rtp::Codec::Vp8, timestamp, test::vp8_payload({.start = start, .temporal = temporal, .sync = sync}));
}
MediaPacket vp9(int64_t timestamp, const test::Vp9Fields& fields) {
  return packet(rtp::Codec::Vp9, timestamp, test::vp9_payload(fields));
}
/// Frames of L3T2-like pictures; all but the base predicted between layers.
MediaPacket vp9_layer(int64_t timestamp, uint8_t spatial, uint8_t temporal, bool key = false, bool up = false) {
  return vp9(
      timestamp,
      {.inter_picture = !key, .inter_layer = spatial > 0, .up_switch = up, .spatial = spatial, .temporal = temporal});
}

constexpr LayerPoint kAll = LayerPoint::highest();

TEST(PayloadSelector, Vp8GoesUpAtLayerSyncOnly) {
  PayloadSelector selector;
  selector.reset({2, 0});
  EXPECT_TRUE(selector.choose(vp8(0, 0, false), {2, 2}));
  EXPECT_FALSE(selector.choose(vp8(1, 2, false), {2, 2})) << "may need a T1 that was not sent";
  EXPECT_TRUE(selector.choose(vp8(2, 1, true), {2, 2}));
  EXPECT_EQ(selector.current().temporal, 1);
  EXPECT_FALSE(selector.choose(vp8(3, 2, false), {2, 2}));
  EXPECT_FALSE(selector.choose(vp8(4, 2, true, false), {2, 2})) << "not the start of the frame";
  EXPECT_TRUE(selector.choose(vp8(5, 2, true), {2, 2}));
  EXPECT_FALSE(selector.choose(vp8(6, 3, true), {2, 2})) << "above the limit";
}

TEST(PayloadSelector, GoesDownWithTheNextPictureNotWithinOne) {
  PayloadSelector selector;
  selector.reset({2, 2});
  EXPECT_TRUE(selector.choose(vp8(0, 2, false), {2, 2}));
  EXPECT_TRUE(selector.choose(vp8(0, 2, false, false), {2, 0})) << "the frame is finished";
  EXPECT_FALSE(selector.choose(vp8(1, 2, false), {2, 0}));
  EXPECT_TRUE(selector.choose(vp8(2, 0, false), {2, 0}));
}

TEST(PayloadSelector, ALatePacketNeitherRaisesNorLowers) {
  PayloadSelector selector;
  selector.reset({2, 0});
  selector.choose(vp8(10, 0, false), {2, 2});
  EXPECT_FALSE(selector.choose(vp8(5, 1, true), {2, 2}));
  EXPECT_EQ(selector.current().temporal, 0);
}

TEST(PayloadSelector, Vp9CutsSpatialLayersAndMarksTheLastOne) {
  PayloadSelector selector;
  selector.reset({1, 2});
  for (int64_t picture = 0; picture < 4; ++picture) {
    const bool key = picture == 0;
    for (uint8_t spatial = 0; spatial < 3; ++spatial) {
      const MediaPacket frame = vp9_layer(picture, spatial, 0, key);
      EXPECT_EQ(selector.choose(frame, {1, 2}), spatial <= 1);
      EXPECT_EQ(selector.ends_picture(frame), spatial == 1);
    }
  }
}

TEST(PayloadSelector, Vp9RisesSpatiallyAtAKeyPictureOnly) {
  PayloadSelector selector;
  selector.reset({0, 2});
  EXPECT_TRUE(selector.choose(vp9_layer(0, 0, 0), kAll));
  EXPECT_FALSE(selector.choose(vp9_layer(0, 1, 0), kAll)) << "predicted from pictures that were not sent";
  EXPECT_TRUE(selector.choose(vp9_layer(1, 0, 0, true), kAll));
  EXPECT_TRUE(selector.choose(vp9_layer(1, 1, 0, true), kAll));
  EXPECT_TRUE(selector.choose(vp9_layer(1, 2, 0, true), kAll));
  EXPECT_TRUE(selector.choose(vp9_layer(2, 2, 0), kAll));
}

TEST(PayloadSelector, Vp9JoinsALayerThatIsFreshBetweenKeyPictures) {
  PayloadSelector selector;
  selector.reset({0, 2});
  selector.choose(vp9_layer(5, 0, 0), kAll);
  const MediaPacket skipping = vp9_layer(5, 2, 0, true);
  EXPECT_FALSE(selector.choose(skipping, kAll)) << "the layer between is not sent";
  EXPECT_TRUE(selector.choose(vp9_layer(5, 1, 0, true), kAll));
  EXPECT_TRUE(selector.choose(skipping, kAll));
}

TEST(PayloadSelector, Vp9RisesTemporallyBehindASwitchingPoint) {
  PayloadSelector selector;
  selector.reset({2, 0});
  EXPECT_FALSE(selector.choose(vp9_layer(0, 0, 1), kAll));
  EXPECT_TRUE(selector.choose(vp9_layer(1, 0, 0), kAll));
  EXPECT_FALSE(selector.choose(vp9_layer(2, 0, 1), kAll));
  EXPECT_TRUE(selector.choose(vp9_layer(3, 0, 0, false, true), kAll));
  EXPECT_TRUE(selector.choose(vp9_layer(4, 0, 1), kAll));
}

TEST(PayloadSelector, StreamsWithoutLayersPassWhole) {
  PayloadSelector selector;
  selector.reset({0, 0});
  EXPECT_TRUE(selector.choose(packet(rtp::Codec::H264, 0, {0x61, 0x9a}, true), {0, 0}));
  EXPECT_TRUE(selector.choose(packet(rtp::Codec::Av1, 1, {0x80, 1, 2, 3}), {0, 0}));
}

}  // namespace
}  // namespace parley::sfu
