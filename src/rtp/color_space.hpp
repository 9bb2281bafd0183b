#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace parley::rtp {

/// The colour space extension (http://www.webrtc.org/experiments/rtp-hdrext/color-space): numbers of ITU-T H.273 for
/// primaries, transfer and matrix, then range and chroma siting. HDR metadata that may follow are not read.
struct ColorSpace {
  enum class Range : uint8_t { Unspecified, Limited, Full, Derived };  ///< Derived: as matrix and transfer have it
  uint8_t primaries = 2;                                               ///< 2: unspecified, as for the next two
  uint8_t transfer = 2;
  uint8_t matrix = 2;
  Range range = Range::Unspecified;
  uint8_t siting = 0;  ///< horizontal in bits 2 and 3, vertical in bits 0 and 1
  friend bool operator==(const ColorSpace&, const ColorSpace&) = default;
};

inline constexpr size_t kColorSpaceSize = 4;
inline constexpr size_t kColorSpaceWithHdrSize = 28;

/// Nothing for data of another size, and for bits that have no meaning.
std::optional<ColorSpace> read_color_space(Bytes data);
/// Without HDR metadata.
std::array<uint8_t, kColorSpaceSize> write_color_space(const ColorSpace& space);

}  // namespace parley::rtp
