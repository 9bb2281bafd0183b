#include "media/ffmpeg/rtmp_session.hpp"

#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "base/check.hpp"
#include "media/ffmpeg/libav.hpp"

extern "C" {
#include <libavformat/avformat.h>
}

namespace parley::media {

namespace {

using Clock = std::chrono::steady_clock;

// What the kernel may hold: a second at the usual bitrate. With more, a slow line would show as delay long before the
// queue in front of it notices.
constexpr const char* kSendBuffer = "262144";

struct Watch {
  const std::atomic<bool>& stop;
  Clock::time_point deadline;
  bool published = false;  ///< there is something to end properly
  bool ending = false;

  void allow(TimeDelta time) {
    if (!ending) deadline = Clock::now() + std::chrono::microseconds(time.us());
  }
  bool late() const { return Clock::now() >= deadline; }
};

// The library asks this before and, every 100 ms, while it waits. A stop gives a stream kCloseTimeout for what is left
// to send and the goodbye; an attempt to connect ends at once.
int interrupted(void* opaque) {
  auto* watch = static_cast<Watch*>(opaque);
  if (watch->stop && !watch->published) return 1;
  if (watch->stop && !watch->ending) {
    watch->allow(RtmpSession::kCloseTimeout);
    watch->ending = true;
  }
  return watch->late() ? 1 : 0;
}

std::string reason_of(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(error, text, sizeof text);
  return text;
}

// The line that holds the word, or nothing.
std::string line_with(const std::string& log, std::string_view word) {
  const size_t at = log.find(word);
  if (at == std::string::npos) return "";
  const size_t before = log.rfind('\n', at);
  const size_t begin = before == std::string::npos ? 0 : before + 1;
  return log.substr(begin, log.find('\n', at) - begin);
}

std::string tls_trouble(const std::string& log) {
  for (const std::string_view word : {"ertificate", "TLS", "handshake"}) {
    if (std::string line = line_with(log, word); !line.empty()) return line;
  }
  return "";
}

std::string refusal(const Destination& to) {
  return fmt::format("{} closed the connection when it was asked to publish: is the stream key right?", to.place());
}

std::string why_not_open(int error, const std::string& log, const Destination& to, bool late) {
  constexpr std::string_view kRejected = "Server error: ";
  if (const std::string line = line_with(log, kRejected); !line.empty()) {
    return fmt::format("{} rejected the stream: {}", to.place(), line.substr(line.find(kRejected) + kRejected.size()));
  }
  if (late) return fmt::format("{} did not answer within {} s", to.place(), RtmpSession::kOpenTimeout.ms() / 1000);
  if (error == AVERROR(ECONNREFUSED)) return fmt::format("{} refused the connection", to.place());
  if (error == AVERROR(ENETUNREACH) || error == AVERROR(EHOSTUNREACH) || error == AVERROR(ETIMEDOUT)) {
    return fmt::format("{} cannot be reached: {}", to.place(), reason_of(error));
  }
  if (const std::string line = tls_trouble(log); to.secure && !line.empty()) {
    return fmt::format("TLS with {} failed: {}", to.place(), line);
  }
  return refusal(to);
}

}  // namespace

struct RtmpSession::State {
  explicit State(const Options& options)
      : destination(options.destination), watch{.stop = options.stop}, ca_file(options.ca_file) {}
  ~State() {
    if (!context) return;
    watch.allow(kCloseTimeout);
    if (watch.published) av_write_trailer(context);
    avio_closep(&context->pb);
    avformat_free_context(context);
  }

  Result<> describe(const std::vector<StreamFormat>& streams);
  Result<> connect(const std::string& host);
  Result<> begin();

  std::string why_broken(int error) const;

