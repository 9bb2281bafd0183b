#pragma once

#include <vector>

#include "codec/simulcast_encoder.hpp"
#include "frame/picture.hpp"
#include "parley/local_media.hpp"

namespace parley::sdk {

/// kbit/s that a picture of this height is worth: VideoSDK's "balanced" presets.
int kbps_for_height(int height);

/// How a picture of this size is encoded: the application's layers if it named some, else each half the size of the
/// next, as many as are worth it. Lowest first, at most `max_layers`.
std::vector<codec::SimulcastLayer> plan_layers(const VideoOptions& options, frame::Size size, size_t max_layers);

}  // namespace parley::sdk
