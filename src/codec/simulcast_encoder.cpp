#include "codec/simulcast_encoder.hpp"

#include <algorithm>
#include <cmath>
#include <ranges>

#include "base/check.hpp"
#include "codec/limits.hpp"

namespace parley::codec {
namespace {

/// Browsers scale by 4 at the most by themselves; applications may ask for more.
constexpr double kMaxScaleDown = 64;

frame::Size scaled_size(frame::Size size, double divisor) {
  // Even sizes: H.264 has no others, and layers of one picture should show the same.
  const auto side = [divisor](int full) {
    return divisor == 1.0 ? full : static_cast<int>(std::lround(full / divisor / 2)) * 2;
  };
  return {side(size.width), side(size.height)};
}

}  // namespace

std::expected<SimulcastEncoder, EncodeError> SimulcastEncoder::make(rtp::Codec codec, SimulcastConfig config) {
  if (config.layers.empty() || config.layers.size() > kMaxSimulcastLayers) {
    return std::unexpected(EncodeError::BadConfig);
  }
  SimulcastEncoder made;
  double larger = kMaxScaleDown;
  for (const SimulcastLayer& layer : config.layers) {
    if (!(layer.scale_down_by >= 1) || layer.scale_down_by > larger) return std::unexpected(EncodeError::BadConfig);
    larger = layer.scale_down_by;
    auto encoder = make_video_encoder(codec, {.fps = config.fps,
                                              .bitrate = layer.bitrate,
                                              .threads = config.threads,
                                              .temporal_layers = config.temporal_layers,
                                              .screen = config.screen});
    if (!encoder) return std::unexpected(encoder.error());
    made.layers_.push_back({.config = layer, .encoder = std::move(*encoder)});
  }
  return made;
}

void SimulcastEncoder::request_key(size_t layer) {
  PARLEY_CHECK(layer < layers_.size());
  layers_[layer].key_wanted = true;
}

void SimulcastEncoder::request_key() {
  for (Layer& layer : layers_) layer.key_wanted = true;
}

std::expected<void, EncodeError> SimulcastEncoder::encode(const frame::Picture& picture, Timestamp captured_at,
                                                          std::vector<LayerOutput>& out) {
  if (!within_limits(picture.size())) return std::unexpected(EncodeError::BadPicture);
  scale_layers(picture);
  std::expected<void, EncodeError> result;
  for (size_t i = 0; i < layers_.size(); ++i) {
    Layer& layer = layers_[i];
    const frame::Picture scaled = std::exchange(layer.scaled, {});
    if (scaled.empty()) continue;
    auto encoded = layer.encoder->encode(scaled, captured_at, layer.key_wanted);
    if (!encoded) {
      result = std::unexpected(encoded.error());
    } else if (*encoded) {
      layer.key_wanted = false;
      out.push_back({.layer = i, .encoded = std::move(**encoded)});
    }
  }
  return result;
}

// From the largest down, each from the one before: the averages are the same and there is less to read.
void SimulcastEncoder::scale_layers(const frame::Picture& picture) {
  frame::Picture from = picture;
  for (Layer& layer : layers_ | std::views::reverse) {
    const frame::Size size = scaled_size(picture.size(), layer.config.scale_down_by);
    if (!layer.config.active || std::min(size.width, size.height) < kMinEncodedSide) continue;
    layer.scaled = from = scaler_.scale(from, size);
  }
}

void SimulcastEncoder::set_active(size_t layer, bool active) {
  PARLEY_CHECK(layer < layers_.size());
  if (active && !layers_[layer].config.active) layers_[layer].key_wanted = true;
  layers_[layer].config.active = active;
}

void SimulcastEncoder::set_rate(size_t layer, DataRate bitrate, int fps) {
  PARLEY_CHECK(layer < layers_.size());
  layers_[layer].encoder->set_rate(bitrate, fps);
}

bool SimulcastEncoder::is_active(size_t layer) const {
  PARLEY_CHECK(layer < layers_.size());
  return layers_[layer].config.active;
}

}  // namespace parley::codec
