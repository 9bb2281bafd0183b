#pragma once

#include <cstdint>
#include <string_view>

#include "media/composition.hpp"

namespace parley::media {

struct Rgb {
  uint8_t r = 0;
  uint8_t g = 0;
  uint8_t b = 0;
  friend bool operator==(const Rgb&, const Rgb&) = default;
};

/// A colour as composed pictures hold it: frame::kBt709.
struct Yuv {
  uint8_t y = 16;
  uint8_t u = 128;
  uint8_t v = 128;
  friend bool operator==(const Yuv&, const Yuv&) = default;
};

Yuv to_yuv(Rgb rgb);

/// The colours of the web app's meeting page, so that a recording looks like the meeting did.
struct Palette {
  Rgb page;
  Rgb tile;
  Rgb speaking;
};
Palette palette_of(Theme theme);

/// The colour of a person's avatar: the web app computes the same from the id.
Rgb person_colour(std::string_view id);

}  // namespace parley::media
