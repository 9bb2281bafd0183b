#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace parley {

/// A signed span of time, exact to the microsecond.
class TimeDelta {
 public:
  constexpr TimeDelta() = default;
  static constexpr TimeDelta micros(int64_t us) { return TimeDelta(us); }
  static constexpr TimeDelta millis(int64_t ms) { return TimeDelta(ms * 1000); }
  static constexpr TimeDelta seconds(int64_t s) { return TimeDelta(s * 1'000'000); }
  static constexpr TimeDelta zero() { return TimeDelta(0); }
  static constexpr TimeDelta infinite() { return TimeDelta(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t us() const { return us_; }
  constexpr int64_t ms() const { return us_ / 1000; }
  constexpr double seconds_f() const { return static_cast<double>(us_) * 1e-6; }

  friend constexpr auto operator<=>(TimeDelta, TimeDelta) = default;
  friend constexpr TimeDelta operator+(TimeDelta a, TimeDelta b) { return TimeDelta(a.us_ + b.us_); }
  friend constexpr TimeDelta operator-(TimeDelta a, TimeDelta b) { return TimeDelta(a.us_ - b.us_); }
  friend constexpr TimeDelta operator*(TimeDelta a, int64_t k) { return TimeDelta(a.us_ * k); }
  friend constexpr TimeDelta operator/(TimeDelta a, int64_t k) { return TimeDelta(a.us_ / k); }
  friend constexpr TimeDelta operator-(TimeDelta a) { return TimeDelta(-a.us_); }
  constexpr TimeDelta& operator+=(TimeDelta d) {
    us_ += d.us_;
    return *this;
  }

 private:
  explicit constexpr TimeDelta(int64_t us) : us_(us) {}
  int64_t us_ = 0;
};

/// A point on the monotonic clock of this process (or of a simulation). The epoch is arbitrary; only differences mean
/// anything. `Timestamp::never()` is later than every other.
class Timestamp {
 public:
  constexpr Timestamp() = default;
  static constexpr Timestamp from_us(int64_t us) { return Timestamp(us); }
  static constexpr Timestamp never() { return Timestamp(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t us() const { return us_; }
  constexpr int64_t ms() const { return us_ / 1000; }
  constexpr bool is_never() const { return *this == never(); }

  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
  friend constexpr TimeDelta operator-(Timestamp a, Timestamp b) { return TimeDelta::micros(a.us_ - b.us_); }
  friend constexpr Timestamp operator+(Timestamp t, TimeDelta d) {
    return t.is_never() || d == TimeDelta::infinite() ? never() : Timestamp(t.us_ + d.us());
  }
  friend constexpr Timestamp operator-(Timestamp t, TimeDelta d) { return Timestamp(t.us_ - d.us()); }
  constexpr Timestamp& operator+=(TimeDelta d) { return *this = *this + d; }

 private:
  explicit constexpr Timestamp(int64_t us) : us_(us) {}
  int64_t us_ = 0;
};

/// Wall-clock time, milliseconds since 1970-01-01 UTC: what REST bodies, webhooks and the store carry.
class UtcTime {
 public:
  constexpr UtcTime() = default;
  static constexpr UtcTime from_ms(int64_t ms) { return UtcTime(ms); }
  constexpr int64_t ms() const { return ms_; }
  friend constexpr auto operator<=>(UtcTime, UtcTime) = default;
  friend constexpr UtcTime operator+(UtcTime t, TimeDelta d) { return UtcTime(t.ms_ + d.ms()); }
  friend constexpr TimeDelta operator-(UtcTime a, UtcTime b) { return TimeDelta::millis(a.ms_ - b.ms_); }

 private:
  explicit constexpr UtcTime(int64_t ms) : ms_(ms) {}
  int64_t ms_ = 0;
};

}  // namespace parley
