#include "rtp/color_space.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "rtp/test_bytes.hpp"

namespace parley::rtp {
namespace {

TEST(ColorSpace, ReadsWhatChromiumSends) {
  // Chromium 156 for a canvas: BT.709 primaries, sRGB transfer, BT.709 matrix, limited range.
  const auto space = read_color_space(hex("01 0d 01 10"));
  ASSERT_TRUE(space);
  EXPECT_EQ(*space, (ColorSpace{1, 13, 1, ColorSpace::Range::Limited, 0}));
  const auto full = read_color_space(hex("05 06 05 25"));
  ASSERT_TRUE(full);
  EXPECT_EQ(full->range, ColorSpace::Range::Full);
  EXPECT_EQ(full->siting, 5);
}

TEST(ColorSpace, ReadsPastHdrMetadata) {
  std::vector<uint8_t> data = hex("09 10 09 10");
  data.resize(kColorSpaceWithHdrSize, 0xff);
  const auto space = read_color_space(data);
  ASSERT_TRUE(space);
  EXPECT_EQ(space->matrix, 9);
}

TEST(ColorSpace, RefusesOtherSizesAndReservedBits) {
  for (size_t size = 0; size < 64; ++size) {
    const bool known = size == kColorSpaceSize || size == kColorSpaceWithHdrSize;
    EXPECT_EQ(read_color_space(std::vector<uint8_t>(size, 1)).has_value(), known) << size;
  }
  for (int last = 0; last < 256; ++last) {
    const auto space = read_color_space(std::vector<uint8_t>{1, 1, 1, static_cast<uint8_t>(last)});
    EXPECT_EQ(space.has_value(), last < 64) << last;
  }
}

TEST(ColorSpace, WritesWhatItReads) {
  for (int i = 0; i < 64; ++i) {
    const std::vector<uint8_t> data{1, 13, 9, static_cast<uint8_t>(i)};
    const auto written = write_color_space(*read_color_space(data));
    EXPECT_TRUE(std::equal(written.begin(), written.end(), data.begin(), data.end()));
  }
}

}  // namespace
}  // namespace parley::rtp
