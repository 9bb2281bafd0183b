#pragma once

#include <sys/eventfd.h>

#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "net/file_descriptor.hpp"

namespace parley::net {

/// A bounded queue into one thread, from any thread: posting is a short lock, taking swaps the whole content out.
/// `fd()` is readable while something waits; the kernel is only bothered when the box was empty.
template <typename T>
class Mailbox {
 public:
  explicit Mailbox(size_t capacity) : capacity_(capacity), event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  int fd() const { return event_.get(); }

  /// False, and the item dropped, when full.
  bool post(T item) {
    bool was_empty;
    {
      const std::lock_guard lock(mutex_);
      if (items_.size() >= capacity_) return false;
      was_empty = items_.empty();
      items_.push_back(std::move(item));
    }
    if (was_empty) wake();
    return true;
  }

  /// Moves everything into `out`, whose old content is lost (its memory is reused).
  void take(std::vector<T>& out) {
    out.clear();
    uint64_t count;
    [[maybe_unused]] const ssize_t n = read(event_.get(), &count, sizeof count);
    const std::lock_guard lock(mutex_);
    items_.swap(out);
  }

  void wake() {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = write(event_.get(), &one, sizeof one);
  }

 private:
  const size_t capacity_;
  FileDescriptor event_;
  std::mutex mutex_;
  std::vector<T> items_;
};

}  // namespace parley::net
