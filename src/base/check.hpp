#pragma once

#include <cstdio>
#include <cstdlib>

namespace parley {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "broken invariant: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace parley

/// Aborts when an invariant of ours is broken. Never for input from outside: hostile bytes give `expected`.
#define PARLEY_CHECK(condition) \
  (static_cast<bool>(condition) ? void(0) : ::parley::check_failed(#condition, __FILE__, __LINE__))
