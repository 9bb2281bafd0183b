#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "egress/job.hpp"
#include "worker/sink.hpp"

namespace parley::worker {

/// An HLS stream in this folder. `on_playable` is called once, on the composition's thread.
SinkFactory hls_sink(std::filesystem::path folder, std::function<void()> on_playable);

/// A stream URL. States come on the composition's thread; messages never hold the key.
using OnOutputState = std::function<void(egress::OutputState, std::string message)>;
SinkFactory rtmp_sink(egress::Output output, bool allow_private, OnOutputState on_state);

}  // namespace parley::worker
