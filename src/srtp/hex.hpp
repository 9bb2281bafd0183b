#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/fixed_vector.hpp"

/// For the tests of this module.
namespace parley::srtp {

/// Hex digits to bytes; spaces are skipped.
inline std::vector<uint8_t> from_hex(std::string_view text) {
  std::vector<uint8_t> out;
  int digits = 0;
  for (char c : text) {
    if (c == ' ') continue;
    const int value = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (digits++ % 2 == 0) {
      out.push_back(static_cast<uint8_t>(value << 4));
    } else {
      out.back() |= static_cast<uint8_t>(value);
    }
  }
  return out;
}

template <size_t N>
void assign(FixedVector<uint8_t, N>& to, std::string_view hex) {
  to.clear();
  for (uint8_t b : from_hex(hex)) to.push_back(b);
}

}  // namespace parley::srtp
