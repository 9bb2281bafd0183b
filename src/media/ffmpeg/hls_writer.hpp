#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "media/ffmpeg/finalise.hpp"
#include "media/ffmpeg/muxer.hpp"

namespace parley::media {

struct HlsWriterOptions {
  std::filesystem::path folder;       ///< exists; may hold what an earlier writer left, which is then gone on with
  std::vector<StreamFormat> streams;  ///< H.264 and AAC, or one of them
  UtcTime epoch;                      ///< wall clock at the producer's time zero
};

/// An HLS stream in a folder: fMP4 segments, cut at key pictures, and two playlists over them: `index.m3u8` from the
/// beginning (EVENT, after the end VOD) and `live.m3u8` (the newest six). Segments appear in a playlist only when they
/// are whole; playlists are replaced atomically. A later writer in the same folder goes on after a discontinuity.
/// Not thread-safe; any thread at a time; write() takes as long as the file system does.
class HlsWriter {
 public:
  /// A segment is cut at every key picture (they lie kKeyInterval apart), unless it would be shorter than this.
  static constexpr TimeDelta kShortest = TimeDelta::millis(500);
  /// Segments that a player can begin with without running dry before the next one is there.
  static constexpr size_t kPlayable = 2;
  static constexpr const char* kIndex = "index.m3u8";
  static constexpr const char* kLive = "live.m3u8";

  static Result<HlsWriter> create(HlsWriterOptions options);
  HlsWriter(HlsWriter&&) noexcept;
  HlsWriter& operator=(HlsWriter&&) noexcept;
  ~HlsWriter();  ///< leaves playlists open: a later writer may go on

  /// After an error the stream stays what it was, and every further call gives the same error.
  Result<> write(EncodedPacket packet);
  /// Writes the rest and closes the playlists for good.
  Result<> finish();

  bool playable() const;
  TimeDelta duration() const;  ///< of all segments, earlier writers' too
  int64_t bytes() const;       ///< that this writer wrote

 private:
  struct State;
  explicit HlsWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Closes the playlists that a killed writer left open and tells what is in the folder; `path` is that of index.m3u8,
/// `bytes` those of all segments. Runs again without harm.
Result<MediaFile> finalise_hls(const std::filesystem::path& folder);

}  // namespace parley::media
