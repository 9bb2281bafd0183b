#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.hpp"

namespace parley::room {

/// Lets `rate` units a second through on average and `burst` at once. Starts full.
class TokenBucket {
 public:
  constexpr TokenBucket(int64_t rate, int64_t burst) : rate_(rate), burst_(burst), millionths_(burst * kUnit) {}

  /// True, and `amount` spent, when there is enough; otherwise nothing is spent.
  bool take(int64_t amount, Timestamp now) {
    if (now > filled_at_) {
      const int64_t elapsed = std::min((now - filled_at_).us(), burst_ * kUnit / rate_ + 1);  // no longer: it is full
      millionths_ = std::min(burst_ * kUnit, millionths_ + rate_ * elapsed);
      filled_at_ = now;
    }
    if (millionths_ < amount * kUnit) return false;
    millionths_ -= amount * kUnit;
    return true;
  }

 private:
  static constexpr int64_t kUnit = 1'000'000;  // a rate of 1/s gives one millionth a microsecond: exact

  int64_t rate_;
  int64_t burst_;
  int64_t millionths_;
  Timestamp filled_at_;
};

}  // namespace parley::room
