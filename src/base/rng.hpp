#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"

namespace parley {

/// The only source of randomness; always passed in. `Rng::system()` draws from the kernel and is fit for keys and
/// tokens; a seeded one repeats itself, for tests and simulations.
class Rng {
 public:
  static Rng system() { return Rng(); }
  explicit Rng(uint64_t seed);

  /// Another one of the same kind, for who draws later: the kernel's, or one seeded from this.
  Rng fork() { return state_ ? Rng(u64()) : Rng(); }

  uint64_t u64();
  uint32_t u32() { return static_cast<uint32_t>(u64() >> 32); }
  uint16_t u16() { return static_cast<uint16_t>(u64() >> 48); }
  /// Uniform in [0, bound); `bound` > 0.
  uint64_t below(uint64_t bound);
  /// Uniform in [0, 1).
  double unit() { return static_cast<double>(u64() >> 11) * 0x1.0p-53; }
  bool chance(double probability) { return unit() < probability; }
  void fill(MutableBytes out);
  /// `length` characters drawn from `alphabet`.
  std::string text(size_t length, std::string_view alphabet = kIceCharacters);

  /// ice-char without '+' and '/' (RFC 8839 section 5.4), so that a value is also safe in URLs.
  static constexpr std::string_view kIceCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

 private:
  Rng() = default;
  std::optional<uint64_t> state_;  // empty: the kernel's generator
};

}  // namespace parley
