#include "base/rng.hpp"

#include <sys/random.h>

#include "base/check.hpp"

namespace parley {

Rng::Rng(uint64_t seed) : state_(seed) {}

// Seeded: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
uint64_t Rng::u64() {
  if (!state_) {
    uint64_t value;
    PARLEY_CHECK(getrandom(&value, sizeof value, 0) == sizeof value);
    return value;
  }
  uint64_t z = (*state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

uint64_t Rng::below(uint64_t bound) {
  PARLEY_CHECK(bound > 0);
  const uint64_t limit = bound * (UINT64_MAX / bound);  // reject the tail, so that no remainder is favoured
  uint64_t value = u64();
  while (value >= limit) value = u64();
  return value % bound;
}

void Rng::fill(MutableBytes out) {
  while (!out.empty()) {
    const uint64_t value = u64();
    const size_t n = out.size() < sizeof value ? out.size() : sizeof value;
    std::memcpy(out.data(), &value, n);
    out = out.subspan(n);
  }
}

std::string Rng::text(size_t length, std::string_view alphabet) {
  std::string out(length, '\0');
  for (char& c : out) c = alphabet[below(alphabet.size())];
  return out;
}

}  // namespace parley
