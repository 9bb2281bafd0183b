#pragma once

#include <cstdint>
#include <optional>

namespace parley::frame {

/// How red, green and blue make luma and chroma: ITU-R BT.601, BT.709 or BT.2020 (constant luminance is not told
/// apart).
enum class Matrix : uint8_t { Bt601, Bt709, Bt2020 };
/// Limited: luma from 16 to 235, chroma from 16 to 240. Full: all of 0 to 255.
enum class Range : uint8_t { Limited, Full };

/// What the numbers of a picture mean. Unless told otherwise BT.601 limited: what WebRTC senders mean who say nothing,
/// and what VP8 always is (RFC 6386 section 9.2).
struct ColourSpace {
  Matrix matrix = Matrix::Bt601;
  Range range = Range::Limited;
  friend bool operator==(const ColourSpace&, const ColourSpace&) = default;
};

/// HD video, and what Parley composes.
inline constexpr ColourSpace kBt709{Matrix::Bt709, Range::Limited};

/// A matrix by its number in ITU-T H.273 table 4, which H.264, AV1, libav and the colour space extension share. Nothing
/// for "unspecified", RGB and those that nobody sends.
constexpr std::optional<Matrix> matrix_of_h273(int number) {
  switch (number) {
    case 1:                        // BT.709
    case 7: return Matrix::Bt709;  // SMPTE 240M, which differs by a hundredth
    case 4:                        // FCC, which differs by a thousandth
    case 5:                        // BT.470 BG
    case 6: return Matrix::Bt601;
    case 9:
    case 10: return Matrix::Bt2020;
    default: return std::nullopt;
  }
}

}  // namespace parley::frame
