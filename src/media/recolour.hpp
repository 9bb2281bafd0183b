#pragma once

#include <cstdint>

#include "frame/picture.hpp"

namespace parley::media {

/// I420 pixels that are written.
struct Planes {
  uint8_t *y, *u, *v;
  int y_stride, uv_stride;
};

/// Puts pixels from one colour space into another, where they are. Exact to one step of 255; colours that the other
/// space has not are cut off.
void recolour(const Planes& pixels, frame::Size size, const frame::ColourSpace& from, const frame::ColourSpace& to);

/// The picture itself if it has that colour space, else a new one.
frame::Picture recoloured(const frame::Picture& picture, const frame::ColourSpace& to);

}  // namespace parley::media