  Destination destination;
  Watch watch;
  std::optional<Clock::time_point> first_write;
  std::string ca_file;
  AVFormatContext* context = nullptr;
  AvPacket packet = make_av_packet();
  int video = -1;
  int audio = -1;
};

Result<> RtmpSession::State::describe(const std::vector<StreamFormat>& streams) {
  avformat_alloc_output_context2(&context, nullptr, "flv", nullptr);
  if (!context) return fail(Error::Code::Unsupported, "this FFmpeg writes no FLV");
  context->flags |= AVFMT_FLAG_FLUSH_PACKETS;
  context->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  for (const StreamFormat& format : streams) {
    if (format.codec != Codec::H264 && format.codec != Codec::Aac) {
      return fail(Error::Code::Unsupported, fmt::format("RTMP does not carry {}", name_of(format.codec)));
    }
    AVStream* stream = avformat_new_stream(context, nullptr);
    PARLEY_CHECK(stream);
    avcodec_parameters_copy(stream->codecpar, to_av(format).get());
    stream->time_base = {1, 1000};
    if (format.frame_rate > 0) stream->avg_frame_rate = {format.frame_rate, 1};
    (format.codec == Codec::H264 ? video : audio) = stream->index;
  }
  return {};
}

Result<> RtmpSession::State::connect(const std::string& host) {
  AvOptions options;
  options.set("rtmp_app", destination.app).set("rtmp_playpath", destination.key);
  options.set("rtmp_tcurl", destination.tc_url()).set("rtmp_live", "live").set("tcp_nodelay", "1");
  options.set("send_buffer_size", kSendBuffer);
  if (destination.secure) {
    options.set("tls_verify", "1").set("verifyhost", destination.host);
    if (!ca_file.empty()) options.set("ca_file", ca_file);
  }
  Destination at = destination;
  at.host = host;
  const AVIOInterruptCB interrupt{interrupted, &watch};
  watch.allow(kOpenTimeout);
  take_av_log();
  const int result = avio_open2(&context->pb, at.tc_url().c_str(), AVIO_FLAG_WRITE, &interrupt, options.get());
  const std::string log = take_av_log();
  if (result < 0) {
    const std::string why = why_not_open(result, log, destination, watch.late());
    return fail(Error::Code::Io, without_secret(why, destination.key));
  }
  return {};
}

Result<> RtmpSession::State::begin() {
  AvOptions options;
  options.set("flvflags", "no_duration_filesize");
  const int result = avformat_write_header(context, options.get());
  if (result < 0) return fail_av(result, "beginning the stream");
  watch.published = true;
  return {};
}

std::string RtmpSession::State::why_broken(int error) const {
  if (!watch.late() && first_write && Clock::now() - *first_write < std::chrono::microseconds(kProof.us())) {
    return refusal(destination);
  }
  const std::string why =
      watch.late() ? fmt::format("nothing was taken for {} s", kWriteTimeout.ms() / 1000) : reason_of(error);
  return fmt::format("the connection to {} broke: {}", destination.place(), why);
}

RtmpSession::RtmpSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
RtmpSession::RtmpSession(RtmpSession&&) noexcept = default;
RtmpSession& RtmpSession::operator=(RtmpSession&&) noexcept = default;
RtmpSession::~RtmpSession() = default;

// The address that was checked is the one connected to, so that a name that resolves differently the second time gets
// nowhere. rtmps must be given the name, which TLS needs (SNI); there the certificate has to be valid for that name,
// and nothing in a private network has one of a stranger's name.
Result<RtmpSession> RtmpSession::open(const Options& options) {
  capture_av_log();
  const auto addresses = resolve(options.destination, options.allow_private);
  if (!addresses) return std::unexpected(addresses.error());
  auto state = std::make_unique<State>(options);
  if (auto described = state->describe(options.streams); !described) return std::unexpected(described.error());
  Result<> connected;
  if (options.destination.secure) {
    connected = state->connect(options.destination.host);
  } else {
    for (const IpAddress& address : *addresses) {
      connected = state->connect(address.to_string());
      if (connected || options.stop) break;
    }
  }
  if (connected) connected = state->begin();
  if (!connected) return std::unexpected(connected.error());
  return RtmpSession(std::move(state));
}

Result<> RtmpSession::write(const EncodedPacket& packet) {
  State& s = *state_;
  const int index = packet.kind == rtp::MediaKind::Video ? s.video : s.audio;
  if (index < 0) return {};
  fill_av(*s.packet, packet, s.context->streams[index]->time_base);
  s.packet->stream_index = index;
  s.watch.allow(kWriteTimeout);
  if (!s.first_write) s.first_write = Clock::now();
  const int result = av_write_frame(s.context, s.packet.get());
  av_packet_unref(s.packet.get());
  if (result >= 0 && s.context->pb->error >= 0) return {};
  const std::string why = s.why_broken(result < 0 ? result : s.context->pb->error);
  return fail(Error::Code::Io, without_secret(why, s.destination.key));
}

bool RtmpSession::proven() const {
  return state_->first_write && Clock::now() - *state_->first_write >= std::chrono::microseconds(kProof.us());
}

}  // namespace parley::media
