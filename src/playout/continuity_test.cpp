#include "playout/continuity.hpp"

#include <gtest/gtest.h>

namespace parley::playout {
namespace {

using rtp::Codec;
using rtp::DependencyDescriptor;

DependencyDescriptor described(uint16_t number, std::initializer_list<uint16_t> diffs, uint8_t temporal = 0,
                               uint8_t spatial = 0) {
  DependencyDescriptor descriptor;
  descriptor.frame_number = number;
  descriptor.temporal_id = temporal;
  descriptor.spatial_id = spatial;
  for (const uint16_t diff : diffs) descriptor.frame_diffs.push_back(diff);
  return descriptor;
}

bool accept(Continuity& continuity, std::vector<DependencyDescriptor> frames, bool key = false) {
  return continuity.accept({.codec = Codec::Av1, .key = key, .frames = frames});
}

bool accept_vp9(Continuity& continuity, uint8_t temporal, uint8_t tl0, bool up, bool key = false) {
  rtp::VideoFacts facts;
  facts.has_tl0_picture_index = true;
  facts.tl0_picture_index = tl0;
  facts.temporal_id = temporal;
  facts.switching_up_point = up;
  return continuity.accept({.codec = Codec::Vp9, .key = key, .facts = facts});
}

TEST(Continuity, NothingBeforeAKeyFrame) {
  Continuity continuity;
  EXPECT_TRUE(continuity.key_frame_needed());
  EXPECT_FALSE(continuity.accept({.codec = Codec::H264}));
  EXPECT_TRUE(continuity.accept({.codec = Codec::H264, .key = true}));
  EXPECT_FALSE(continuity.key_frame_needed());
  EXPECT_TRUE(continuity.accept({.codec = Codec::H264}));
}

TEST(Continuity, WithoutFactsALossNeedsAKeyFrame) {
  Continuity continuity;
  continuity.accept({.codec = Codec::H264, .key = true});
  continuity.lose();
  EXPECT_FALSE(continuity.key_frame_needed()) << "the next one may be a key frame";
  EXPECT_FALSE(continuity.accept({.codec = Codec::H264}));
  EXPECT_TRUE(continuity.key_frame_needed());
  EXPECT_TRUE(continuity.accept({.codec = Codec::H264, .key = true}));
}

TEST(ContinuityByDescriptor, WhatRefersOnlyToWhatCameIsUsable) {
  Continuity continuity;
  EXPECT_TRUE(accept(continuity, {described(65'534, {})}, true));
  continuity.lose();  // 65535, of the upper layer
  EXPECT_TRUE(accept(continuity, {described(0, {2})})) << "over the wrap";
  EXPECT_FALSE(accept(continuity, {described(1, {2}, 1)})) << "refers to the lost one";
  EXPECT_FALSE(accept(continuity, {described(2, {1}, 1)})) << "refers to what refers to it";
  EXPECT_TRUE(accept(continuity, {described(3, {3})}));
  EXPECT_TRUE(accept(continuity, {described(4, {1}, 1)}));
  EXPECT_FALSE(continuity.key_frame_needed());
}

TEST(ContinuityByDescriptor, ALostBaseLayerIsTheEnd) {
  Continuity continuity;
  accept(continuity, {described(1, {})}, true);
  continuity.lose();  // 2
  EXPECT_FALSE(accept(continuity, {described(3, {1})}));
  EXPECT_TRUE(continuity.key_frame_needed());
}

TEST(ContinuityByDescriptor, AllSpatialLayersOfAPictureCount) {
  Continuity continuity;
  EXPECT_TRUE(accept(continuity, {described(1, {}), described(2, {1}, 0, 1)}, true));
  EXPECT_TRUE(accept(continuity, {described(3, {2}), described(4, {1, 2}, 0, 1)}));
  continuity.lose();
  EXPECT_TRUE(accept(continuity, {described(7, {4}), described(8, {1, 4}, 0, 1)}));
}

TEST(ContinuityByDescriptor, APictureIsLeftOutWithItsLowerLayers) {
  Continuity continuity;
  EXPECT_TRUE(accept(continuity, {described(1, {}), described(2, {1}, 0, 1)}, true));
  continuity.lose();  // 3 and 4, of an upper temporal layer
  EXPECT_FALSE(accept(continuity, {described(5, {4}, 1), described(6, {1, 2}, 1, 1)})) << "5 would do, but 4 is lost";
  EXPECT_FALSE(accept(continuity, {described(7, {2}, 1)})) << "but 5 was left out with 6";
  EXPECT_TRUE(accept(continuity, {described(9, {8}), described(10, {1, 8}, 0, 1)})) << "the base layer goes on";
}

TEST(ContinuityByDescriptor, WithoutALossTheyAreNotDoubted) {
  Continuity continuity;
  accept(continuity, {described(1, {})}, true);
  EXPECT_TRUE(accept(continuity, {described(100, {50})}));
}

TEST(ContinuityByLayer, Vp9GoesUpBehindASwitchingPoint) {
  Continuity continuity;
  EXPECT_TRUE(accept_vp9(continuity, 0, 255, false, true));
  continuity.lose();
  EXPECT_TRUE(accept_vp9(continuity, 0, 0, false));
  EXPECT_FALSE(accept_vp9(continuity, 1, 0, false));
  EXPECT_TRUE(accept_vp9(continuity, 0, 1, true));
  EXPECT_TRUE(accept_vp9(continuity, 2, 1, false));
  EXPECT_TRUE(accept_vp9(continuity, 1, 1, false));
}

TEST(ContinuityByLayer, AMissingBaseLayerNumberIsTheEnd) {
  Continuity continuity;
  accept_vp9(continuity, 0, 7, false, true);
  continuity.lose();
  EXPECT_FALSE(accept_vp9(continuity, 0, 9, false));
  EXPECT_TRUE(continuity.key_frame_needed());
  accept_vp9(continuity, 0, 10, false, true);
  continuity.lose();
  EXPECT_FALSE(accept_vp9(continuity, 1, 11, true)) << "an upper one of a base that never came";
  EXPECT_TRUE(continuity.key_frame_needed());
}

}  // namespace
}  // namespace parley::playout
