#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"
#include "base/units.hpp"

namespace parley::cc {

/// Bytes over the last second, in tenths.
class RateWindow {
 public:
  static constexpr TimeDelta kBucket = TimeDelta::millis(100);
  static constexpr size_t kBuckets = 10;

  void add(DataSize size, Timestamp now);
  /// Mean over what of the last second has been measured; zero when nothing came.
  DataRate rate(Timestamp now) const;

 private:
  std::array<int64_t, kBuckets> bytes_{};
  std::array<int64_t, kBuckets> number_{};  // of the bucket, since the clock's epoch; tells old ones
  Timestamp first_ = Timestamp::never();
};

}  // namespace parley::cc
