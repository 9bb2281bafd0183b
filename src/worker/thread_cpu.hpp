#pragma once

#include <time.h>

#include "base/time.hpp"

namespace parley::worker {

/// CPU time of the calling thread so far. A system call of about 0.3 us: once or twice a picture it costs nothing.
inline TimeDelta thread_cpu() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return TimeDelta::micros(int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1000);
}

}  // namespace parley::worker
