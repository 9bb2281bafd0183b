#pragma once

#include <cstddef>
#include <cstdint>

#include "frame/picture.hpp"

namespace parley::codec {

/// The largest picture that is decoded or encoded: that of H.264 level 5.1 (36864 macroblocks, Table A-1), which holds
/// 4096x2304 and 4K screens. A hostile sender can make a decoder allocate some ten pictures of this size, no more.
inline constexpr int64_t kMaxPixels = 36'864 * 256;
/// No side is longer than what level 5.1 allows: sqrt(8 * 36864) macroblocks, and a multiple of eight below it.
inline constexpr int kMaxSide = 8'640;
/// An encoded picture is never larger than the pixels of the largest one (12 bits each), rounded up.
inline constexpr size_t kMaxEncodedBytes = 16 << 20;

constexpr bool within_limits(frame::Size size) {
  return size.width > 0 && size.height > 0 && size.width <= kMaxSide && size.height <= kMaxSide &&
         int64_t{size.width} * size.height <= kMaxPixels;
}

}  // namespace parley::codec
