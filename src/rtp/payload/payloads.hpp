#pragma once

#include <cstddef>
#include <vector>

#include "base/bytes.hpp"

namespace parley::rtp {

/// The RTP payloads of one frame, one behind another in one block that is reused from frame to frame. The marker bit
/// goes with the last one (of video).
class Payloads {
 public:
  size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  Bytes operator[](size_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return Bytes(bytes_).subspan(begin, ends_[i] - begin);
  }
  void clear() {
    bytes_.clear();
    ends_.clear();
  }

  /// What is put after this belongs to the payload that the next `end` closes.
  void put(uint8_t byte) { bytes_.push_back(byte); }
  void put(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void end() { ends_.push_back(bytes_.size()); }
  /// Bytes of the payload that is not closed yet, to be filled in late. Valid until the next `put`.
  MutableBytes open() { return MutableBytes(bytes_).subspan(empty() ? 0 : ends_.back()); }

 private:
  std::vector<uint8_t> bytes_;
  std::vector<size_t> ends_;
};

/// A piece of `total` bytes cut into the fewest pieces of at most `limit` bytes, all equal but the last: equal
/// datagrams leave as one GSO message. `limit` > 0.
constexpr size_t equal_piece(size_t total, size_t limit) {
  const size_t count = (total + limit - 1) / limit;
  return count == 0 ? 0 : (total + count - 1) / count;
}

}  // namespace parley::rtp
