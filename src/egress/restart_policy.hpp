#pragma once

#include <optional>

#include "base/time.hpp"

namespace parley::egress {

/// When a process that died is started again. The first time at once, since every second is lost to a recording; then
/// after longer and longer pauses, because what killed it twice will do so again.
class RestartPolicy {
 public:
  static constexpr int kMaxDeaths = 6;
  static constexpr TimeDelta kFirstPause = TimeDelta::seconds(1);
  static constexpr TimeDelta kLongestPause = TimeDelta::seconds(30);

  /// `healthy`: one that ran for as long as this is forgiven all earlier deaths.
  explicit RestartPolicy(TimeDelta healthy) : healthy_(healthy) {}

  /// The pause after a death, or nothing when it is time to give up.
  std::optional<TimeDelta> on_death(TimeDelta lived) {
    if (lived >= healthy_) deaths_ = 0;
    if (++deaths_ > kMaxDeaths) return std::nullopt;
    if (deaths_ == 1) return TimeDelta::zero();
    TimeDelta pause = kFirstPause;
    for (int i = 2; i < deaths_ && pause < kLongestPause; ++i) pause = pause * 2;
    return pause < kLongestPause ? pause : kLongestPause;
  }
  void reset() { deaths_ = 0; }

 private:
  TimeDelta healthy_;
  int deaths_ = 0;
};

}  // namespace parley::egress
