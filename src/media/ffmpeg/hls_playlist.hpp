#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace parley::media {

/// The media playlist (RFC 8216) of one stream of segments, as values and text. Pure.
class HlsPlaylist {
 public:
  struct Segment {
    std::string file;  ///< relative to the playlist
    std::string init;  ///< file with the initialization section (EXT-X-MAP) that it needs
    TimeDelta duration;
    UtcTime at;                  ///< wall clock of its first picture
    bool discontinuity = false;  ///< times and formats do not go on from the segment before
  };

  /// Whole seconds that no segment is longer than, rounded (RFC 8216 section 4.3.3.1): a segment is at most
  /// kKeyInterval and what was too short for a segment of its own.
  static constexpr int kTargetSeconds = 2;
  /// Of live.m3u8. Players begin three target durations before the end (section 6.3.3); twice that for slow readers.
  static constexpr size_t kWindow = 6;

  void add(Segment segment) { segments_.push_back(std::move(segment)); }
  const std::vector<Segment>& segments() const { return segments_; }
  TimeDelta duration() const;
  bool ended() const { return ended_; }
  void end() { ended_ = true; }

  /// index.m3u8: everything since the beginning; EVENT while it grows, VOD at the end.
  std::string full() const;
  /// live.m3u8: the newest kWindow segments.
  std::string window() const;
  /// Reads what full() wrote, to go on with it. Nothing if it is not such a text.
  static std::optional<HlsPlaylist> parse(std::string_view text);

 private:
  std::string text(size_t first, std::string_view type) const;

  std::vector<Segment> segments_;
  bool ended_ = false;
};

/// The playlist in a file; nothing if there is none.
std::optional<HlsPlaylist> read_playlist(const std::filesystem::path& file);

}  // namespace parley::media
