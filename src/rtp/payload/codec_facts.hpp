#pragma once

#include <optional>

#include "rtp/payload/video_facts.hpp"

/// One reader a codec behind `read_video_facts`; not for other modules. Nothing: the payload is malformed.
namespace parley::rtp {

std::optional<VideoFacts> read_vp8(Bytes payload, bool marker);
std::optional<VideoFacts> read_vp9(Bytes payload);
std::optional<VideoFacts> read_h264(Bytes payload, bool marker);
std::optional<VideoFacts> read_av1(Bytes payload, bool marker);

}  // namespace parley::rtp
