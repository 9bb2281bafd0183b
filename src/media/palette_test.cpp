#include "media/palette.hpp"

#include <gtest/gtest.h>

namespace parley::media {
namespace {

TEST(Palette, ConvertsAsBt709Says) {
  EXPECT_EQ(to_yuv({0, 0, 0}), (Yuv{16, 128, 128}));
  EXPECT_EQ(to_yuv({255, 255, 255}), (Yuv{235, 128, 128}));
  // ITU-R BT.801-1: the colour bars of 100 %.
  EXPECT_EQ(to_yuv({255, 0, 0}), (Yuv{63, 102, 240}));
  EXPECT_EQ(to_yuv({0, 255, 0}), (Yuv{173, 42, 26}));
  EXPECT_EQ(to_yuv({0, 0, 255}), (Yuv{32, 240, 118}));
}

TEST(Palette, PeopleKeepTheirColourAndAgreeWithTheWebApp) {
  // What personHue of web/packages/app/src/ui/parts.tsx and hsl(hue 45% 40%) of its style sheet give.
  EXPECT_EQ(person_colour("amara"), (Rgb{62, 56, 148}));
  EXPECT_EQ(person_colour("jonas"), (Rgb{56, 148, 146}));
  EXPECT_EQ(person_colour("mei"), (Rgb{148, 56, 79}));
}

TEST(Palette, DefaultIsDark) {
  EXPECT_EQ(palette_of(Theme::Default).page, palette_of(Theme::Dark).page);
  EXPECT_GT(to_yuv(palette_of(Theme::Light).page).y, 200);
  EXPECT_LT(to_yuv(palette_of(Theme::Dark).page).y, 50);
}

}  // namespace
}  // namespace parley::media
