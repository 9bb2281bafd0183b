#pragma once

#include <array>
#include <cstdint>

#include "base/time.hpp"
#include "rtp/payload/dependency_descriptor.hpp"
#include "sfu/layer.hpp"
#include "sfu/media_packet.hpp"

namespace parley::sfu {

/// Measures what each layer point of a track costs and shows: bit rate over the last second, frame rate, size,
/// activity.
class LayerMeter {
 public:
  /// Long enough to hold whole groups of temporal layers and a key frame's share, short enough to see a layer start.
  static constexpr TimeDelta kWindow = TimeDelta::seconds(1);
  static constexpr size_t kBuckets = 10;
  /// A layer without a packet for so long has been stopped, unless all of the track rests or its frames are rarer.
  static constexpr TimeDelta kStall = TimeDelta::millis(500);

  /// `stream_count` > 1: simulcast.
  explicit LayerMeter(uint8_t stream_count);

  /// `structure`: of the packet's stream, nullptr if none.
  void on_packet(const MediaPacket& packet, size_t wire_size, const rtp::DependencyStructure* structure);
  bool active(uint8_t spatial, Timestamp now) const;
  LayerTable table(Timestamp now) const;

 private:
  static constexpr size_t kCells = kMaxSpatialLayers * kMaxTemporalLayers;
  struct Bucket {
    std::array<uint32_t, kCells> bytes{};
    std::array<uint16_t, kMaxSpatialLayers> frames{};
  };
  struct Spatial {
    Timestamp first_packet = Timestamp::never();
    Timestamp last_packet = Timestamp::never();
    Timestamp last_frame = Timestamp::never();
    TimeDelta frame_interval;  // smoothed
    uint16_t width = 0;
    uint16_t height = 0;
    uint8_t temporal_count = 0;
  };
  void advance(Timestamp now);
  void count_frame(Spatial& spatial, uint8_t index, Timestamp now);
  void count_bytes(const MediaPacket& packet, uint32_t size, const rtp::DependencyStructure* structure);
  void note_sizes(const MediaPacket& packet, uint8_t spatial, const rtp::DependencyStructure* structure);

  bool simulcast_;
  uint8_t spatial_count_ = 0;
  std::array<Spatial, kMaxSpatialLayers> spatial_;
  std::array<Bucket, kBuckets> buckets_{};
  int64_t newest_bucket_ = 0;  // number of the bucket since the clock's epoch
  Timestamp newest_packet_ = Timestamp::never();
};

}  // namespace parley::sfu
