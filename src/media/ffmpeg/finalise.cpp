#include "media/ffmpeg/finalise.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include <fmt/format.h>

#include "base/check.hpp"
#include "media/ffmpeg/hls_playlist.hpp"
#include "media/ffmpeg/input.hpp"
#include "media/ffmpeg/output_file.hpp"

extern "C" {
#include <libavformat/avformat.h>
}

namespace parley::media {

namespace {

constexpr std::array kKinds{rtp::MediaKind::Video, rtp::MediaKind::Audio};

bool same_parameters(const AVCodecParameters& a, const AVCodecParameters& b) {
  return a.extradata_size == b.extradata_size && std::equal(a.extradata, a.extradata + a.extradata_size, b.extradata);
}

// One stream of the file being made.
struct Track {
  AVStream* out = nullptr;
  AVRational in_base{1, 1};      ///< of the current part
  int64_t last_dts = INT64_MIN;  ///< in out's time base
  int64_t last_step = 0;         ///< between the last two packets: how long the last one lasts if it does not say
};

class Joiner {
 public:
  explicit Joiner(Container container) : container_(container) {}
  Joiner(const Joiner&) = delete;
  Joiner& operator=(const Joiner&) = delete;
  ~Joiner() {
    if (!context_) return;
    avio_closep(&context_->pb);
    avformat_free_context(context_);
  }

  Result<> open(std::vector<Input>& parts, const std::filesystem::path& path);
  Result<> append(Input& part);
  Result<> close();
  TimeDelta end() const { return end_; }
  frame::Size size() const;

 private:
  Result<> add_track(Track& track, std::vector<Input>& parts, rtp::MediaKind kind);
  Result<> write(AVPacket& packet, Track& track);
  Track& track(rtp::MediaKind kind) { return kind == rtp::MediaKind::Video ? video_ : audio_; }

