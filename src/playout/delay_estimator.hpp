#pragma once

#include <cstddef>
#include <vector>

#include "base/time.hpp"

namespace parley::playout {

/// How late media comes, so that playing it this late leaves next to none of it out. Takes for each frame the distance
/// between its completion and its media time; a high quantile of the recent ones is the answer.
class DelayEstimator {
 public:
  struct Options {
    double quantile = 0.97;
    /// For what comes a little later than anything lately, and for the player's own wake-up.
    TimeDelta margin = TimeDelta::millis(10);
  };
  /// Five seconds of sound in 20 ms packets, ten of pictures: long enough to hold rare peaks, short enough to forget.
  static constexpr size_t kSamples = 256;

  explicit DelayEstimator(const Options& options) : options_(options) {}

  void add(TimeDelta completion_after_media_time);
  /// Another source or another path: what was measured is no guide.
  void clear();
  bool empty() const { return samples_.empty(); }
  /// On the scale of `add`. Zero if nothing was added.
  TimeDelta target() const { return target_; }

 private:
  void recompute();

  Options options_;
  std::vector<TimeDelta> samples_;  // a ring once it is full
  std::vector<TimeDelta> sorted_;
  size_t next_ = 0;
  size_t since_computed_ = 0;
  TimeDelta target_;
};

/// A delay that goes up at once, since what is late cannot be played earlier, and comes down so slowly that nobody
/// notices.
class SmoothDelay {
 public:
  /// Of the time that passes: 1 % faster speech is heard by nobody.
  static constexpr double kDescent = 0.01;

  /// The delay to use from now on.
  TimeDelta follow(TimeDelta target, Timestamp now);

 private:
  bool started_ = false;
  TimeDelta delay_;
  Timestamp followed_at_;
};

}  // namespace parley::playout
