#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <parley/media.hpp>

namespace example {

/// A frame and when it comes, from the file's beginning.
struct TimedVideo {
  std::chrono::microseconds at{};
  parley::VideoFrame frame;
};
struct TimedEncoded {
  std::chrono::microseconds at{};
  parley::EncodedVideoFrame frame;
};
struct TimedAudio {
  std::chrono::microseconds at{};
  std::vector<int16_t> samples;  ///< 48 kHz, interleaved
  int channels = 1;
};
using Timed = std::variant<TimedVideo, TimedEncoded, TimedAudio>;

/// What a file holds, in the order of time.
class MediaFile {
 public:
  virtual ~MediaFile() = default;
  virtual bool has_video() const = 0;
  virtual bool has_audio() const = 0;
  /// Of pictures that come encoded.
  virtual parley::VideoCodec codec() const { return parley::VideoCodec::Vp8; }
  /// Empty at the end.
  virtual std::optional<Timed> next() = 0;
};

/// YUV4MPEG2 (4:2:0) and a 16-bit 48 kHz WAV beside it; either path may be empty. Fails the program with a sentence.
std::unique_ptr<MediaFile> open_raw(const std::string& y4m, const std::string& wav);
/// Whatever FFmpeg reads: MP4, WebM, … Null if this example was built without it. With `copy` the pictures come
/// encoded, as they are in the file.
std::unique_ptr<MediaFile> open_container(const std::string& path, bool copy = false);

}  // namespace example
