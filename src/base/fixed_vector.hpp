#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>

#include "base/check.hpp"

namespace parley {

/// A vector of at most `N` elements that never allocates. `T` is default constructible.
template <typename T, size_t N>
class FixedVector {
 public:
  constexpr FixedVector() = default;
  constexpr FixedVector(std::initializer_list<T> items) {
    for (const T& item : items) push_back(item);
  }

  static constexpr size_t capacity() { return N; }
  constexpr size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr bool full() const { return size_ == N; }
  constexpr void clear() { size_ = 0; }

  /// False (and nothing added) when full: for bounds that input can reach.
  constexpr bool try_push_back(const T& item) {
    if (full()) return false;
    items_[size_++] = item;
    return true;
  }
  constexpr void push_back(const T& item) { PARLEY_CHECK(try_push_back(item)); }
  constexpr void pop_back() {
    PARLEY_CHECK(size_ > 0);
    --size_;
  }

  constexpr T& operator[](size_t i) {
    PARLEY_CHECK(i < size_);
    return items_[i];
  }
  constexpr const T& operator[](size_t i) const {
    PARLEY_CHECK(i < size_);
    return items_[i];
  }
  constexpr T& back() { return (*this)[size_ - 1]; }
  constexpr const T& back() const { return (*this)[size_ - 1]; }
  constexpr T* begin() { return items_.data(); }
  constexpr T* end() { return items_.data() + size_; }
  constexpr const T* begin() const { return items_.data(); }
  constexpr const T* end() const { return items_.data() + size_; }
  constexpr T* data() { return items_.data(); }
  constexpr const T* data() const { return items_.data(); }

 private:
  std::array<T, N> items_{};
  size_t size_ = 0;
};

}  // namespace parley
