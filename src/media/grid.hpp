#pragma once

#include <vector>

#include "frame/picture.hpp"

namespace parley::media {

/// In pixels of the composed picture. All that the layout hands out is even, so that chroma fits.
struct Rect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  int right() const { return x + width; }
  int bottom() const { return y + height; }
  friend bool operator==(const Rect&, const Rect&) = default;
};

/// The distance between tiles and to the border, for a picture of this size.
int gap_of(frame::Size size);

struct GridStyle {
  int gap = 10;
  frame::Size narrowest{4, 3};  ///< the least width by height of a tile; the most is 16:9
  int max_width = 1 << 20;      ///< of a tile
};
/// `count` equal tiles in `area`, row by row, the last row centred: as many columns as make the tiles largest.
std::vector<Rect> grid(int count, const Rect& area, const GridStyle& style);

/// The largest rectangle in the middle of `area` that a picture of this size fills when no more than kMostCropped of it
/// is cut away. An unknown size (0 x 0) counts as 16:9.
Rect fit_cropped(frame::Size picture, const Rect& area);
/// The same without any cutting.
Rect fit_whole(frame::Size picture, const Rect& area);

/// What is shown large: how big it is, and whether all of it has to be seen.
struct MainPicture {
  frame::Size size;
  bool whole = false;
};
struct MainAndSide {
  Rect main;
  std::vector<Rect> side;
};
/// A main picture and `count` others: in a column at the right, or in rows below in portrait. They get the room that
/// the main picture cannot use, and at least enough to tell them apart.
MainAndSide main_and_side(const MainPicture& main, int count, frame::Size size);

/// Most tiles beside a main picture: six are 192 pixels wide at 720p, more could not be told apart.
inline constexpr int kMaxSideTiles = 6;

}  // namespace parley::media
