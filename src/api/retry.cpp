#include "api/retry.hpp"

#include <algorithm>

namespace parley::api {

std::optional<TimeDelta> RetryPolicy::after(int attempts, Rng& rng) const {
  if (attempts >= kMaxAttempts) return std::nullopt;
  TimeDelta pause = first;
  for (int i = 1; i < attempts && pause < kLongest; ++i) pause = pause * 2;
  pause = std::min(pause, kLongest);
  const double jitter = 0.8 + 0.4 * rng.unit();
  return TimeDelta::micros(static_cast<int64_t>(static_cast<double>(pause.us()) * jitter));
}

}  // namespace parley::api
