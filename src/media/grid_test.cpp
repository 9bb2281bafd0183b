#include "media/grid.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace parley::media {
namespace {

const frame::Size kSizes[] = {{854, 480}, {1280, 720}, {1920, 1080}, {2560, 1440},
                              {480, 854}, {720, 1280}, {1080, 1920}, {1440, 2560}};

bool overlap(const Rect& a, const Rect& b) {
  return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
}

void expect_sound(const std::vector<Rect>& rects, const Rect& area) {
  for (size_t i = 0; i < rects.size(); ++i) {
    const Rect& r = rects[i];
    EXPECT_EQ((r.x | r.y | r.width | r.height) % 2, 0);
    EXPECT_GT(r.width, 0);
    EXPECT_GT(r.height, 0);
    EXPECT_GE(r.x, area.x);
    EXPECT_GE(r.y, area.y);
    EXPECT_LE(r.right(), area.right());
    EXPECT_LE(r.bottom(), area.bottom());
    for (size_t k = 0; k < i; ++k) EXPECT_FALSE(overlap(r, rects[k]));
  }
}

TEST(Grid, IsEvenInsideAndWithoutOverlapForAllCountsAndSizes) {
  for (const frame::Size size : kSizes) {
    const int gap = gap_of(size);
    const Rect area{gap, gap, size.width - 2 * gap, size.height - 2 * gap};
    for (int count = 1; count <= 25; ++count) {
      const std::vector<Rect> rects = grid(count, area, {gap, {4, 3}});
      ASSERT_EQ(rects.size(), static_cast<size_t>(count));
      expect_sound(rects, area);
      for (const Rect& r : rects) {
        EXPECT_EQ(r.width, rects[0].width);
        EXPECT_EQ(r.height, rects[0].height);
        EXPECT_LE(r.width * 9, r.height * 16 + 32);
        EXPECT_GE(r.width * 3, r.height * 4 - 8);
      }
    }
  }
}

TEST(Grid, HasTheSameGapEverywhereAndCentresItsLastRow) {
  for (int count = 2; count <= 25; ++count) {
    const std::vector<Rect> rects = grid(count, {10, 10, 1260, 700}, {10, {4, 3}});
    std::vector<std::vector<Rect>> rows;
    for (const Rect& r : rects) {
      if (rows.empty() || rows.back()[0].y != r.y) rows.push_back({});
      rows.back().push_back(r);
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      for (size_t k = 1; k < rows[i].size(); ++k) EXPECT_EQ(rows[i][k].x, rows[i][k - 1].right() + 10);
      EXPECT_EQ(rows[i][0].y, i == 0 ? rows[0][0].y : rows[i - 1][0].bottom() + 10);
      EXPECT_NEAR(rows[i].front().x - 10, 1270 - rows[i].back().right(), 2) << count;
    }
    EXPECT_NEAR(rows.front()[0].y - 10, 710 - rows.back()[0].bottom(), 2);
  }
}

TEST(Grid, ChoosesTheColumnsWithTheLargestTiles) {
  const auto columns = [](int count) {
    const std::vector<Rect> rects = grid(count, {10, 10, 1260, 700}, {10, {4, 3}});
    return std::ranges::count(rects, rects[0].y, &Rect::y);
  };
  EXPECT_EQ(columns(1), 1);
  EXPECT_EQ(columns(2), 2);
  EXPECT_EQ(columns(3), 2);
  EXPECT_EQ(columns(4), 2);
  EXPECT_EQ(columns(6), 3);
  EXPECT_EQ(columns(9), 3);
  EXPECT_EQ(columns(16), 4);
  EXPECT_EQ(columns(25), 5);
  // No other number of columns would give larger tiles, with tiles of 16:9 at most and 4:3 at least.
  for (int count = 1; count <= 25; ++count) {
    const Rect tile = grid(count, {10, 10, 1260, 700}, {10, {4, 3}})[0];
    for (int c = 1; c <= count; ++c) {
      const int rows = (count + c - 1) / c;
      const double w = std::min((1260.0 - 10 * (c - 1)) / c, (700.0 - 10 * (rows - 1)) / rows * 16 / 9);
      const double h = std::min((700.0 - 10 * (rows - 1)) / rows, w * 3 / 4);
      EXPECT_LE(w * h, (tile.width + 2) * (tile.height + 2)) << count << " in " << c;
    }
  }
}

TEST(Fit, ShowsAScreenWholeAndCutsACameraNoFurtherThanASquare) {
  const Rect wide{10, 10, 1260, 700};
  EXPECT_EQ(fit_whole({1920, 1080}, wide), (Rect{18, 10, 1244, 700}));
  EXPECT_EQ(fit_whole({1080, 1920}, wide), (Rect{444, 10, 392, 700}));
  EXPECT_EQ(fit_cropped({1280, 720}, wide), wide);
  EXPECT_EQ(fit_cropped({640, 480}, wide), wide);
  EXPECT_EQ(fit_cropped({}, wide), wide);
  EXPECT_EQ(fit_cropped({720, 1280}, wide), (Rect{290, 10, 700, 700}));
  const Rect tall{10, 10, 700, 1260};
  EXPECT_EQ(fit_cropped({1280, 720}, tall), (Rect{10, 290, 700, 700}));
  EXPECT_EQ(fit_cropped({720, 1280}, tall), tall);
}

TEST(MainAndSide, KeepsApartForAllShapesAndCounts) {
  for (const frame::Size size : kSizes) {
    for (const frame::Size picture : {frame::Size{16, 9}, {4, 3}, {9, 16}, {3440, 1440}, {0, 0}, {1, 5000}}) {
      for (const bool whole : {false, true}) {
        for (int count = 0; count <= 8; ++count) {
          const MainAndSide both = main_and_side({picture, whole}, count, size);
          EXPECT_EQ(both.side.size(), static_cast<size_t>(std::min(count, kMaxSideTiles)));
          std::vector<Rect> all = both.side;
          all.push_back(both.main);
          expect_sound(all, {0, 0, size.width, size.height});
        }
      }
    }
  }
}

TEST(MainAndSide, GivesTheMainPictureMostOfTheRoom) {
  for (int count = 0; count <= kMaxSideTiles; ++count) {
    const MainAndSide landscape = main_and_side({{1920, 1080}, true}, count, {1280, 720});
    EXPECT_GE(landscape.main.width * landscape.main.height, 1280 * 720 * 55 / 100) << count;
    for (const Rect& r : landscape.side) EXPECT_GE(r.width, 190);
    const MainAndSide portrait = main_and_side({{1280, 720}, false}, count, {720, 1280});
    EXPECT_EQ(portrait.main.width, 700);
    for (const Rect& r : portrait.side) EXPECT_GE(r.y, portrait.main.bottom());
  }
}

}  // namespace
}  // namespace parley::media
