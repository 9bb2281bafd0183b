#pragma once

#include <cstdint>

#include "base/check.hpp"

namespace parley::srtp {

/// Which packet indices of one stream have been used (RFC 3711 section 3.3.2). `accepts` first, and `mark` only once
/// the packet is known to be authentic.
class ReplayWindow {
 public:
  /// RFC 3711 asks for 64 at least. A retransmission cache resends much older packets, but by RTX, with numbers of its
  /// own; 128 spans the reordering of one video frame at 4 Mbit/s and 30 frames a second several times.
  static constexpr int64_t kSize = 128;

  bool empty() const { return newest_ < 0; }
  /// The highest index marked, -1 if none.
  int64_t newest() const { return newest_; }

  /// True unless the index was marked before or is older than the window.
  bool accepts(int64_t index) const {
    const int64_t age = newest_ - index;
    if (age < 0) return true;
    return age < kSize && !(bits_[age / 64] >> (age % 64) & 1);
  }

  void mark(int64_t index) {
    PARLEY_CHECK(index >= 0);
    if (index > newest_) advance(index - newest_);
    if (index > newest_) newest_ = index;
    const int64_t age = newest_ - index;
    if (age < kSize) bits_[age / 64] |= uint64_t{1} << (age % 64);
  }

 private:
  void advance(int64_t by) {
    if (by >= kSize) {
      bits_[0] = bits_[1] = 0;
    } else if (by >= 64) {
      bits_[1] = bits_[0] << (by - 64);
      bits_[0] = 0;
    } else {
      bits_[1] = bits_[1] << by | bits_[0] >> (64 - by);
      bits_[0] <<= by;
    }
  }

  int64_t newest_ = -1;
  uint64_t bits_[2] = {};  // bit 0 of the first word is `newest_`
};

/// The 48-bit index of a packet from its sequence number (RFC 3711 section 3.3.1): the one nearest to the newest.
inline int64_t guess_index(const ReplayWindow& window, uint16_t sequence_number) {
  if (window.empty()) return sequence_number;
  const int64_t newest = window.newest();
  const auto distance = static_cast<int16_t>(static_cast<uint16_t>(sequence_number - static_cast<uint16_t>(newest)));
  const int64_t index = newest + distance;
  return index < 0 ? sequence_number : index;  // nothing comes before roll-over count 0
}

/// 2^48: the RTP indices that one key may be used for (RFC 3711 section 9.2).
inline constexpr int64_t kRtpIndexLimit = int64_t{1} << 48;
/// 2^31, for SRTCP.
inline constexpr int64_t kRtcpIndexLimit = int64_t{1} << 31;

}  // namespace parley::srtp
