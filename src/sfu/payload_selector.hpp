#pragma once

#include <cstdint>

#include "sfu/layer.hpp"
#include "sfu/media_packet.hpp"

namespace parley::sfu {

/// Chooses packets of one stream by what the payload itself says: temporal layers of VP8, temporal and spatial layers
/// of VP9. Streams without layers pass whole. Up: temporally at a switching point, spatially at a frame without
/// temporal prediction (a key picture). Down: at the next picture.
class PayloadSelector {
 public:
  /// A stream begins at a key frame.
  void reset(LayerPoint limit) {
    current_ = limit;
    picture_ = -1;
  }
  bool choose(const MediaPacket& packet, LayerPoint limit);
  LayerPoint current() const { return current_; }
  bool ends_picture(const MediaPacket& packet) const {
    return packet.video.ends_frame && packet.video.spatial_id == current_.spatial;
  }

 private:
  void begin_picture(const MediaPacket& packet, LayerPoint limit);
  void rise(const MediaPacket& packet, LayerPoint limit);

  LayerPoint current_;
  int64_t picture_ = INT64_MIN;  // timestamp
};

}  // namespace parley::sfu
