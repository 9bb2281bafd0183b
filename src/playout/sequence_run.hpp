#pragma once

#include <cstdint>
#include <optional>

#include "base/sequence.hpp"

namespace parley::playout {

/// Gives the packets of one stream numbers that never wrap, and notices when the stream begins anew elsewhere (RFC 3550
/// appendix A.1): by two packets in a row that are far from the run.
class SequenceRun {
 public:
  /// A second of the fastest stream there is, about (RFC 3550's MAX_DROPOUT).
  static constexpr int64_t kMaxJump = 3000;

  struct Place {
    int64_t number = 0;
    bool restarted = false;  ///< numbers from before mean nothing any more
  };
  /// Nothing: the packet is far away, and the first one there; it is to be dropped.
  std::optional<Place> place(uint16_t sequence_number);

 private:
  Unwrapper<uint16_t> numbers_;
  std::optional<uint16_t> expected_elsewhere_;
};

}  // namespace parley::playout
