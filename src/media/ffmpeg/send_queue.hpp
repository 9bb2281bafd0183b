#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "media/ffmpeg/packet.hpp"

namespace parley::media {

/// Packets on their way to a network that may be slower than they come. What does not fit is dropped up to the next key
/// picture, sound included, so that what arrives is always decodable and in step. Pure; not thread-safe.
class SendQueue {
 public:
  /// Time in the queue: a stall of this length is made up for, a longer one leaves a gap. Two groups of pictures, so
  /// that a queue with anything to drop always sees a key picture soon.
  static constexpr TimeDelta kMaxSpan = TimeDelta::seconds(4);
  /// Bytes in the queue, whatever their times: 4 s at 16 Mbit/s, above the highest bitrate.
  static constexpr size_t kMaxBytes = 8 << 20;

  explicit SendQueue(bool has_video) : has_video_(has_video), waits_for_key_(has_video) {}

  void push(EncodedPacket packet);
  std::optional<EncodedPacket> pop();
  /// Forgets everything; what is pushed next is kept from the next key picture on. Not counted as dropped.
  void restart();

  bool empty() const { return packets_.empty(); }
  TimeDelta span() const;
  size_t bytes() const { return bytes_; }
  int64_t dropped() const { return dropped_; }

 private:
  void clear();

  const bool has_video_;
  bool waits_for_key_;
  bool overflowed_ = false;  ///< what is dropped now is dropped because of an overflow
  std::deque<EncodedPacket> packets_;
  size_t bytes_ = 0;
  int64_t dropped_ = 0;
};

}  // namespace parley::media
