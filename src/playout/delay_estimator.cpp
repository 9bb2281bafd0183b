#include "playout/delay_estimator.hpp"

#include <algorithm>

namespace parley::playout {

void DelayEstimator::add(TimeDelta completion_after_media_time) {
  if (samples_.size() < kSamples) {
    samples_.push_back(completion_after_media_time);
  } else {
    samples_[next_] = completion_after_media_time;
    next_ = (next_ + 1) % kSamples;
  }
  // A later one than all of them must count now; else the order of a few more samples changes nothing.
  constexpr size_t kInterval = 8;
  ++since_computed_;
  const bool settled = samples_.size() == kSamples;
  if (!settled || since_computed_ >= kInterval || completion_after_media_time > target_) recompute();
}

void DelayEstimator::recompute() {
  since_computed_ = 0;
  sorted_ = samples_;
  const auto rank = static_cast<size_t>(static_cast<double>(sorted_.size()) * options_.quantile);
  const auto nth = sorted_.begin() + static_cast<ptrdiff_t>(std::min(rank, sorted_.size() - 1));
  std::nth_element(sorted_.begin(), nth, sorted_.end());
  target_ = *nth + options_.margin;
}

void DelayEstimator::clear() { *this = DelayEstimator(options_); }

TimeDelta SmoothDelay::follow(TimeDelta target, Timestamp now) {
  if (!started_ || target >= delay_) {
    delay_ = target;
  } else {
    const auto most = static_cast<int64_t>(static_cast<double>((now - followed_at_).us()) * kDescent);
    delay_ = std::max(target, delay_ - TimeDelta::micros(most));
  }
  started_ = true;
  followed_at_ = now;
  return delay_;
}

}  // namespace parley::playout
