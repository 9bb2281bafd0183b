#include "media/palette.hpp"

#include <algorithm>
#include <cmath>

namespace parley::media {
namespace {

uint8_t rounded(double value) { return static_cast<uint8_t>(std::clamp(std::lround(value), 0L, 255L)); }

/// CSS hsl(): hue in degrees, the others 0 to 1.
Rgb from_hsl(double hue, double saturation, double lightness) {
  const double a = saturation * std::min(lightness, 1 - lightness);
  const auto channel = [&](double n) {
    const double k = std::fmod(n + hue / 30, 12);
    return rounded(255 * (lightness - a * std::max(-1.0, std::min({k - 3, 9 - k, 1.0}))));
  };
  return {channel(0), channel(8), channel(4)};
}

}  // namespace

Yuv to_yuv(Rgb c) {
  // ITU-R BT.601-7 section 2.5.1 and 3.5, for 8 bits.
  return {rounded(16 + (65.481 * c.r + 128.553 * c.g + 24.966 * c.b) / 255),
          rounded(128 + (-37.797 * c.r - 74.203 * c.g + 112.0 * c.b) / 255),
          rounded(128 + (112.0 * c.r - 93.786 * c.g - 18.214 * c.b) / 255)};
}

Palette palette_of(Theme theme) {
  if (theme == Theme::Light) return {{0xf4, 0xf5, 0xf7}, {0xdf, 0xe3, 0xe9}, {0x14, 0x93, 0x5a}};
  return {{0x14, 0x17, 0x1c}, {0x23, 0x28, 0x31}, {0x5f, 0xd3, 0x9b}};
}

Rgb person_colour(std::string_view id) {
  unsigned hue = 0;
  for (const char c : id) hue = (hue * 31 + static_cast<unsigned char>(c)) % 360;
  return from_hsl(hue, 0.45, 0.40);
}

}  // namespace parley::media
