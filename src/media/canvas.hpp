#pragma once

#include <cstdint>
#include <vector>

#include "frame/picture.hpp"
#include "media/grid.hpp"
#include "media/palette.hpp"

namespace parley::media {

/// A small drawing with transparency: a label, an avatar, a rounded corner. Drawn once, blended often.
struct Sprite {
  int width = 0;                            ///< even
  int height = 0;                           ///< even
  std::vector<uint8_t> y, alpha;            ///< width x height
  std::vector<uint8_t> u, v, chroma_alpha;  ///< half of each
};

enum class Fit : uint8_t {
  Crop,   ///< fills the rectangle and loses what sticks out
  Whole,  ///< all of the picture, in the middle of the rectangle
};

/// Rows for intermediate results, kept from picture to picture so that drawing does not allocate.
struct Scratch {
  std::vector<uint8_t> turned, small, row, halves[2];
};

/// Draws into a picture being made, in frame::kBt709. All rectangles are even and inside of it. No state between calls.
class Canvas {
 public:
  Canvas(frame::PictureBuffer& buffer, Scratch& scratch) : to_(buffer), scratch_(scratch) {}

  void fill(const Rect& rect, Yuv colour);
  /// Scales the picture, turns it upright, converts its colours and puts it into `rect`; tells where exactly. Whole
  /// leaves what it does not cover as it was.
  Rect draw(const frame::Picture& picture, frame::Rotation rotation, const Rect& rect, Fit fit);
  /// Fills `rect` with a dark, blurred image of the picture: what stands beside a picture of another shape.
  void draw_backdrop(const frame::Picture& picture, frame::Rotation rotation, const Rect& rect);
  /// Blends the sprite with its corner at `x`, `y` (even), as far as it lies in `clip`.
  void blend(const Sprite& sprite, int x, int y, const Rect& clip);
  /// Mixes what is in `rect` with a colour; `opacity` of 255 leaves it as it is, 0 gives the colour.
  void fade(const Rect& rect, Yuv colour, int opacity);
  /// The same part of another picture of this size.
  void copy(const frame::Picture& from, const Rect& rect);

 private:
  frame::PictureBuffer& to_;
  Scratch& scratch_;
};

/// How much of a picture stays visible when it fills `rect`, 0 to 1.
double kept_by_crop(frame::Size upright, const Rect& rect);
/// The size after rotation.
frame::Size upright(frame::Size size, frame::Rotation rotation);

}  // namespace parley::media
