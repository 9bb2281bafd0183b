#pragma once

#include <optional>

#include "base/time.hpp"

namespace parley::sdk {

/// When pushed sound was captured. The samples count the time from packet to packet, which is smooth; but a sound
/// card's crystal is some 50 ppm off the clock that pictures are timed by, three frames in half an hour. So the count
/// follows what the pushes say, as slowly as not to take their jitter for the crystal's.
class SoundClock {
 public:
  /// Pushed sound that is less than this off the end of the last is taken to go on where that ended: callbacks jitter.
  static constexpr TimeDelta kGap = TimeDelta::millis(60);
  /// Averages the jitter of a hundred callbacks.
  static constexpr TimeDelta kSmoothing = TimeDelta::seconds(2);

  /// Sound of `duration` is pushed, captured `at`, if that is known. False: it does not go on where the last ended (or
  /// is the first), and what was not taken yet is dropped.
  bool append(std::optional<Timestamp> at, TimeDelta duration, Timestamp now);
  /// The first `duration` of what was pushed is taken: when it was captured.
  Timestamp take(TimeDelta duration);

 private:
  Timestamp from_;     // when the first sample that waits was captured
  TimeDelta waiting_;  // how much waits
  bool began_ = false;
};

}  // namespace parley::sdk
