#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace parley::rtp {

enum class MediaKind : uint8_t { Audio, Video };

enum class Codec : uint8_t { Opus, Vp8, Vp9, H264, Av1 };

constexpr MediaKind kind(Codec codec) { return codec == Codec::Opus ? MediaKind::Audio : MediaKind::Video; }
constexpr uint32_t clock_rate(Codec codec) { return codec == Codec::Opus ? 48000 : 90000; }

/// The encoding name of the rtpmap line ("opus", "VP8", "VP9", "H264", "AV1"); comparing is case-insensitive.
std::string_view encoding_name(Codec codec);
std::optional<Codec> codec_from_encoding_name(std::string_view name);

}  // namespace parley::rtp
