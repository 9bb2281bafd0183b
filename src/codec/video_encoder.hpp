#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "base/units.hpp"
#include "frame/encoded.hpp"
#include "frame/picture.hpp"
#include "rtp/codec.hpp"

namespace parley::codec {

enum class EncodeError : uint8_t {
  BadConfig,   ///< a codec that is not encoded, or figures out of range
  BadPicture,  ///< empty, smaller than kMinEncodedSide or larger than limits.hpp allows
  BadSound,    ///< not a length that Opus has, or another number of channels
  Failed,      ///< the library refused
};

std::string_view to_string(EncodeError error);

/// OpenH264's smallest picture; nothing smaller is worth sending in any codec.
inline constexpr int kMinEncodedSide = 16;
inline constexpr int kMaxTemporalLayers = 3;
inline constexpr int kMaxFps = 120;
inline constexpr int kMaxEncoderThreads = 16;

struct VideoEncoderConfig {
  int fps = 30;
  DataRate bitrate = DataRate::kbps(1000);
  int threads = 1;
  int temporal_layers = 1;  ///< 1 to 3; more than one only with VP8
  bool screen = false;      ///< slides and text rather than a camera
};

/// A picture and what RTP tells of its place in the temporal layers.
struct EncoderOutput {
  frame::EncodedPicture picture;
  uint8_t temporal_layer = 0;
  bool layer_sync = false;  ///< VP8's Y bit (RFC 7741 section 4.2): of the layers, it depends only on the lowest
};

/// Encodes pictures for a live stream: no delay, no reordering, key pictures only when asked for or when the size
/// changes. Not thread-safe.
class VideoEncoder {
 public:
  virtual ~VideoEncoder() = default;
  /// Pictures may change their size. The result's rtp_timestamp is `captured_at` in 90 kHz ticks, to which the sender
  /// adds its random offset. Nothing comes out when the rate control skips the picture; a key picture is never skipped.
  virtual std::expected<std::optional<EncoderOutput>, EncodeError> encode(const frame::Picture& picture,
                                                                          Timestamp captured_at, bool key) = 0;
  /// From the next picture on. Clamped to what the library takes.
  virtual void set_rate(DataRate bitrate, int fps) = 0;
};

/// VP8 by libvpx, H.264 (constrained baseline) by OpenH264.
std::expected<std::unique_ptr<VideoEncoder>, EncodeError> make_video_encoder(rtp::Codec codec,
                                                                             const VideoEncoderConfig& config);

}  // namespace parley::codec
