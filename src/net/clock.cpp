#include "net/clock.hpp"

#include <time.h>

namespace parley::net {
namespace {

int64_t read_us(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1000;
}

}  // namespace

Timestamp monotonic_now() { return Timestamp::from_us(read_us(CLOCK_MONOTONIC)); }
UtcTime utc_now() { return UtcTime::from_ms(read_us(CLOCK_REALTIME) / 1000); }

}  // namespace parley::net
