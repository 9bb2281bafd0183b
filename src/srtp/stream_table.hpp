#pragma once

#include <cstdint>
#include <vector>

#include "base/prefetch.hpp"
#include "srtp/replay_window.hpp"

namespace parley::srtp {

/// The replay windows of a context's SSRCs: an open hash table that only grows, up to `kMaxStreams`.
///
/// SSRCs are never removed, since a removed one could be replayed (received) or reuse nonces (sent).
class StreamTable {
 public:
  /// A connection of 100 seats with audio, video and RTX on each has 300; a peer that makes up SSRCs must hold keys,
  /// and costs 64 KB at most.
  static constexpr size_t kMaxStreams = 1024;

  /// Asks for the cache lines of the table while it is small, as every sender's is.
  void prefetch() const {
    if (slots_.size() <= 16) parley::prefetch(slots_.data(), slots_.size() * sizeof(Slot));
  }
  bool full() const { return count_ == kMaxStreams; }
  size_t size() const { return count_; }

  /// Null if the SSRC is unknown. Valid until the next `insert`.
  ReplayWindow* find(uint32_t ssrc) {
    if (slots_.empty()) return nullptr;
    Slot& slot = slots_[position(ssrc)];
    return slot.used ? &slot.window : nullptr;
  }

  /// For an SSRC that is unknown, when not full.
  ReplayWindow& insert(uint32_t ssrc) {
    PARLEY_CHECK(!full());
    if (2 * (count_ + 1) > slots_.size()) grow();
    Slot& slot = slots_[position(ssrc)];
    PARLEY_CHECK(!slot.used);
    slot.used = true;
    slot.ssrc = ssrc;
    ++count_;
    return slot.window;
  }

 private:
  struct Slot {
    uint32_t ssrc = 0;
    bool used = false;
    ReplayWindow window;
  };

  // Where the SSRC is, or where it would go. SSRCs are random, but a peer chooses them: multiplying scatters runs.
  size_t position(uint32_t ssrc) const {
    const size_t mask = slots_.size() - 1;
    size_t at = (ssrc * 0x9e3779b1u >> 16) & mask;
    while (slots_[at].used && slots_[at].ssrc != ssrc) at = (at + 1) & mask;
    return at;
  }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 16 : slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.used) slots_[position(slot.ssrc)] = slot;
    }
  }

  std::vector<Slot> slots_;  // a power of two, at most half used
  size_t count_ = 0;
};

}  // namespace parley::srtp
