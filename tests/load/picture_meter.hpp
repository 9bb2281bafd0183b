#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/time.hpp"

namespace parley::load {

/// Looks at when the frames of one picture are complete, and finds freezes as the W3C defines them for
/// RTCInboundRtpStreamStats.freezeCount: a gap of at least three mean frame intervals, and at least 150 ms over the
/// mean.
class PictureMeter {
 public:
  /// The gap that the frame ended if it was a freeze, else zero.
  TimeDelta on_frame(Timestamp now) {
    ++frames_;
    const Timestamp before = std::exchange(last_, now);
    if (frames_ == 1) return TimeDelta::zero();
    const TimeDelta gap = now - before;
    if (mean_ == TimeDelta::zero()) mean_ = gap;
    const bool froze = is_freeze(gap);
    if (!froze) mean_ += (gap - mean_) / 30;
    return froze ? gap : TimeDelta::zero();
  }
  /// The freeze that has not ended yet, else zero.
  TimeDelta open_freeze(Timestamp now) const {
    return frames_ > 1 && is_freeze(now - last_) ? now - last_ : TimeDelta::zero();
  }
  uint64_t frames() const { return frames_; }

 private:
  bool is_freeze(TimeDelta gap) const { return gap >= std::max(mean_ * 3, mean_ + TimeDelta::millis(150)); }

  uint64_t frames_ = 0;
  Timestamp last_;
  TimeDelta mean_ = TimeDelta::zero();
};

}  // namespace parley::load
