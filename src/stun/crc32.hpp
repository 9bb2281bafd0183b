#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace parley::stun {

/// CRC-32 of ITU-T V.42 (reflected 0x04C11DB7), as FINGERPRINT uses it (RFC 8489 section 14.7).
constexpr uint32_t crc32(Bytes bytes) {
  constexpr auto kTable = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t c = i;
      for (int bit = 0; bit < 8; ++bit) c = (c & 1) ? 0xedb88320 ^ (c >> 1) : c >> 1;
      table[i] = c;
    }
    return table;
  }();
  uint32_t crc = 0xffffffff;
  for (uint8_t b : bytes) crc = kTable[(crc ^ b) & 0xff] ^ (crc >> 8);
  return ~crc;
}

}  // namespace parley::stun
