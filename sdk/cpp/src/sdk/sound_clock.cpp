#include "sdk/sound_clock.hpp"

#include <algorithm>

namespace parley::sdk {

bool SoundClock::append(std::optional<Timestamp> at, TimeDelta duration, Timestamp now) {
  const Timestamp goes_on = from_ + waiting_;
  const Timestamp captured = at.value_or(began_ ? goes_on : now);
  const TimeDelta off = captured - goes_on;
  const bool joined = began_ && off <= kGap && off >= TimeDelta() - kGap;
  if (joined) {
    from_ += TimeDelta::micros(off.us() * std::min(duration, kSmoothing).us() / kSmoothing.us());
  } else {
    from_ = captured;
    waiting_ = {};
  }
  waiting_ += duration;
  began_ = true;
  return joined;
}

Timestamp SoundClock::take(TimeDelta duration) {
  const Timestamp captured = from_;
  from_ += duration;
  waiting_ = waiting_ - duration;
  return captured;
}

}  // namespace parley::sdk
