#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <vector>

#include "codec/scaler.hpp"
#include "codec/video_encoder.hpp"

namespace parley::codec {

/// One encoding of a picture: as WebRTC's RTCRtpEncodingParameters tell it.
struct SimulcastLayer {
  double scale_down_by = 1;  ///< of both sides, at least 1
  DataRate bitrate = DataRate::kbps(1000);
  bool active = true;
};

struct SimulcastConfig {
  std::vector<SimulcastLayer> layers;  ///< 1 to kMaxSimulcastLayers, the smallest picture first
  int fps = 30;
  int threads = 1;
  int temporal_layers = 1;
  bool screen = false;
};

/// What browsers send, and the SFU forwards.
inline constexpr size_t kMaxSimulcastLayers = 3;

struct LayerOutput {
  size_t layer = 0;  ///< index in SimulcastConfig::layers
  EncoderOutput encoded;
};

/// Encodes each picture once for each active layer. Sizes follow the picture's, which may change.
class SimulcastEncoder {
 public:
  static std::expected<SimulcastEncoder, EncodeError> make(rtp::Codec codec, SimulcastConfig config);

  /// Asks for a key picture of one layer, or of all that are active, at the next encode().
  void request_key(size_t layer);
  void request_key();

  /// Appends to `out` what comes, at most one picture a layer, the smallest first. A layer whose picture would be too
  /// small to encode is left out. If one layer fails the others are encoded all the same, and the error is returned.
  std::expected<void, EncodeError> encode(const frame::Picture& picture, Timestamp captured_at,
                                          std::vector<LayerOutput>& out);

  /// A layer that is switched on again starts with a key picture. One that is off costs nothing.
  void set_active(size_t layer, bool active);
  void set_rate(size_t layer, DataRate bitrate, int fps);

  size_t layer_count() const { return layers_.size(); }
  bool is_active(size_t layer) const;

 private:
  struct Layer {
    SimulcastLayer config;
    std::unique_ptr<VideoEncoder> encoder;
    bool key_wanted = true;
    frame::Picture scaled;  ///< during encode() only
  };

  SimulcastEncoder() = default;
  void scale_layers(const frame::Picture& picture);

  std::vector<Layer> layers_;
  Scaler scaler_;
};

}  // namespace parley::codec
