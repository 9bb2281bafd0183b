#pragma once

#include <filesystem>
#include <vector>

#include "media/ffmpeg/muxer.hpp"

namespace parley::media {

/// A file that is ready to be served.
struct MediaFile {
  std::filesystem::path path;
  Container container = Container::Mp4;
  int64_t bytes = 0;
  TimeDelta duration;
  frame::Size size;    ///< 0 x 0 without picture
  int unreadable = 0;  ///< parts of which nothing could be read: a writer was killed before its first fragment
};

/// The container that a file's ending names: .mp4, .webm or .mp3.
Result<Container> container_of(const std::filesystem::path& path);

/// What is known of a whole file, without reading through it.
Result<MediaFile> describe(const std::filesystem::path& path);

/// Joins the parts of a recording, in order, into one seekable file without transcoding: MP4 with its index first, WebM
/// with cues and duration, MP3 with its length. Times go on from part to part. Parts may end torn (their writer was
/// killed) and differ in picture size and H.264 parameter sets; parts that hold nothing are left out. The target
/// appears whole and durable or not at all; the parts stay. Also joins whole recordings of the same codecs. Errors:
/// BadInput if nothing is readable; Unsupported if codecs differ; DiskFull, Io.
Result<MediaFile> finalise(const std::vector<std::filesystem::path>& parts, const std::filesystem::path& target);

}  // namespace parley::media
