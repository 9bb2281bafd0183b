#pragma once

#include <filesystem>
#include <optional>

#include "base/time.hpp"
#include "frame/picture.hpp"
#include "media/ffmpeg/error.hpp"

namespace parley::media {

struct CaptureOptions {
  std::filesystem::path source;  ///< a recording, or an HlsWriter's index.m3u8 (also while it grows)
  std::optional<TimeDelta> at;   ///< from the beginning; absent or beyond the end: the newest picture
  /// The picture is scaled to fit in here with its proportions kept; a zero side is free, 0 x 0 is the source's size.
  frame::Size within;
  std::filesystem::path target;  ///< to write; its ending is the format: .jpg, .png or .webp
};

struct Captured {
  int64_t bytes = 0;
  frame::Size size;
};

/// Writes one picture of a recording or stream into a file, which appears whole or not at all.
Result<Captured> capture(const CaptureOptions& options);

}  // namespace parley::media
