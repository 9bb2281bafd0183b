#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

/// Little-endian base 128 numbers: AV1 specification section 4.10.5.
namespace parley::rtp {

inline constexpr int kMaxLeb128Size = 8;

/// A size that never ends reads as SIZE_MAX, which overruns any packet.
constexpr size_t read_leb128(ByteReader& reader) {
  size_t value = 0;
  for (int i = 0; i < kMaxLeb128Size; ++i) {
    const uint8_t byte = reader.u8();
    value |= size_t{byte & 0x7fu} << (7 * i);
    if ((byte & 0x80) == 0) return value;
  }
  return SIZE_MAX;
}

constexpr size_t leb128_size(size_t value) {
  size_t size = 1;
  for (; value > 0x7f; value >>= 7) ++size;
  return size;
}

/// Calls `put(byte)` for each byte.
template <typename Put>
constexpr void write_leb128(size_t value, Put put) {
  for (; value > 0x7f; value >>= 7) put(static_cast<uint8_t>(value | 0x80));
  put(static_cast<uint8_t>(value));
}

}  // namespace parley::rtp
