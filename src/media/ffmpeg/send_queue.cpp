#include "media/ffmpeg/send_queue.hpp"

#include <algorithm>

namespace parley::media {

void SendQueue::push(EncodedPacket packet) {
  if (waits_for_key_) {
    if (packet.kind != rtp::MediaKind::Video || !packet.key) {
      dropped_ += overflowed_ ? 1 : 0;
      return;
    }
    waits_for_key_ = overflowed_ = false;
  }
  bytes_ += packet.data.size();
  packets_.push_back(std::move(packet));
  if (span() <= kMaxSpan && bytes_ <= kMaxBytes) return;
  dropped_ += static_cast<int64_t>(packets_.size());
  clear();
  waits_for_key_ = has_video_;
  overflowed_ = has_video_;
}

std::optional<EncodedPacket> SendQueue::pop() {
  if (packets_.empty()) return std::nullopt;
  EncodedPacket packet = std::move(packets_.front());
  packets_.pop_front();
  bytes_ -= packet.data.size();
  return packet;
}

void SendQueue::restart() {
  clear();
  waits_for_key_ = has_video_;
  overflowed_ = false;
}

TimeDelta SendQueue::span() const {
  if (packets_.empty()) return TimeDelta::zero();
  return std::max(TimeDelta::zero(), packets_.back().dts - packets_.front().dts);
}

void SendQueue::clear() {
  packets_.clear();
  bytes_ = 0;
}

}  // namespace parley::media
