#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

/// For tests: replaces the allocation functions of the program by ones that count. In one file of a program only.
namespace parley {
inline size_t allocations = 0;  ///< so far, of all threads; for programs with one
}

// Out of line, or g++ takes the inlined malloc and free for a mismatch with new and delete.
[[gnu::noinline]] void* operator new(size_t size) {
  ++parley::allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
// std::stable_sort asks by this one, and gives back by the delete below.
[[gnu::noinline]] void* operator new(size_t size, const std::nothrow_t&) noexcept {
  ++parley::allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, size_t) noexcept { std::free(p); }
