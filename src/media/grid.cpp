#include "media/grid.hpp"

#include <algorithm>
#include <cstdint>

#include "base/check.hpp"

namespace parley::media {
namespace {

constexpr int even(int n) { return n & ~1; }

// What cameras send; unknown pictures count as that.
constexpr frame::Size kWide{16, 9};
// A wide camera may be cut down to a square, which still holds a face and shoulders, but no further.
constexpr int kKeptNumerator = 9, kKeptDenominator = 16;

/// The largest even rectangle of this aspect in the middle of `area`.
Rect centred(int64_t width, int64_t height, const Rect& area) {
  int w = area.width;
  int h = static_cast<int>(w * height / width);
  if (h > area.height) {
    h = area.height;
    w = static_cast<int>(h * width / height);
  }
  w = std::max(2, even(w));
  h = std::max(2, even(h));
  return {area.x + even((area.width - w) / 2), area.y + even((area.height - h) / 2), w, h};
}

/// The size of one of `columns` x `rows` tiles in the area.
frame::Size tile_size(int columns, int rows, const Rect& area, const GridStyle& style) {
  int w = std::min((area.width - style.gap * (columns - 1)) / columns, style.max_width);
  int h = (area.height - style.gap * (rows - 1)) / rows;
  w = std::min(w, h * kWide.width / kWide.height);
  h = std::min(h, w * style.narrowest.height / style.narrowest.width);
  return {even(std::max(w, 0)), even(std::max(h, 0))};
}

std::vector<Rect> placed(int count, int columns, frame::Size tile, const Rect& area, int gap) {
  const int rows = (count + columns - 1) / columns;
  const int height = rows * tile.height + (rows - 1) * gap;
  std::vector<Rect> rects;
  for (int row = 0; row < rows; ++row) {
    const int here = std::min(columns, count - row * columns);
    const int width = here * tile.width + (here - 1) * gap;
    const int x = area.x + even((area.width - width) / 2);
    const int y = area.y + even((area.height - height) / 2) + row * (tile.height + gap);
    for (int i = 0; i < here; ++i) rects.push_back({x + i * (tile.width + gap), y, tile.width, tile.height});
  }
  return rects;
}

/// How wide a column beside the main picture is at least: 22 % of the width, unless so many tiles need less.
int least_column(int count, const Rect& inside, int gap) {
  const int fit = (inside.height - gap * (count - 1)) / count * kWide.width / kWide.height;
  return even(std::min(inside.width * 22 / 100, fit));
}

/// How high the rows below the main picture are at least: one row of up to three, else two.
int least_rows(int count, const Rect& inside, int gap) {
  const int rows = count <= 3 ? 1 : 2;
  const int columns = (count + rows - 1) / rows;
  const int width = std::min(inside.width * 40 / 100, (inside.width - gap * (columns - 1)) / columns);
  return rows * even(width * kWide.height / kWide.width) + (rows - 1) * gap;
}

}  // namespace

int gap_of(frame::Size size) { return std::max(4, even(std::min(size.width, size.height) / 72)); }

std::vector<Rect> grid(int count, const Rect& area, const GridStyle& style) {
  if (count <= 0) return {};
  int best_columns = 1;
  frame::Size best;
  for (int columns = 1; columns <= count; ++columns) {
    const int rows = (count + columns - 1) / columns;
    if (columns * (rows - 1) >= count) continue;  // a row would stay empty
    const frame::Size tile = tile_size(columns, rows, area, style);
    if (tile.width * tile.height > best.width * best.height) {
      best = tile;
      best_columns = columns;
    }
  }
  PARLEY_CHECK(best.width > 0);
  return placed(count, best_columns, best, area, style.gap);
}

Rect fit_whole(frame::Size picture, const Rect& area) {
  if (picture.width <= 0 || picture.height <= 0) picture = kWide;
  return centred(picture.width, picture.height, area);
}

Rect fit_cropped(frame::Size picture, const Rect& area) {
  if (picture.width <= 0 || picture.height <= 0) picture = kWide;
  const int64_t w = picture.width, h = picture.height;
  // Compared with the area's aspect, both sides multiplied out: w / h against area.width / area.height.
  if (w * area.height > h * area.width) {
    const int64_t narrowest = w * kKeptNumerator;  // over h * kKeptDenominator
    if (narrowest * area.height <= h * kKeptDenominator * area.width) return centred(area.width, area.height, area);
    return centred(narrowest, h * kKeptDenominator, area);
  }
  const int64_t flattest = h * kKeptNumerator;
  if (flattest * area.width <= w * kKeptDenominator * area.height) return centred(area.width, area.height, area);
  return centred(w * kKeptDenominator, flattest, area);
}

MainAndSide main_and_side(const MainPicture& main, int count, frame::Size size) {
  const int gap = gap_of(size);
  const Rect inside{gap, gap, size.width - 2 * gap, size.height - 2 * gap};
  const auto fit = [&](const Rect& area) {
    return main.whole ? fit_whole(main.size, area) : fit_cropped(main.size, area);
  };
  if (count <= 0) return {fit(inside), {}};
  count = std::min(count, kMaxSideTiles);
  const bool wide = size.width >= size.height;
  const GridStyle style{gap, wide ? frame::Size{4, 3} : frame::Size{1, 1}, size.width / 2};
  Rect area = inside, side = inside;
  if (wide) {
    area.width -= least_column(count, inside, gap) + gap;
    Rect rect = fit(area);
    rect.x = inside.x;
    side.x = rect.right() + gap;
    side.width = inside.right() - side.x;
    return {rect, grid(count, side, style)};
  }
  area.height -= least_rows(count, inside, gap) + gap;
  Rect rect = fit(area);
  rect.y = inside.y;
  side.y = rect.bottom() + gap;
  side.height = inside.bottom() - side.y;
  return {rect, grid(count, side, style)};
}

}  // namespace parley::media
