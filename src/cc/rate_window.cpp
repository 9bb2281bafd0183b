#include "cc/rate_window.hpp"

#include <algorithm>

namespace parley::cc {

void RateWindow::add(DataSize size, Timestamp now) {
  if (first_.is_never()) first_ = now;
  const int64_t number = now.us() / kBucket.us();
  const size_t index = static_cast<uint64_t>(number) % kBuckets;
  if (number_[index] != number) {
    number_[index] = number;
    bytes_[index] = 0;
  }
  bytes_[index] += size.bytes();
}

DataRate RateWindow::rate(Timestamp now) const {
  if (first_.is_never()) return DataRate::zero();
  const int64_t newest = now.us() / kBucket.us();
  const int64_t oldest = newest - static_cast<int64_t>(kBuckets) + 1;
  int64_t sum = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    if (number_[i] >= oldest && number_[i] <= newest) sum += bytes_[i];
  }
  const Timestamp start = std::max(first_, Timestamp::from_us(oldest * kBucket.us()));
  return DataSize::bytes(sum) / std::max(now - start, kBucket);
}

}  // namespace parley::cc
