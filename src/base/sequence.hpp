#pragma once

#include <concepts>
#include <cstdint>
#include <optional>

namespace parley {

/// True when `a` comes after `b` on a wrapping counter (serial number arithmetic, RFC 1982).
template <std::unsigned_integral T>
constexpr bool is_newer(T a, T b) {
  using Signed = std::make_signed_t<T>;
  return static_cast<Signed>(static_cast<T>(a - b)) > 0;
}

/// Turns a wrapping counter (RTP sequence number or timestamp) into one that never wraps, taking each value as the one
/// nearest to the newest seen.
template <std::unsigned_integral T>
class Unwrapper {
 public:
  int64_t unwrap(T value) {
    const int64_t result = peek(value);
    if (!newest_ || result > *newest_) newest_ = result;
    return result;
  }
  /// The same without moving the reference.
  int64_t peek(T value) const {
    if (!newest_) return value;
    using Signed = std::make_signed_t<T>;
    return *newest_ + static_cast<Signed>(static_cast<T>(value - static_cast<T>(*newest_)));
  }
  std::optional<int64_t> newest() const { return newest_; }
  void reset() { newest_.reset(); }

 private:
  std::optional<int64_t> newest_;
};

}  // namespace parley
