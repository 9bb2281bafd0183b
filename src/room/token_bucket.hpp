#pragma once

#include <algorithm>

#include "base/time.hpp"

namespace parley::room {

/// Lets `rate` units a second through on average and `burst` at once. Starts full.
class TokenBucket {
 public:
  TokenBucket(double rate, double burst) : rate_(rate), burst_(burst), tokens_(burst) {}

  /// True, and `amount` spent, when there is enough; otherwise nothing is spent.
  bool take(double amount, Timestamp now) {
    if (now > filled_at_) {
      tokens_ = std::min(burst_, tokens_ + rate_ * (now - filled_at_).seconds_f());
      filled_at_ = now;
    }
    if (tokens_ < amount) return false;
    tokens_ -= amount;
    return true;
  }

 private:
  double rate_;
  double burst_;
  double tokens_;
  Timestamp filled_at_;
};

}  // namespace parley::room
