#include "rtp/payload/opus.hpp"

#include <gtest/gtest.h>

#include "rtp/test_bytes.hpp"

namespace parley::rtp {
namespace {

// RFC 6716 section 3.1: configuration in the upper five bits, then stereo, then the frame count code.
uint8_t toc(int configuration, int code, bool stereo = false) {
  return static_cast<uint8_t>(configuration << 3 | (stereo ? 4 : 0) | code);
}

TEST(Opus, OneFrameOfEachConfiguration) {
  // Table 2 of RFC 6716, in tenths of a millisecond.
  const int durations[32] = {100, 200, 400, 600, 100, 200, 400, 600, 100, 200, 400, 600, 100, 200, 100, 200,
                             25,  50,  100, 200, 25,  50,  100, 200, 25,  50,  100, 200, 25,  50,  100, 200};
  for (int configuration = 0; configuration < 32; ++configuration) {
    const auto expected = static_cast<uint32_t>(durations[configuration] * 48 / 10);
    EXPECT_EQ(opus_samples(ByteVector{toc(configuration, 0), 1, 2}), expected) << configuration;
    EXPECT_EQ(opus_samples(ByteVector{toc(configuration, 0, true), 1}), expected) << configuration;
    EXPECT_EQ(opus_samples(ByteVector{toc(configuration, 1), 1, 2}), 2 * expected) << configuration;
    EXPECT_EQ(opus_samples(ByteVector{toc(configuration, 2), 1, 2}), 2 * expected) << configuration;
  }
}

TEST(Opus, AsManyFramesAsTheSecondByteSays) {
  EXPECT_EQ(opus_samples(ByteVector{toc(31, 3), 3, 0}), 3 * 960u);
  EXPECT_EQ(opus_samples(ByteVector{toc(31, 3), 0xc6, 0}), 6 * 960u) << "padding and VBR bits are no count";
  EXPECT_EQ(opus_samples(ByteVector{toc(16, 3), 48, 0}), 48 * 120u);
}

TEST(Opus, DtxPacketIsAFrame) { EXPECT_EQ(opus_samples(hex("78")), 960u); }

TEST(Opus, WhatIsNoPacket) {
  EXPECT_FALSE(opus_samples({}));
  EXPECT_FALSE(opus_samples(ByteVector{toc(31, 3)})) << "without its count";
  EXPECT_FALSE(opus_samples(ByteVector{toc(31, 3), 0})) << "no frame";
  EXPECT_FALSE(opus_samples(ByteVector{toc(31, 3), 7})) << "140 ms";
  EXPECT_TRUE(opus_samples(ByteVector{toc(3, 1)})) << "two of 60 ms are the longest packet";
}

}  // namespace
}  // namespace parley::rtp
