#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.hpp"

namespace parley::sfu {

/// Gives out the sequence numbers of one line, without gaps for packets that were left out on purpose and with gaps for
/// packets that are missing (they may still come, or be asked for again), and remembers what each number stands for.
class SequenceRewriter {
 public:
  enum class State : uint8_t {
    Empty,     ///< nothing known
    Reserved,  ///< kept for a packet that has not been seen
    Sent,
    Filled,  ///< an empty packet took the place of one that came late and was not wanted
  };
  /// What a number was given to.
  struct Entry {
    int64_t source = 0;        ///< sequence number in the layer
    uint32_t repeated_ms = 0;  ///< when last retransmitted, 0: never; on the caller's clock
    uint16_t number = 0;
    uint16_t picture_id = 0;
    uint8_t tl0_picture_index = 0;
    uint8_t run = 0;
    State state = State::Empty;
    bool marker = false;
  };

  /// `depth`: numbers remembered, a power of two.
  SequenceRewriter(uint16_t first, uint16_t depth);

  /// A new run of source numbers begins at `source`; output goes on where it is. `run` labels its entries.
  void begin(int64_t source, uint8_t run);
  /// The entry for a packet to be sent; its `number` is the output. nullptr: from before the run, too old, or seen
  /// before.
  Entry* take(int64_t source);
  /// The packet is not wanted. An entry: a number had been kept for it, which must be sent empty. `together`: the
  /// packet before it in order was left out for the same reason (same frame), so that what is missing between them need
  /// not come.
  Entry* skip(int64_t source, bool together);
  /// What `number` stands for; nullptr if not known (any more).
  Entry* find(uint16_t number);
  /// Asks for the cache lines that the next `take` in order touches.
  void prefetch() const;
  /// Has `source` been passed by newer ones?
  bool late(int64_t source) const { return source <= newest_source_; }

 private:
  enum class Fate : uint8_t { Skipped, Reserved, Sent };
  struct Given {
    uint16_t number = 0;
    Fate fate = Fate::Skipped;
  };
  Given& given(int64_t source) { return given_[static_cast<uint64_t>(source) & mask_]; }
  Entry& entry(uint16_t number) { return entries_[number & mask_]; }
  bool reachable(int64_t source) const;
  Entry* claim(int64_t source, State state);
  Entry& append(int64_t source, State state);
  void pass_missing(int64_t source, Fate fate);

  uint64_t mask_;
  std::vector<Entry> entries_;  // by output number
  std::vector<Given> given_;    // by source number
  uint16_t next_;               // output
  int64_t first_source_ = 0;
  int64_t newest_source_ = -1;
  uint8_t run_ = 0;
};

}  // namespace parley::sfu
