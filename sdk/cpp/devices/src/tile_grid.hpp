#pragma once

#include <cstddef>
#include <vector>

namespace parley::devices {

struct TileArea {
  int x = 0, y = 0, width = 0, height = 0;
};

/// The columns and rows that show `count` tiles of 16:9 largest; the last row is centred.
std::vector<TileArea> tile_grid(size_t count, int width, int height);

/// The largest area in the middle of `tile` with the proportions of `width` x `height`.
TileArea fit(const TileArea& tile, int width, int height);

}  // namespace parley::devices
