#include "worker/gate.hpp"

#include <algorithm>

namespace parley::worker {

bool Gate::opens(const media::EncodedPacket& packet) const {
  return has_video_ ? packet.kind == rtp::MediaKind::Video && packet.key : packet.kind == rtp::MediaKind::Audio;
}

std::optional<media::EncodedPacket> Gate::pass(const media::EncodedPacket& packet) {
  if (paused_) return std::nullopt;
  if (!open_) {
    if (!opens(packet)) return std::nullopt;
    open_ = true;
    cut_ = packet.pts;
    shift_ = length_ - packet.pts;
  }
  if (packet.pts < cut_) return std::nullopt;  // sound from before the picture
  media::EncodedPacket out = packet;
  out.pts += shift_;
  out.dts += shift_;
  std::optional<TimeDelta>& last = last_dts_[packet.kind == rtp::MediaKind::Video ? 0 : 1];
  if (last && out.dts <= *last) out.dts = *last + TimeDelta::micros(1);
  last = out.dts;
  length_ = std::max(length_, out.pts + out.duration);
  return out;
}

void Gate::pause() {
  paused_ = true;
  open_ = false;
}

}  // namespace parley::worker
