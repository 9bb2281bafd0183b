#pragma once

#include <bit>

#include "rtp/test_bytes.hpp"

/// For tests only: the counterpart of BitReader.
namespace parley::rtp {

class BitWriter {
 public:
  void bits(uint32_t value, unsigned count) {
    for (; count > 0; --count) {
      if (used_++ % 8 == 0) bytes_.push_back(0);
      bytes_.back() = static_cast<uint8_t>(bytes_.back() | (value >> (count - 1) & 1) << (7 - (used_ - 1) % 8));
    }
  }
  void flag(bool value) { bits(value, 1); }
  void non_symmetric(uint32_t value, uint32_t bound) {
    const auto width = static_cast<unsigned>(std::bit_width(bound));
    const uint32_t short_codes = (1u << width) - bound;
    value < short_codes ? bits(value, width - 1) : bits(value + short_codes, width);
  }
  void exp_golomb(uint32_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value + 1));
    bits(0, width - 1);
    bits(value + 1, width);
  }
  void signed_exp_golomb(int32_t value) {
    exp_golomb(value > 0 ? static_cast<uint32_t>(value) * 2 - 1 : static_cast<uint32_t>(-value) * 2);
  }
  /// Filled up with zeros to a whole byte.
  const ByteVector& bytes() const { return bytes_; }

 private:
  ByteVector bytes_;
  size_t used_ = 0;
};

}  // namespace parley::rtp
