#include "sdk/backoff.hpp"

#include <algorithm>

namespace parley::sdk {
namespace {

constexpr int64_t kFirstMs = 200;
constexpr int64_t kMaxMs = 5000;
constexpr double kJitter = 0.3;

}  // namespace

TimeDelta backoff(int attempt, Rng& rng) {
  const int64_t delay = std::min(kMaxMs, kFirstMs << std::clamp(attempt, 0, 16));
  return TimeDelta::millis(static_cast<int64_t>(static_cast<double>(delay) * (1 + kJitter * rng.unit())));
}

}  // namespace parley::sdk
