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
  // ITU-R BT.709-6 items 3.2 to 3.4 and 4.6, for 8 bits.
  const double luma = 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b;
  return {rounded(16 + 219 * luma / 255), rounded(128 + 224 * (c.b - luma) / 1.8556 / 255),
          rounded(128 + 224 * (c.r - luma) / 1.5748 / 255)};
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
