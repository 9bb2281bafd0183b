#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace parley::engine {

/// The earliest deadline of many: a binary heap of slots that knows where each slot is, so that moving one deadline
/// costs O(log n) and the earliest is read in O(1). A slot is a small index that its owner hands out.
class DeadlineQueue {
 public:
  /// Sets or moves the deadline of `slot`; `never` takes it out. Does nothing (cheaply) if it is the same already.
  void set(uint32_t slot, Timestamp deadline);
  void remove(uint32_t slot) { set(slot, Timestamp::never()); }
  Timestamp earliest() const { return heap_.empty() ? Timestamp::never() : heap_.front().deadline; }
  /// Whose deadline `earliest()` is; only when that is not `never`.
  uint32_t earliest_slot() const { return heap_.front().slot; }
  size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    Timestamp deadline;
    uint32_t slot;
  };
  static constexpr uint32_t kAbsent = UINT32_MAX;

  void place(size_t position, Entry entry);
  void sift_up(size_t position);
  void sift_down(size_t position);
  void take_out(size_t position);

  std::vector<Entry> heap_;
  std::vector<uint32_t> positions_;  // by slot
};

}  // namespace parley::engine
