#pragma once

#include <time.h>

#include <algorithm>
#include <cstdint>

namespace parley::bench {

/// CPU time of the calling thread (user and system, with the network softirqs that it runs), in ns.
inline int64_t thread_cpu_ns() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

/// What one reading itself costs: it is a system call, and is taken off whatever was measured with it.
inline int64_t thread_cpu_reading_ns() {
  constexpr int kReadings = 20'000;
  int64_t best = INT64_MAX;
  for (int round = 0; round < 5; ++round) {
    const int64_t start = thread_cpu_ns();
    for (int i = 1; i < kReadings; ++i) thread_cpu_ns();
    best = std::min(best, (thread_cpu_ns() - start) / kReadings);
  }
  return best;
}

}  // namespace parley::bench
