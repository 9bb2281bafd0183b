#include "media/lettering.hpp"

#include <gtest/gtest.h>

namespace parley::media {
namespace {

TEST(Initials, AreThoseOfTheFirstAndTheLastWord) {
  EXPECT_EQ(initials("Ada Lovelace"), "AL");
  EXPECT_EQ(initials("ada"), "A");
  EXPECT_EQ(initials("  Jean  Luc   Picard "), "JP");
  EXPECT_EQ(initials("élise østergaard"), "ÉØ");
  EXPECT_EQ(initials("田中 美咲"), "田美");
  EXPECT_EQ(initials(""), "?");
  EXPECT_EQ(initials(" \t "), "?");
}

TEST(Label, IsAsWideAsItsNameUpToTheRoomThereIs) {
  const Sprite narrow = draw_label("Al", {.font = 14, .max_width = 200});
  const Sprite wide = draw_label("Alexandra Smith", {.font = 14, .max_width = 200});
  const Sprite cut = draw_label(std::string(200, 'x'), {.font = 14, .max_width = 200});
  EXPECT_LT(narrow.width, wide.width);
  EXPECT_LE(cut.width, 202);
  EXPECT_GT(cut.width, 150);
  EXPECT_EQ(narrow.height, cut.height);
  for (const Sprite* s : {&narrow, &wide, &cut}) {
    EXPECT_EQ(s->width % 2 + s->height % 2, 0);
    EXPECT_EQ(s->alpha.size(), static_cast<size_t>(s->width * s->height));
    EXPECT_EQ(s->chroma_alpha.size(), s->alpha.size() / 4);
    EXPECT_EQ(s->alpha[0], 0);  // a round corner
  }
}

TEST(Corners, AreOpaqueOutsideAndClearInside) {
  const Corners corners = draw_corners({.radius = 12, .page = {20, 20, 20}});
  const auto alpha = [&](int corner, int x, int y) {
    return corners.sprites[corner].alpha[static_cast<size_t>(y * 12 + x)];
  };
  EXPECT_EQ(alpha(0, 0, 0), 255);
  EXPECT_EQ(alpha(0, 11, 11), 0);
  EXPECT_EQ(alpha(1, 11, 0), 255);
  EXPECT_EQ(alpha(1, 0, 11), 0);
  EXPECT_EQ(alpha(2, 0, 11), 255);
  EXPECT_EQ(alpha(3, 11, 11), 255);
  EXPECT_EQ(alpha(3, 0, 0), 0);
}

}  // namespace
}  // namespace parley::media
