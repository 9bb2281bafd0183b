#include "sfu/payload_selector.hpp"

#include <algorithm>

namespace parley::sfu {

bool PayloadSelector::choose(const MediaPacket& packet, LayerPoint limit) {
  if (packet.timestamp > picture_) begin_picture(packet, limit);
  if (packet.timestamp == picture_) rise(packet, limit);
  return packet.video.spatial_id <= current_.spatial && packet.video.temporal_id <= current_.temporal;
}

void PayloadSelector::begin_picture(const MediaPacket& packet, LayerPoint limit) {
  picture_ = packet.timestamp;
  current_.spatial = std::min(current_.spatial, limit.spatial);
  current_.temporal = std::min(current_.temporal, limit.temporal);
}

void PayloadSelector::rise(const MediaPacket& packet, LayerPoint limit) {
  const rtp::VideoFacts& facts = packet.video;
  if (packet.starts_keyframe) {
    current_ = limit;
    return;
  }
  const auto temporal = static_cast<int8_t>(facts.temporal_id);
  const auto spatial = static_cast<int8_t>(facts.spatial_id);
  if (packet.codec == rtp::Codec::Vp8) {
    const bool sync = facts.starts_frame && facts.switching_up_point;
    if (sync && temporal <= limit.temporal) current_.temporal = std::max(current_.temporal, temporal);
  } else if (packet.codec == rtp::Codec::Vp9) {
    if (temporal > current_.temporal || spatial > current_.spatial + 1) return;
    if (facts.switching_up_point && spatial <= current_.spatial) current_.temporal = limit.temporal;
    // Predicted from the layer below alone, and that is being sent.
    const bool fresh = facts.starts_frame && !facts.inter_picture;
    if (fresh && spatial <= limit.spatial) current_.spatial = std::max(current_.spatial, spatial);
  }
}

}  // namespace parley::sfu
