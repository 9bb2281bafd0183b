#pragma once

#include <optional>

#include "base/rng.hpp"
#include "base/time.hpp"

namespace parley::api {

/// When a webhook that failed is tried again: exponential backoff with jitter, so that a receiver which was down is not
/// hit by everything at once.
struct RetryPolicy {
  /// With the default of 5 s: 5 s, 10 s, … 1 h, the last try after some four hours. A receiver that is down for longer
  /// needs more than a retry.
  static constexpr int kMaxAttempts = 14;
  static constexpr TimeDelta kLongest = TimeDelta::seconds(3600);
  TimeDelta first = TimeDelta::seconds(5);

  /// The pause after `attempts` failed tries (1 or more), ±20 %; nothing when it is time to give up.
  std::optional<TimeDelta> after(int attempts, Rng& rng) const;
};

}  // namespace parley::api
