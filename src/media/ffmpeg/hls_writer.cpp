#include "media/ffmpeg/hls_writer.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "media/ffmpeg/hls_playlist.hpp"
#include "media/ffmpeg/input.hpp"
#include "media/ffmpeg/interleaver.hpp"
#include "media/ffmpeg/output_file.hpp"
#include "media/ffmpeg/probe.hpp"

extern "C" {
#include <libavformat/avformat.h>
}

namespace parley::media {

namespace {

bool has(const std::vector<StreamFormat>& streams, rtp::MediaKind wanted) {
  return std::ranges::any_of(streams, [&](const StreamFormat& s) { return kind(s.codec) == wanted; });
}

Result<> store_playlists(const std::filesystem::path& folder, const HlsPlaylist& playlist) {
  if (auto written = write_whole(folder / HlsWriter::kIndex, playlist.full()); !written) return written;
  return write_whole(folder / HlsWriter::kLive, playlist.window());
}

}  // namespace

struct HlsWriter::State {
  explicit State(HlsWriterOptions o)
      : options(std::move(o)),
        has_video(has(options.streams, rtp::MediaKind::Video)),
        interleaver(has_video, has(options.streams, rtp::MediaKind::Audio)) {
    if (auto earlier = read_playlist(options.folder / kIndex)) playlist = *std::move(earlier);
    first = playlist.segments().size();
    base = playlist.duration();
  }

  HlsWriterOptions options;
  const bool has_video;
  Interleaver interleaver;
  HlsPlaylist playlist;
  size_t first = 0;  ///< number of this writer's first segment
  TimeDelta base;    ///< where this writer's zero lies: times go on, for players that know no discontinuities
  std::optional<Muxer> muxer;
  std::string init;
  std::optional<Error> error;
  std::optional<TimeDelta> segment_start;
  TimeDelta end;
  int64_t bytes = 0;

  bool ends_segment(const EncodedPacket& next) const;
  Result<> begin(const EncodedPacket& first_packet);
  Result<> store(const std::string& name);
  Result<> cut(TimeDelta at);
  Result<> put(EncodedPacket packet);
  Result<> drain();
  Result<> remember(Result<> result);
};

bool HlsWriter::State::ends_segment(const EncodedPacket& next) const {
  if (!segment_start) return false;
  const TimeDelta lasted = next.dts - *segment_start;
  if (has_video) return next.kind == rtp::MediaKind::Video && next.key && lasted >= kShortest;
  return lasted >= TimeDelta::seconds(HlsPlaylist::kTargetSeconds);
}

Result<> HlsWriter::State::store(const std::string& name) {
  auto file = OutputFile::create(options.folder / name);
  if (!file) return std::unexpected(file.error());
  auto written = file->append(muxer->bytes());
  if (written) bytes += file->size();
  muxer->bytes().clear();
  return written;
}

Result<> HlsWriter::State::begin(const EncodedPacket& first_packet) {
  for (StreamFormat& format : options.streams) {
    if (is_complete(format) || kind(format.codec) != first_packet.kind) continue;
    auto completed = complete(format, first_packet);
    if (!completed) return std::unexpected(completed.error());
    format = *std::move(completed);
  }
  auto created = Muxer::create(Container::Mp4, options.streams);
  if (!created) return std::unexpected(created.error());
  muxer.emplace(*std::move(created));
  init = fmt::format("init-{:06}.mp4", first);
  return store(init);
}

// Ends the segment at this time: that of the next segment's first packet, or the end.
Result<> HlsWriter::State::cut(TimeDelta at) {
  if (auto ended = muxer->cut(); !ended) return ended;
  const size_t number = playlist.segments().size();
  const std::string name = fmt::format("segment-{:06}.m4s", number);
  if (auto stored = store(name); !stored) return stored;
  playlist.add({.file = name,
                .init = init,
                .duration = at - *segment_start,
                .at = options.epoch + *interleaver.zero() + (*segment_start - base),
                .discontinuity = number == first && number > 0});
  segment_start.reset();
  return store_playlists(options.folder, playlist);
}

Result<> HlsWriter::State::put(EncodedPacket packet) {
  packet.pts += base;
  packet.dts += base;
  if (!muxer) {
    if (auto begun = begin(packet); !begun) return begun;
  }
  if (ends_segment(packet)) {
    if (auto ended = cut(packet.dts); !ended) return ended;
  }
  if (!segment_start) segment_start = packet.dts;
  end = std::max(end, packet.pts + packet.duration);
  return muxer->write(packet);
}

Result<> HlsWriter::State::drain() {
  while (auto packet = interleaver.pop()) {
    if (auto written = put(*std::move(packet)); !written) return written;
  }
  return {};
}

Result<> HlsWriter::State::remember(Result<> result) {
  if (!result) error = result.error();
  return result;
}

HlsWriter::HlsWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
HlsWriter::HlsWriter(HlsWriter&&) noexcept = default;
HlsWriter& HlsWriter::operator=(HlsWriter&&) noexcept = default;
HlsWriter::~HlsWriter() = default;

Result<HlsWriter> HlsWriter::create(HlsWriterOptions options) {
  for (const StreamFormat& format : options.streams) {
    if (format.codec == Codec::H264 || format.codec == Codec::Aac) continue;
    return fail(Error::Code::Unsupported, fmt::format("HLS players do not play {}", name_of(format.codec)));
  }
  auto state = std::make_unique<State>(std::move(options));
  if (state->playlist.ended()) return fail(Error::Code::BadInput, "the folder holds an HLS stream that has ended");
  return HlsWriter(std::move(state));
}

Result<> HlsWriter::write(EncodedPacket packet) {
  if (state_->error) return std::unexpected(*state_->error);
  state_->interleaver.push(std::move(packet));
  return state_->remember(state_->drain());
}

Result<> HlsWriter::finish() {
  State& s = *state_;
  if (s.error) return std::unexpected(*s.error);
  s.interleaver.finish();
  auto result = s.drain();
  if (result && s.segment_start) result = s.cut(s.end);
  s.playlist.end();
  if (result) result = store_playlists(s.options.folder, s.playlist);
  return s.remember(std::move(result));
}

bool HlsWriter::playable() const { return state_->playlist.segments().size() >= kPlayable; }
TimeDelta HlsWriter::duration() const { return state_->playlist.duration(); }
int64_t HlsWriter::bytes() const { return state_->bytes; }

Result<MediaFile> finalise_hls(const std::filesystem::path& folder) {
  auto playlist = read_playlist(folder / HlsWriter::kIndex);
  if (!playlist || playlist->segments().empty()) {
    return fail(Error::Code::BadInput, fmt::format("{} holds no segment", folder.string()));
  }
  playlist->end();
  if (auto stored = store_playlists(folder, *playlist); !stored) return std::unexpected(stored.error());
  MediaFile file{.path = folder / HlsWriter::kIndex, .container = Container::Mp4, .duration = playlist->duration()};
  for (const HlsPlaylist::Segment& segment : playlist->segments()) {
    std::error_code ignored;
    const auto size = std::filesystem::file_size(folder / segment.file, ignored);
    if (!ignored) file.bytes += static_cast<int64_t>(size);
  }
  if (auto input = Input::open(file.path); input && input->video()) {
    file.size = {input->video()->codecpar->width, input->video()->codecpar->height};
  }
  return file;
}

}  // namespace parley::media
