#pragma once

#include <compare>
#include <cstdint>
#include <limits>

#include "base/time.hpp"

namespace parley {

class DataSize {
 public:
  constexpr DataSize() = default;
  static constexpr DataSize bytes(int64_t n) { return DataSize(n); }
  constexpr int64_t bytes() const { return bytes_; }
  constexpr int64_t bits() const { return bytes_ * 8; }
  friend constexpr auto operator<=>(DataSize, DataSize) = default;
  friend constexpr DataSize operator+(DataSize a, DataSize b) { return DataSize(a.bytes_ + b.bytes_); }
  friend constexpr DataSize operator-(DataSize a, DataSize b) { return DataSize(a.bytes_ - b.bytes_); }
  constexpr DataSize& operator+=(DataSize d) {
    bytes_ += d.bytes_;
    return *this;
  }

 private:
  explicit constexpr DataSize(int64_t n) : bytes_(n) {}
  int64_t bytes_ = 0;
};

class DataRate {
 public:
  constexpr DataRate() = default;
  static constexpr DataRate bps(int64_t n) { return DataRate(n); }
  static constexpr DataRate kbps(int64_t n) { return DataRate(n * 1000); }
  static constexpr DataRate zero() { return DataRate(0); }
  static constexpr DataRate infinite() { return DataRate(std::numeric_limits<int64_t>::max()); }
  constexpr int64_t bps() const { return bps_; }
  constexpr int64_t kbps() const { return bps_ / 1000; }
  friend constexpr auto operator<=>(DataRate, DataRate) = default;
  friend constexpr DataRate operator+(DataRate a, DataRate b) { return DataRate(a.bps_ + b.bps_); }
  friend constexpr DataRate operator-(DataRate a, DataRate b) { return DataRate(a.bps_ - b.bps_); }
  friend constexpr DataRate operator*(DataRate a, double k) {
    return DataRate(static_cast<int64_t>(static_cast<double>(a.bps_) * k));
  }
  constexpr DataRate& operator+=(DataRate d) {
    bps_ += d.bps_;
    return *this;
  }
  constexpr DataRate& operator-=(DataRate d) {
    bps_ -= d.bps_;
    return *this;
  }

 private:
  explicit constexpr DataRate(int64_t n) : bps_(n) {}
  int64_t bps_ = 0;
};

/// The mean rate of `size` spread over `span`; zero for an empty span.
constexpr DataRate operator/(DataSize size, TimeDelta span) {
  return span.us() <= 0 ? DataRate::zero() : DataRate::bps(size.bits() * 1'000'000 / span.us());
}

}  // namespace parley
