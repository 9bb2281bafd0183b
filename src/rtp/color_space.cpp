#include "rtp/color_space.hpp"

namespace parley::rtp {

std::optional<ColorSpace> read_color_space(Bytes data) {
  if (data.size() != kColorSpaceSize && data.size() != kColorSpaceWithHdrSize) return std::nullopt;
  const uint8_t last = data[3];
  if (last >> 6 != 0) return std::nullopt;
  return ColorSpace{.primaries = data[0],
                    .transfer = data[1],
                    .matrix = data[2],
                    .range = static_cast<ColorSpace::Range>(last >> 4),
                    .siting = static_cast<uint8_t>(last & 0x0f)};
}

std::array<uint8_t, kColorSpaceSize> write_color_space(const ColorSpace& space) {
  const auto last = static_cast<uint8_t>(static_cast<uint8_t>(space.range) << 4 | (space.siting & 0x0f));
  return {space.primaries, space.transfer, space.matrix, last};
}

}  // namespace parley::rtp
