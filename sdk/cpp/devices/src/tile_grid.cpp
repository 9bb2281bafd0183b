#include "tile_grid.hpp"

#include <algorithm>
#include <cstdint>

namespace parley::devices {

TileArea fit(const TileArea& tile, int width, int height) {
  if (width <= 0 || height <= 0) return tile;
  TileArea area = tile;
  if (int64_t{tile.width} * height > int64_t{tile.height} * width) {
    area.width = static_cast<int>(int64_t{tile.height} * width / height);
  } else {
    area.height = static_cast<int>(int64_t{tile.width} * height / width);
  }
  area.x += (tile.width - area.width) / 2;
  area.y += (tile.height - area.height) / 2;
  return area;
}

std::vector<TileArea> tile_grid(size_t count, int width, int height) {
  std::vector<TileArea> tiles;
  if (count == 0) return tiles;
  const int total = static_cast<int>(count);
  int columns = 1, best = 0;
  for (int candidate = 1; candidate <= total; ++candidate) {
    const int rows = (total + candidate - 1) / candidate;
    const int shown = fit({0, 0, width / candidate, height / rows}, 16, 9).width;
    if (shown > best) best = shown, columns = candidate;
  }
  const int rows = (total + columns - 1) / columns;
  for (int i = 0; i < total; ++i) {
    const int row = i / columns, column = i % columns;
    const int in_row = row == rows - 1 ? total - row * columns : columns;
    const int indent = (columns - in_row) * (width / columns) / 2;
    const int left = column * width / columns, top = row * height / rows;
    tiles.push_back({left + indent, top, (column + 1) * width / columns - left, (row + 1) * height / rows - top});
  }
  return tiles;
}

}  // namespace parley::devices
