#include "tile_grid.hpp"

#include <gtest/gtest.h>

namespace parley::devices {
namespace {

TEST(TileGrid, TilesAreInsideAndApart) {
  for (size_t count = 1; count <= 25; ++count) {
    for (const auto& [width, height] : {std::pair{960, 540}, {333, 777}, {1920, 400}}) {
      const auto tiles = tile_grid(count, width, height);
      ASSERT_EQ(tiles.size(), count);
      for (size_t i = 0; i < count; ++i) {
        const TileArea& a = tiles[i];
        EXPECT_GE(a.x, 0);
        EXPECT_LE(a.x + a.width, width);
        EXPECT_LE(a.y + a.height, height);
        EXPECT_GT(a.width, 0);
        for (size_t j = 0; j < i; ++j) {
          const TileArea& b = tiles[j];
          const bool apart =
              a.x >= b.x + b.width || b.x >= a.x + a.width || a.y >= b.y + b.height || b.y >= a.y + a.height;
          EXPECT_TRUE(apart) << count << ": " << j << " and " << i;
        }
      }
    }
  }
}

TEST(TileGrid, GoesByTheWindowsShape) {
  EXPECT_EQ(tile_grid(2, 1600, 450)[1].x, 800);
  EXPECT_EQ(tile_grid(2, 800, 900)[1].y, 450);
  const auto three = tile_grid(3, 1600, 900);
  EXPECT_EQ(three[2].x, 400) << "the last row is centred";
  EXPECT_TRUE(tile_grid(0, 100, 100).empty());
}

TEST(TileGrid, PicturesKeepTheirProportions) {
  const TileArea wide = fit({0, 0, 400, 400}, 16, 9);
  EXPECT_EQ(wide.width, 400);
  EXPECT_EQ(wide.height, 225);
  EXPECT_EQ(wide.y, 87);
  const TileArea tall = fit({10, 0, 400, 400}, 9, 16);
  EXPECT_EQ(tall.width, 225);
  EXPECT_EQ(tall.x, 97);
}

}  // namespace
}  // namespace parley::devices
