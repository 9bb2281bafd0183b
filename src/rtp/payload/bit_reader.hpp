#pragma once

#include <bit>
#include <cstdint>

#include "base/bytes.hpp"

namespace parley::rtp {

/// Reads fields of single bits, most significant first, from hostile bytes. A read past the end gives zero and clears
/// `ok()` for good.
class BitReader {
 public:
  explicit constexpr BitReader(Bytes bytes) : bytes_(bytes) {}

  constexpr bool ok() const { return ok_; }

  /// Next `count` (0-32) bits: f(n) of the AV1 specification, u(n) of H.264.
  constexpr uint32_t bits(unsigned count) {
    if (!ok_ || count > bytes_.size() * 8 - position_) {
      ok_ = false;
      return 0;
    }
    uint32_t value = 0;
    for (; count > 0; --count, ++position_) {
      value = value << 1 | (static_cast<uint32_t>(bytes_[position_ / 8]) >> (7 - position_ % 8) & 1);
    }
    return value;
  }
  constexpr bool flag() { return bits(1) != 0; }

  /// A value below `bound` (1-2^16) in a code without waste: ns(n), AV1 specification section 4.10.7.
  constexpr uint32_t non_symmetric(uint32_t bound) {
    const auto width = static_cast<unsigned>(std::bit_width(bound));
    const uint32_t short_codes = (1u << width) - bound;
    const uint32_t value = bits(width - 1);
    return value < short_codes ? value : (value << 1) - short_codes + bits(1);
  }

  /// Exp-Golomb codes of up to 32 bits: ue(v) and se(v), H.264 section 9.1.
  constexpr uint32_t exp_golomb() {
    unsigned zeros = 0;
    while (ok_ && !flag()) {
      if (++zeros > 31) ok_ = false;
    }
    const uint32_t suffix = bits(zeros);
    return ok_ ? (1u << zeros) - 1 + suffix : 0;
  }
  constexpr int32_t signed_exp_golomb() {
    const uint32_t code = exp_golomb();
    const auto magnitude = static_cast<int32_t>(code / 2 + code % 2);
    return code % 2 != 0 ? magnitude : -magnitude;
  }

 private:
  Bytes bytes_;
  size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace parley::rtp
