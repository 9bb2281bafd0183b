#include "sdk/layer_plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace parley::sdk {
namespace {

struct Preset {
  int height;
  int kbps;
};
/// VideoSDK's encoder configurations for 16:9 cameras.
constexpr std::array kPresets = {Preset{90, 100},    Preset{180, 150},   Preset{216, 200},
                                 Preset{360, 400},   Preset{540, 550},   Preset{720, 1500},
                                 Preset{1080, 2200}, Preset{1440, 5500}, Preset{2160, 8500}};
/// Below these a further layer is not worth its cost: a half of 270 lines is no picture of a face.
constexpr int kTwoLayersFrom = 270;
constexpr int kThreeLayersFrom = 540;

size_t layer_count(int height) { return height >= kThreeLayersFrom ? 3 : height >= kTwoLayersFrom ? 2 : 1; }

}  // namespace

int kbps_for_height(int height) {
  const auto nearer = [height](const Preset& a, const Preset& b) {
    return std::abs(a.height - height) < std::abs(b.height - height);
  };
  return std::ranges::min_element(kPresets, nearer)->kbps;
}

std::vector<codec::SimulcastLayer> plan_layers(const VideoOptions& options, frame::Size size, size_t max_layers) {
  std::vector<codec::SimulcastLayer> out;
  // The shorter side: a phone held upright sends 720x1280.
  const int lines = std::min(size.width, size.height);
  if (!options.layers.empty()) {
    for (const VideoLayer& layer : options.layers) {
      if (out.size() == max_layers) break;
      const double scale = layer.width > 0 ? std::max(1.0, static_cast<double>(size.width) / layer.width) : 1;
      const int kbps = layer.maxKbps > 0 ? layer.maxKbps : kbps_for_height(static_cast<int>(lines / scale));
      out.push_back({.scale_down_by = scale, .bitrate = DataRate::kbps(kbps)});
    }
    return out;
  }
  const size_t count = options.simulcast ? std::min(layer_count(lines), max_layers) : 1;
  for (size_t i = 0; i < count; ++i) {
    const double scale = std::pow(2.0, static_cast<double>(count - 1 - i));
    int kbps = kbps_for_height(static_cast<int>(lines / scale));
    if (options.maxKbps > 0) kbps = i + 1 == count ? options.maxKbps : std::min(kbps, options.maxKbps);
    out.push_back({.scale_down_by = scale, .bitrate = DataRate::kbps(kbps)});
  }
  return out;
}

}  // namespace parley::sdk
