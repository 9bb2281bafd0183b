#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <parley/types.hpp>

/// Pictures and sound as values. Times are of `std::chrono::steady_clock`: of received media, when it was captured, put
/// on this machine's clock by the sender's reports, so that all streams of a participant can be lined up (lip sync).
namespace parley {

using MediaTime = std::chrono::steady_clock::time_point;

struct VideoPlane {
  const uint8_t* data = nullptr;
  int stride = 0;  ///< bytes from row to row, at least the plane's width
};

/// What the numbers of a picture mean: the matrix by which luma and chroma are made, and whether they use all of 0 to
/// 255 or luma 16 to 235 and chroma 16 to 240.
enum class ColorMatrix : uint8_t { Bt601, Bt709, Bt2020 };
struct ColorSpace {
  ColorMatrix matrix = ColorMatrix::Bt601;
  bool fullRange = false;
  friend bool operator==(const ColorSpace& a, const ColorSpace& b) {
    return a.matrix == b.matrix && a.fullRange == b.fullRange;
  }
};

/// One picture: I420, 8 bits. Chroma planes are (width + 1) / 2 by (height + 1) / 2. Pixels are
/// immutable.
struct VideoFrame {
  int width = 0;
  int height = 0;
  VideoPlane y, u, v;
  int rotation = 0;  ///< degrees clockwise that it has to be turned to stand upright: 0, 90, 180, 270
  MediaTime capturedAt{};
  /// Received: as its sender or the stream tells. Published: receivers are told. Cameras are BT.601, films mostly
  /// BT.709.
  ColorSpace color{};
  /// Keeps the pixels alive: copies of a received frame may be kept as long as wanted. A published frame without owner
  /// is copied within the call; with one it is shared.
  std::shared_ptr<const void> owner;
};

/// A stretch of sound: signed 16 bits, 48 kHz, channels interleaved.
struct AudioFrame {
  static constexpr int kSampleRate = 48000;
  const int16_t* samples = nullptr;
  size_t frames = 0;                  ///< samples per channel
  int channels = 1;                   ///< 1 or 2
  MediaTime capturedAt{};             ///< of its first sample
  std::shared_ptr<const void> owner;  ///< as in VideoFrame
  /// Received: nothing arrived for this stretch; the samples were made up by the decoder (loss concealment).
  bool concealed = false;

  std::chrono::microseconds duration() const {
    return std::chrono::microseconds(static_cast<int64_t>(frames) * 1000000 / kSampleRate);
  }
};

/// One encoded picture: VP8 and VP9 frames as they are (VP9: a superframe), H.264 in Annex B form with parameter sets
/// before a key frame, AV1 as low-overhead OBUs without temporal delimiter.
struct EncodedVideoFrame {
  VideoCodec codec = VideoCodec::Vp8;
  bool key = false;
  int width = 0;  ///< 0 where not known
  int height = 0;
  int rotation = 0;
  uint32_t rtpTimestamp = 0;  ///< 90 kHz; only of received ones
  MediaTime capturedAt{};
  /// What is said beside the stream; it goes before what the stream itself says.
  std::optional<ColorSpace> color{};
  std::shared_ptr<const std::vector<uint8_t>> data;
};

/// One Opus packet.
struct EncodedAudioFrame {
  uint32_t rtpTimestamp = 0;  ///< 48 kHz; to send: 0 lets `capturedAt` tell
  MediaTime capturedAt{};
  std::chrono::microseconds duration{};  ///< what it decodes to
  std::shared_ptr<const std::vector<uint8_t>> data;
};

}  // namespace parley