  const Container container_;
  AVFormatContext* context_ = nullptr;
  Track video_;
  Track audio_;
  TimeDelta part_start_;  ///< where the current part's zero lies
  TimeDelta end_;         ///< of everything so far
};

// The output stream is that of the first part that has one; the others must be of the same codec.
Result<> Joiner::add_track(Track& track, std::vector<Input>& parts, rtp::MediaKind kind) {
  const AVCodecParameters* first = nullptr;
  bool differ = false;
  for (const Input& part : parts) {
    const AVStream* stream = part.stream(kind);
    if (!stream) continue;
    if (!first) first = stream->codecpar;
    if (stream->codecpar->codec_id != first->codec_id || stream->codecpar->sample_rate != first->sample_rate) {
      return fail(Error::Code::Unsupported, "the parts have different codecs and cannot be joined without transcoding");
    }
    differ = differ || !same_parameters(*stream->codecpar, *first) || stream->codecpar->codec_tag != first->codec_tag;
  }
  if (!first) return {};
  track.out = avformat_new_stream(context_, nullptr);
  PARLEY_CHECK(track.out);
  avcodec_parameters_copy(track.out->codecpar, first);
  const bool keeps_avc3 = first->codec_tag == MKTAG('a', 'v', 'c', '3');
  track.out->codecpar->codec_tag = 0;
  if (container_ == Container::Mp4 && first->codec_id == AV_CODEC_ID_H264 && (differ || keeps_avc3)) {
    track.out->codecpar->codec_tag = MKTAG('a', 'v', 'c', '3');  // parameter sets are in the samples
  }
  track.out->time_base = kind == rtp::MediaKind::Video ? AVRational{1, 90'000} : AVRational{1, first->sample_rate};
  return {};
}

Result<> Joiner::open(std::vector<Input>& parts, const std::filesystem::path& path) {
  avformat_alloc_output_context2(&context_, nullptr, name_of(container_).data(), nullptr);
  if (!context_) return fail(Error::Code::Unsupported, fmt::format("no writer of {}", name_of(container_)));
  for (const rtp::MediaKind kind : kKinds) {
    if (auto added = add_track(track(kind), parts, kind); !added) return added;
  }
  // The muxer opens the file once more by this name, to move the index to the front.
  const std::string url = "file:" + path.string();
  av_free(context_->url);
  context_->url = av_strdup(url.c_str());
  int result = avio_open(&context_->pb, url.c_str(), AVIO_FLAG_WRITE);
  if (result < 0) return fail_av(result, fmt::format("creating {}", path.string()));
  AvOptions options;
  if (container_ == Container::Mp4) options.set("movflags", "faststart");
  result = avformat_write_header(context_, options.get());
  if (result < 0) return fail_av(result, "beginning the file", Error::Code::Unsupported);
  return {};
}

Result<> Joiner::write(AVPacket& packet, Track& out) {
  av_packet_rescale_ts(&packet, out.in_base, out.out->time_base);
  const int64_t shift = to_av_time(part_start_, out.out->time_base);
  packet.pts += shift;
  packet.dts += shift;
  if (packet.dts <= out.last_dts) packet.dts = out.last_dts + 1;
  packet.pts = std::max(packet.pts, packet.dts);
  if (out.last_dts != INT64_MIN) out.last_step = packet.dts - out.last_dts;
  out.last_dts = packet.dts;
  const int64_t lasts = packet.duration > 0 ? packet.duration : out.last_step;
  end_ = std::max(end_, from_av_time(packet.pts + lasts, out.out->time_base));
  packet.stream_index = out.out->index;
  packet.pos = -1;
  const int result = av_interleaved_write_frame(context_, &packet);
  if (result < 0) return fail_av(result, "writing the joined file", Error::Code::BadInput);
  return {};
}

Result<> Joiner::append(Input& part) {
  // A part begins at its first packet, whatever its times say (those of a stream's later segments do not begin at 0).
  const int64_t begins = part.context().start_time;
  part_start_ = end_ - TimeDelta::micros(begins == AV_NOPTS_VALUE ? 0 : begins);
  for (const rtp::MediaKind kind : kKinds) {
    if (const AVStream* stream = part.stream(kind)) track(kind).in_base = stream->time_base;
  }
  const AvPacket packet = make_av_packet();
  while (part.read(*packet)) {
    if (packet->pts == AV_NOPTS_VALUE || packet->dts == AV_NOPTS_VALUE) continue;
    if (auto written = write(*packet, track(part.kind_of(*packet))); !written) return written;
  }
  return {};
}

Result<> Joiner::close() {
  int result = av_write_trailer(context_);
  if (result >= 0) result = context_->pb->error;
  const int closed = avio_closep(&context_->pb);
  if (result < 0 || closed < 0) return fail_av(result < 0 ? result : closed, "ending the joined file");
  return {};
}

frame::Size Joiner::size() const {
  if (!video_.out) return {};
  return {video_.out->codecpar->width, video_.out->codecpar->height};
}

Result<> join(Joiner& joiner, std::vector<Input>& inputs, const std::filesystem::path& path) {
  if (auto opened = joiner.open(inputs, path); !opened) return opened;
  for (Input& input : inputs) {
    if (auto appended = joiner.append(input); !appended) return appended;
  }
  return joiner.close();
}

using Pieces = std::vector<std::filesystem::path>;

// A playlist stands for its segments: those that share an initialization section are one part.
std::vector<Pieces> expand(const std::vector<std::filesystem::path>& parts) {
  std::vector<Pieces> out;
  for (const auto& part : parts) {
    const auto playlist = part.extension() == ".m3u8" ? read_playlist(part) : std::nullopt;
    if (!playlist) {
      out.push_back({part});
      continue;
    }
    std::string_view init;
    for (const HlsPlaylist::Segment& segment : playlist->segments()) {
      if (segment.init != init) out.push_back({part.parent_path() / segment.init});
      init = segment.init;
      out.back().push_back(part.parent_path() / segment.file);
    }
  }
  return out;
}

}  // namespace

Result<Container> container_of(const std::filesystem::path& path) {
  for (const Container container : {Container::Mp4, Container::WebM, Container::Mp3}) {
    if (path.extension() == fmt::format(".{}", name_of(container))) return container;
  }
  return fail(Error::Code::Unsupported, fmt::format("{} is no file name of a known format", path.filename().string()));
}

Result<MediaFile> finalise(const std::vector<std::filesystem::path>& parts, const std::filesystem::path& target) {
  const auto container = container_of(target);
  if (!container) return std::unexpected(container.error());
  MediaFile file{.path = target, .container = *container};
  std::vector<Input> inputs;
  for (const auto& part : expand(parts)) {
    auto input = part.size() == 1 ? Input::open(part[0]) : Input::open(part);
    if (input) {
      inputs.push_back(*std::move(input));
    } else if (input.error().code == Error::Code::BadInput) {
      ++file.unreadable;
    } else {
      return std::unexpected(input.error());
    }
  }
  if (inputs.empty()) return fail(Error::Code::BadInput, "none of the parts holds anything that can be read");

  std::filesystem::path temporary = target;
  temporary += ".joining";
  Result<> done;
  {
    Joiner joiner(*container);
    done = join(joiner, inputs, temporary);
    file.duration = joiner.end();
    file.size = joiner.size();
  }
  if (done) done = replace_file(temporary, target);
  std::error_code ignored;
  if (!done) {
    std::filesystem::remove(temporary, ignored);
    return std::unexpected(done.error());
  }
  file.bytes = static_cast<int64_t>(std::filesystem::file_size(target, ignored));
  return file;
}

Result<MediaFile> describe(const std::filesystem::path& path) {
  auto container = container_of(path);
  if (!container) return std::unexpected(container.error());
  auto input = Input::open(path);
  if (!input) return std::unexpected(input.error());
  MediaFile file{.path = path, .container = *container};
  std::error_code error;
  file.bytes = static_cast<int64_t>(std::filesystem::file_size(path, error));
  file.duration = TimeDelta::micros(std::max<int64_t>(0, input->context().duration));  // AV_TIME_BASE is 1 us
  if (const AVStream* video = input->video()) file.size = {video->codecpar->width, video->codecpar->height};
  return file;
}

}  // namespace parley::media
