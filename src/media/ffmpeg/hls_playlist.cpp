#include "media/ffmpeg/hls_playlist.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace parley::media {

namespace {

constexpr std::string_view kMap = "#EXT-X-MAP:URI=\"";
constexpr std::string_view kInf = "#EXTINF:";
constexpr std::string_view kDate = "#EXT-X-PROGRAM-DATE-TIME:";

std::string iso8601(UtcTime time) {
  const std::time_t seconds = time.ms() / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, time.ms() % 1000);
}

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// What iso8601() wrote; the epoch for anything else.
UtcTime parse_iso8601(std::string_view t) {
  if (t.size() != 24) return {};
  std::tm parts{};
  parts.tm_year = number(t.substr(0, 4)) - 1900;
  parts.tm_mon = number(t.substr(5, 2)) - 1;
  parts.tm_mday = number(t.substr(8, 2));
  parts.tm_hour = number(t.substr(11, 2));
  parts.tm_min = number(t.substr(14, 2));
  parts.tm_sec = number(t.substr(17, 2));
  return UtcTime::from_ms(int64_t{timegm(&parts)} * 1000 + number(t.substr(20, 3)));
}

TimeDelta parse_seconds(std::string_view text) {
  double seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return TimeDelta::micros(std::llround(std::clamp(seconds, 0.0, 3600.0) * 1e6));
}

}  // namespace

TimeDelta HlsPlaylist::duration() const {
  TimeDelta sum;
  for (const Segment& segment : segments_) sum += segment.duration;
  return sum;
}

std::string HlsPlaylist::full() const { return text(0, ended_ ? "VOD" : "EVENT"); }

std::string HlsPlaylist::window() const {
  return text(segments_.size() > kWindow ? segments_.size() - kWindow : 0, "");
}

std::string HlsPlaylist::text(size_t first, std::string_view type) const {
  int64_t target = kTargetSeconds;  // copied pictures can have key pictures that lie further apart
  for (const Segment& s : segments_) target = std::max(target, (s.duration.us() + 500'000) / 1'000'000);
  const auto gone = std::count_if(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(first),
                                  [](const Segment& s) { return s.discontinuity; });
  std::string out =
      fmt::format("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:{}\n", target, first);
  if (gone > 0) out += fmt::format("#EXT-X-DISCONTINUITY-SEQUENCE:{}\n", gone);
  if (!type.empty()) out += fmt::format("#EXT-X-PLAYLIST-TYPE:{}\n", type);
  out += "#EXT-X-INDEPENDENT-SEGMENTS\n";
  std::string_view init;
  for (size_t i = first; i < segments_.size(); ++i) {
    const Segment& s = segments_[i];
    if (s.discontinuity) out += "#EXT-X-DISCONTINUITY\n";
    if (s.init != init) out += fmt::format("{}{}\"\n", kMap, s.init);
    init = s.init;
    out += fmt::format("{}{}\n{}{:.6f},\n{}\n", kDate, iso8601(s.at), kInf, s.duration.seconds_f(), s.file);
  }
  if (ended_) out += "#EXT-X-ENDLIST\n";
  return out;
}

std::optional<HlsPlaylist> HlsPlaylist::parse(std::string_view text) {
  if (!text.starts_with("#EXTM3U\n")) return std::nullopt;
  HlsPlaylist playlist;
  Segment next;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line == "#EXT-X-DISCONTINUITY") next.discontinuity = true;
    if (line == "#EXT-X-ENDLIST") playlist.ended_ = true;
    if (line.starts_with(kMap) && line.ends_with('"')) {
      next.init = line.substr(kMap.size(), line.size() - kMap.size() - 1);
    }
    if (line.starts_with(kDate)) next.at = parse_iso8601(line.substr(kDate.size()));
    if (line.starts_with(kInf)) next.duration = parse_seconds(line.substr(kInf.size()));
    if (line.empty() || line.starts_with('#')) continue;
    next.file = line;
    playlist.segments_.push_back(next);
    next.discontinuity = false;
  }
  return playlist;
}

std::optional<HlsPlaylist> read_playlist(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return HlsPlaylist::parse(std::string(std::istreambuf_iterator<char>(in), {}));
}

}  // namespace parley::media
