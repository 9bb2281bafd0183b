#include "media/recolour.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "media/palette.hpp"

namespace parley::media {
namespace {

using frame::ColourSpace;
using frame::Matrix;
using frame::Range;

frame::Picture plain(frame::Size size, Yuv c, ColourSpace colour) {
  auto buffer = std::make_shared<frame::PictureBuffer>(size);
  buffer->fill(c.y, c.u, c.v);
  return frame::PictureBuffer::share(std::move(buffer), colour);
}
Yuv last_pixel(const frame::Picture& p) {
  const auto at = [](const frame::Plane& plane, int x, int y) { return plane.data[y * plane.stride + x]; };
  const int x = p.width() - 1, y = p.height() - 1;
  return {at(p.y(), x, y), at(p.u(), x / 2, y / 2), at(p.v(), x / 2, y / 2)};
}
bool close(Yuv a, Yuv b) { return std::abs(a.y - b.y) <= 1 && std::abs(a.u - b.u) <= 1 && std::abs(a.v - b.v) <= 1; }

struct Known {
  ColourSpace space;
  std::array<Yuv, 5> colours;  ///< white, black, red, green, blue
};
// The test colours of the recommendations themselves: BT.601-7, BT.709-6, JFIF 1.02, BT.2020-2.
const Known kKnown[] = {
    {{Matrix::Bt601, Range::Limited},
     {{{235, 128, 128}, {16, 128, 128}, {81, 90, 240}, {145, 54, 34}, {41, 240, 110}}}},
    {{Matrix::Bt709, Range::Limited},
     {{{235, 128, 128}, {16, 128, 128}, {63, 102, 240}, {173, 42, 26}, {32, 240, 118}}}},
    {{Matrix::Bt601, Range::Full}, {{{255, 128, 128}, {0, 128, 128}, {76, 85, 255}, {150, 44, 21}, {29, 255, 107}}}},
    {{Matrix::Bt2020, Range::Limited},
     {{{235, 128, 128}, {16, 128, 128}, {74, 97, 240}, {164, 47, 25}, {29, 240, 119}}}},
};

TEST(Recolour, TakesKnownColoursFromEachSpaceToEach) {
  for (const Known& from : kKnown) {
    for (const Known& to : kKnown) {
      for (size_t i = 0; i < from.colours.size(); ++i) {
        for (const frame::Size size : {frame::Size{16, 4}, frame::Size{7, 5}, frame::Size{1, 1}}) {
          const frame::Picture made = recoloured(plain(size, from.colours[i], from.space), to.space);
          EXPECT_EQ(made.colour(), to.space);
          const Yuv got = last_pixel(made);
          // Two roundings lie between the tables' numbers, the second one stretched with the range.
          EXPECT_NEAR(got.y, to.colours[i].y, 2);
          EXPECT_NEAR(got.u, to.colours[i].u, 2);
          EXPECT_NEAR(got.v, to.colours[i].v, 2);
        }
      }
    }
  }
}

// The path of nearly all cameras, in 16 bits, against the recommendations' formulas in floating point.
TEST(Recolour, FromBt601ToBt709IsExactToOneStep) {
  for (int i = 0; i < 17 * 17 * 17; ++i) {
    const auto level = [](int step) { return static_cast<uint8_t>(std::min(255, step * 16)); };
    const Yuv c{level(i % 17), level(i / 17 % 17), level(i / 289)};
    const double luma = (c.y - 16) / 219.0, pb = (c.u - 128) / 224.0, pr = (c.v - 128) / 224.0;
    const double r = luma + 1.402 * pr, b = luma + 1.772 * pb, g = (luma - 0.299 * r - 0.114 * b) / 0.587;
    const double y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    const auto step = [](double value) { return std::clamp(value, 0.0, 255.0); };
    const Yuv got = last_pixel(recoloured(plain({6, 3}, c, {}), frame::kBt709));
    ASSERT_NEAR(got.y, step(16 + 219 * y), 1) << i;
    ASSERT_NEAR(got.u, step(128 + 224 * (b - y) / 1.8556), 1) << i;
    ASSERT_NEAR(got.v, step(128 + 224 * (r - y) / 1.5748), 1) << i;
  }
}

TEST(Recolour, ThereAndBackIsTheSame) {
  for (int i = 0; i < 64; ++i) {
    const Yuv colour = to_yuv(
        {static_cast<uint8_t>(i % 4 * 85), static_cast<uint8_t>(i / 4 % 4 * 85), static_cast<uint8_t>(i / 16 * 85)});
    const frame::Picture there = recoloured(plain({4, 4}, colour, frame::kBt709), ColourSpace{});
    EXPECT_TRUE(close(last_pixel(recoloured(there, frame::kBt709)), colour)) << i;
  }
}

TEST(Recolour, LeavesAPictureOfThatSpaceAlone) {
  const frame::Picture picture = plain({4, 4}, {50, 60, 70}, frame::kBt709);
  EXPECT_EQ(recoloured(picture, frame::kBt709).y().data, picture.y().data);
}

TEST(Recolour, CutsOffWhatTheOtherSpaceHasNot) {
  const Yuv got =
      last_pixel(recoloured(plain({4, 4}, {255, 255, 255}, {Matrix::Bt601, Range::Limited}), frame::kBt709));
  EXPECT_EQ(got.v, 255);
  EXPECT_EQ(got.u, 255);
}

}  // namespace
}  // namespace parley::media
