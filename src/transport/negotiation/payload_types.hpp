#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "transport/offerer.hpp"

namespace parley::transport::negotiation {

/// Gives payload types to codecs as they are first offered; each keeps its own for the life of the connection (RFC 3264
/// section 8.3.2), and in a bundle a number means one thing (RFC 9143 section 9.1).
class PayloadTypes {
 public:
  struct Entry {
    uint8_t media = 0;
    std::optional<uint8_t> rtx;
  };

  Entry of(const CodecOffer& codec) {
    for (const auto& [known, entry] : entries_) {
      if (known == codec) return entry;
    }
    Entry entry{.media = take()};
    if (codec.repair) entry.rtx = take();
    entries_.emplace_back(codec, entry);
    return entry;
  }

 private:
  // RFC 3551 section 6: dynamic types 96-127; then the unassigned 35-63, as browsers do. 64-95 would be taken for RTCP
  // (RFC 5761 section 4).
  uint8_t take() {
    if (next_ == 128) next_ = 35;
    PARLEY_CHECK(next_ != 64);  // 61 numbers are more than all codecs that there are, with RTX, need
    return next_++;
  }

  std::vector<std::pair<CodecOffer, Entry>> entries_;
  uint8_t next_ = 96;
};

}  // namespace parley::transport::negotiation
