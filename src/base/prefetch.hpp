#pragma once

#include <cstddef>
#include <cstdint>

namespace parley {

/// Asks the CPU for the cache lines from `begin` to `end` ahead of their use. Never faults, and changes nothing.
inline void prefetch(const void* begin, const void* end) {
  constexpr uintptr_t kLine = 64;
  const auto last = reinterpret_cast<uintptr_t>(end);
  for (uintptr_t line = reinterpret_cast<uintptr_t>(begin) & ~(kLine - 1); line < last; line += kLine) {
    __builtin_prefetch(reinterpret_cast<const void*>(line));
  }
}
inline void prefetch(const void* begin, size_t size) { prefetch(begin, static_cast<const uint8_t*>(begin) + size); }

}  // namespace parley
