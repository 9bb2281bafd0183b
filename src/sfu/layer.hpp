#pragma once

#include <array>
#include <compare>
#include <cstdint>

#include "base/units.hpp"

/// The words for layers. A "spatial" layer is a simulcast stream (one rid each, lowest first) or, where a track has one
/// stream, a spatial layer of scalable coding inside it. "Layer" alone, as a parameter, is the index of a stream.
namespace parley::sfu {

/// What W3C simulcast and the SVC modes of browsers go up to ("L3T3").
inline constexpr uint8_t kMaxSpatialLayers = 3;
/// VP8 and VP9 have two bits for it; browsers use up to three. A higher id of a dependency descriptor counts as this.
inline constexpr uint8_t kMaxTemporalLayers = 4;

/// A point in the grid of layers: everything up to and including it. Nothing at all if `spatial` is negative.
struct LayerPoint {
  int8_t spatial = -1;
  int8_t temporal = -1;
  constexpr bool none() const { return spatial < 0; }
  static constexpr LayerPoint highest() { return {kMaxSpatialLayers - 1, kMaxTemporalLayers - 1}; }
  friend constexpr auto operator<=>(LayerPoint, LayerPoint) = default;
};

/// What a track offers now: measured, for the allocator.
struct LayerTable {
  struct Spatial {
    bool active = false;  ///< packets are coming
    uint16_t width = 0;   ///< 0: not known (yet)
    uint16_t height = 0;
    double frame_rate = 0;  ///< pictures a second, all temporal layers
    uint8_t temporal_count = 0;
    /// Cost of forwarding this point: all packets of a receiver that is given (this spatial layer, temporal index).
    std::array<DataRate, kMaxTemporalLayers> rate{};
  };
  uint8_t spatial_count = 0;  ///< 0 before the first packet; includes inactive layers that once were seen or offered
  std::array<Spatial, kMaxSpatialLayers> spatial{};
};

}  // namespace parley::sfu
