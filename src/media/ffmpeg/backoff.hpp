#pragma once

#include <algorithm>

#include "base/rng.hpp"
#include "base/time.hpp"

namespace parley::media {

/// How long to wait before each next try: doubling, with a random quarter more or less so that many outputs to one
/// restarted server do not come back at once. Pure.
class Backoff {
 public:
  static constexpr TimeDelta kFirst = TimeDelta::millis(500);
  static constexpr TimeDelta kLongest = TimeDelta::seconds(30);

  TimeDelta next(Rng& rng) {
    const TimeDelta wait = next_;
    next_ = std::min(next_ * 2, kLongest);
    return TimeDelta::micros(static_cast<int64_t>(static_cast<double>(wait.us()) * (0.75 + 0.5 * rng.unit())));
  }
  void reset() { next_ = kFirst; }

 private:
  TimeDelta next_ = kFirst;
};

}  // namespace parley::media
