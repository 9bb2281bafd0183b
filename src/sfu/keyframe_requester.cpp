#include "sfu/keyframe_requester.hpp"

#include <algorithm>

namespace parley::sfu {

void KeyFrameRequester::request(Timestamp now) {
  if (!needed(now)) interval_ = kMinInterval;
  renewed_ = now;
}

void KeyFrameRequester::on_keyframe() {
  renewed_ = Timestamp::never();
  interval_ = kMinInterval;
}

bool KeyFrameRequester::take_due(Timestamp now) {
  if (!needed(now)) renewed_ = Timestamp::never();
  if (renewed_.is_never() || now < not_before_) return false;
  not_before_ = now + interval_;
  interval_ = std::min(interval_ * 2, kMaxInterval);
  ++sent_;
  return true;
}

Timestamp KeyFrameRequester::next_deadline() const {
  if (renewed_.is_never()) return Timestamp::never();
  // When the need ends before the next request is allowed, the deadline is the end of the need.
  return std::min(not_before_, renewed_ + kNeedLifetime + TimeDelta::micros(1));
}

}  // namespace parley::sfu
