#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/fixed_vector.hpp"

/// For tests only.
namespace parley::rtp {

using ByteVector = std::vector<uint8_t>;

/// "80 c8 0006" → bytes; blanks are left out.
inline ByteVector hex(std::string_view text) {
  ByteVector bytes;
  int digits = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    const auto digit = static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    if (digits++ % 2 == 0) {
      bytes.push_back(static_cast<uint8_t>(digit << 4));
    } else {
      bytes.back() = static_cast<uint8_t>(bytes.back() | digit);
    }
  }
  return bytes;
}

inline ByteVector concat(std::initializer_list<ByteVector> parts) {
  ByteVector whole;
  for (const ByteVector& part : parts) whole.insert(whole.end(), part.begin(), part.end());
  return whole;
}

/// The first `size` bytes in a block of their own, so that a sanitizer sees a read past the end.
inline ByteVector prefix(const ByteVector& bytes, size_t size) {
  return ByteVector(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
}

/// For matchers, which want a standard container.
template <typename T, size_t N>
std::vector<T> items(const FixedVector<T, N>& vector) {
  return std::vector<T>(vector.begin(), vector.end());
}

}  // namespace parley::rtp
