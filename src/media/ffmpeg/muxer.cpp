#include "media/ffmpeg/muxer.hpp"

#include <fmt/format.h>

#include "base/check.hpp"
#include "media/ffmpeg/libav.hpp"

extern "C" {
#include <libavformat/avformat.h>
}

namespace parley::media {

namespace {

// Small: our own vector collects the bytes.
constexpr int kIoBuffer = 4096;

int append(void* opaque, uint8_t* data, int size) {
  auto* bytes = static_cast<std::vector<uint8_t>*>(opaque);
  bytes->insert(bytes->end(), data, data + size);
  return size;
}

void set_options(Container container, AvOptions& options) {
  switch (container) {
    case Container::Mp4:
      // frag_discont with edit lists off makes the muxer write decode times as they are, also of a stream that begins
      // later than the other.
      options.set("movflags", "empty_moov+default_base_moof+frag_custom+frag_discont+skip_trailer");
      options.set("use_editlist", "0");
      break;
    case Container::WebM: options.set("live", "1").set("cluster_time_limit", "30000"); break;
    case Container::Mp3: options.set("write_xing", "0").set("id3v2_version", "0"); break;
  }
}

// Copied H.264 may change its parameter sets: they are in the samples (ISO/IEC 14496-15, "avc3"). Encoded H.264 never
// does, and "avc1" is what the most players know.
void set_tag(AVStream& stream, const StreamFormat& format) {
  if (format.codec == Codec::H264 && format.frame_rate == 0) stream.codecpar->codec_tag = MKTAG('a', 'v', 'c', '3');
}

}  // namespace

std::string_view name_of(Container container) {
  switch (container) {
    case Container::Mp4: return "mp4";
    case Container::WebM: return "webm";
    case Container::Mp3: return "mp3";
  }
  return "";
}

bool holds(Container container, Codec codec) {
  switch (container) {
    case Container::Mp4: return codec != Codec::Vp8;  // no registered sample entry that players know
    case Container::WebM:
      return codec == Codec::Vp8 || codec == Codec::Vp9 || codec == Codec::Av1 || codec == Codec::Opus;
    case Container::Mp3: return codec == Codec::Mp3;
  }
  return false;
}

struct Muxer::State {
  std::vector<uint8_t> bytes;
  AVFormatContext* context = nullptr;
  AvPacket packet = make_av_packet();
  int video = -1;  ///< index of the stream
  int audio = -1;

  ~State() {
    if (!context) return;
    if (context->pb) av_freep(&context->pb->buffer);
    avio_context_free(&context->pb);
    avformat_free_context(context);
  }
  Result<> add(const StreamFormat& format);
  Result<> open(Container container);
};

Result<> Muxer::State::add(const StreamFormat& format) {
  AVStream* stream = avformat_new_stream(context, nullptr);
  PARLEY_CHECK(stream);
  avcodec_parameters_copy(stream->codecpar, to_av(format).get());
  const bool is_video = kind(format.codec) == rtp::MediaKind::Video;
  stream->time_base = is_video ? AVRational{1, 90'000} : AVRational{1, frame::kSampleRate};
  if (is_video && format.frame_rate > 0) stream->avg_frame_rate = stream->r_frame_rate = {format.frame_rate, 1};
  set_tag(*stream, format);
  int& index = is_video ? video : audio;
  if (index >= 0) return fail(Error::Code::Unsupported, "two streams of one kind in a file");
  index = stream->index;
  return {};
}

Result<> Muxer::State::open(Container container) {
  auto* buffer = static_cast<uint8_t*>(av_malloc(kIoBuffer));
  context->pb = avio_alloc_context(buffer, kIoBuffer, 1, &bytes, nullptr, append, nullptr);
  PARLEY_CHECK(context->pb);
  context->pb->seekable = 0;
  context->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  AvOptions options;
  set_options(container, options);
  const int result = avformat_write_header(context, options.get());
  if (result < 0) return fail_av(result, "beginning the file", Error::Code::Unsupported);
  if (const std::string unused = options.first_unused(); !unused.empty()) {
    return fail(Error::Code::Internal, fmt::format("this FFmpeg does not know the option {}", unused));
  }
  return {};
}

Muxer::Muxer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Muxer::Muxer(Muxer&&) noexcept = default;
Muxer& Muxer::operator=(Muxer&&) noexcept = default;
Muxer::~Muxer() = default;

Result<Muxer> Muxer::create(Container container, std::span<const StreamFormat> streams) {
  capture_av_log();
  if (streams.empty()) return fail(Error::Code::Unsupported, "a file without streams");
  auto state = std::make_unique<State>();
  avformat_alloc_output_context2(&state->context, nullptr, name_of(container).data(), nullptr);
  if (!state->context) return fail(Error::Code::Unsupported, fmt::format("no writer of {}", name_of(container)));
  for (const StreamFormat& format : streams) {
    if (!holds(container, format.codec)) {
      return fail(Error::Code::Unsupported,
                  fmt::format("{} files do not hold {}", name_of(container), name_of(format.codec)));
    }
    if (auto added = state->add(format); !added) return std::unexpected(added.error());
  }
  if (auto opened = state->open(container); !opened) return std::unexpected(opened.error());
  avio_flush(state->context->pb);
  return Muxer(std::move(state));
}

Result<> Muxer::write(const EncodedPacket& packet) {
  const int index = packet.kind == rtp::MediaKind::Video ? state_->video : state_->audio;
  if (index < 0) return fail(Error::Code::Internal, "a packet of a stream that the file does not have");
  AVPacket& av = *state_->packet;
  fill_av(av, packet, state_->context->streams[index]->time_base);
  av.stream_index = index;
  const int result = av_write_frame(state_->context, &av);
  av_packet_unref(&av);
  if (result < 0) return fail_av(result, "writing a packet", Error::Code::BadInput);
  return {};
}

Result<> Muxer::cut() {
  const int result = av_write_frame(state_->context, nullptr);
  if (result < 0) return fail_av(result, "ending a fragment");
  avio_flush(state_->context->pb);
  return {};
}

Result<> Muxer::finish() {
  const int result = av_write_trailer(state_->context);
  if (result < 0) return fail_av(result, "ending the file");
  avio_flush(state_->context->pb);
  return {};
}

std::vector<uint8_t>& Muxer::bytes() { return state_->bytes; }

}  // namespace parley::media
