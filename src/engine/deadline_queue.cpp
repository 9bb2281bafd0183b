#include "engine/deadline_queue.hpp"

#include <utility>

namespace parley::engine {

void DeadlineQueue::set(uint32_t slot, Timestamp deadline) {
  if (slot >= positions_.size()) positions_.resize(slot + 1, kAbsent);
  const uint32_t position = positions_[slot];
  if (position == kAbsent) {
    if (deadline.is_never()) return;
    heap_.push_back({});
    place(heap_.size() - 1, {deadline, slot});
    return sift_up(heap_.size() - 1);
  }
  if (deadline.is_never()) return take_out(position);
  const Timestamp before = std::exchange(heap_[position].deadline, deadline);
  if (deadline < before) sift_up(position);
  if (deadline > before) sift_down(position);
}

void DeadlineQueue::take_out(size_t position) {
  positions_[heap_[position].slot] = kAbsent;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (position == heap_.size()) return;
  place(position, last);
  sift_up(position);
  sift_down(positions_[last.slot]);
}

void DeadlineQueue::place(size_t position, Entry entry) {
  heap_[position] = entry;
  positions_[entry.slot] = static_cast<uint32_t>(position);
}

void DeadlineQueue::sift_up(size_t position) {
  const Entry entry = heap_[position];
  while (position > 0) {
    const size_t parent = (position - 1) / 2;
    if (heap_[parent].deadline <= entry.deadline) break;
    place(position, heap_[parent]);
    position = parent;
  }
  place(position, entry);
}

void DeadlineQueue::sift_down(size_t position) {
  const Entry entry = heap_[position];
  for (;;) {
    size_t child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].deadline < heap_[child].deadline) ++child;
    if (entry.deadline <= heap_[child].deadline) break;
    place(position, heap_[child]);
    position = child;
  }
  place(position, entry);
}

}  // namespace parley::engine
