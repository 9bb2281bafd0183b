#include "media/ffmpeg/video_encoder.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "media/ffmpeg/libav.hpp"
#include "media/recolour.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace parley::media {

namespace {

// x264 sees this many pictures ahead: macroblock-tree rate control with a third of a second's view brings most of what
// 40 pictures bring, and a stream must stay below a second behind.
constexpr int kLookahead = 10;
constexpr AVRational kTimeBase{1, 90'000};

constexpr std::array kPresets{"ultrafast", "superfast", "veryfast", "faster", "fast", "medium"};

std::string x264_parameters(const VideoEncoderOptions& options) {
  const auto keys = kKeyInterval.us() * options.frame_rate / 1'000'000;
  // repeat-headers: parameter sets in front of every key picture, so that decoding can begin at any; force-cfr: rate
  // control by frame rate, not by times, which may jump; nal-hrd stays off: platforms do not read it.
  std::string parameters = fmt::format(
      "keyint={0}:min-keyint={0}:scenecut=0:open-gop=0:bframes=0:rc-lookahead={1}:sync-lookahead=0:mbtree=1:"
      "force-cfr=1:repeat-headers=1:sliced-threads=0",
      keys, kLookahead);
  // Splitting inter blocks below 16x16 costs a fifth of veryfast's time and brings 0.05 to 0.1 dB (docs/benchmarks.md).
  if (options.preset == "veryfast") parameters += ":partitions=i8x8,i4x4";
  return parameters;
}

void set_x264(const VideoEncoderOptions& options, AVCodecContext& context, AvOptions& out) {
  context.profile = FF_PROFILE_H264_HIGH;
  out.set("preset", options.preset).set("profile", "high").set("forced-idr", "1");
  out.set("x264-params", x264_parameters(options));
}

void set_vpx(const VideoEncoderOptions& options, AVCodecContext& context, AvOptions& out) {
  context.keyint_min = context.gop_size;
  context.qmin = 4;
  context.qmax = 56;
  // cpu-used: libvpx's own advice for realtime composed content on one core (VP8 at 8 of 16, VP9 at 8 of 9).
  out.set("deadline", "realtime").set("cpu-used", "8").set("lag-in-frames", "0").set("error-resilient", "0");
  if (options.codec == Codec::Vp8) {
    out.set("auto-alt-ref", "0").set("static-thresh", "100");
  } else {
    out.set("row-mt", "1").set("aq-mode", "3").set("tile-columns", "1");
  }
}

/// Players take VP8 for BT.601 whatever a container says (RFC 6386 section 9.2), and the rest for what it is tagged.
frame::ColourSpace colour_for(Codec codec) { return codec == Codec::Vp8 ? frame::ColourSpace{} : frame::kBt709; }

// What all codecs are told alike.
void configure(AVCodecContext& c, const VideoEncoderOptions& options) {
  const DataRate rate = options.bitrate > DataRate::zero() ? options.bitrate : default_bitrate(options.size);
  c.width = options.size.width;
  c.height = options.size.height;
  c.pix_fmt = AV_PIX_FMT_YUV420P;
  c.time_base = kTimeBase;
  c.framerate = {options.frame_rate, 1};
  c.bit_rate = c.rc_max_rate = rate.bps();
  c.rc_buffer_size = static_cast<int>(rate.bps());  // one second: start-up and stalls at platforms are short
  c.gop_size = static_cast<int>(kKeyInterval.us() * options.frame_rate / 1'000'000);
  c.max_b_frames = 0;
  c.thread_count = options.threads;
  set_colour(c, colour_for(options.codec));
  c.flags = AV_CODEC_FLAG_CLOSED_GOP | AV_CODEC_FLAG_GLOBAL_HEADER;
}

const char* library_name(Codec codec) {
  switch (codec) {
    case Codec::H264: return "libx264";
    case Codec::Vp8: return "libvpx";
    case Codec::Vp9: return "libvpx-vp9";
    default: return nullptr;
  }
}

Result<> check(const VideoEncoderOptions& o) {
  const auto [w, h] = o.size;
  if (w < 16 || h < 16 || w > 8192 || h > 8192 || w % 2 || h % 2) {
    return fail(Error::Code::Unsupported, fmt::format("pictures of {}x{} cannot be encoded", w, h));
  }
  if (o.frame_rate < 1 || o.frame_rate > 60) {
    return fail(Error::Code::Unsupported, fmt::format("{} pictures a second cannot be encoded", o.frame_rate));
  }
  if (std::ranges::find(kPresets, o.preset) == kPresets.end()) {
    return fail(Error::Code::Unsupported, fmt::format("x264 has no usable preset \"{}\"", o.preset));
  }
  return {};
}

}  // namespace

DataRate default_bitrate(frame::Size size) {
  // Between 3.2 bits a pixel and second at 480p and 2.2 at 1080p and above: larger pictures have flatter parts.
  const int64_t pixels = int64_t{size.width} * size.height;
  if (pixels <= 854 * 480) return DataRate::bps(std::max<int64_t>(200'000, pixels * 1'200'000 / (854 * 480)));
  if (pixels <= 1280 * 720) return DataRate::bps(pixels * 2'500'000 / (1280 * 720));
  return DataRate::bps(std::min<int64_t>(pixels * 4'500'000 / (1920 * 1080), 12'000'000));
}

struct VideoEncoder::State {
  AvCodec context;
  StreamFormat format;
  AvPacket packet = make_av_packet();
  std::optional<int64_t> last_key;  ///< pts of the last key picture asked for, in kTimeBase
  bool key_requested = true;

  Result<> receive(std::vector<EncodedPacket>& out);
  bool wants_key(int64_t pts);
};

Result<> VideoEncoder::State::receive(std::vector<EncodedPacket>& out) {
  while (true) {
    const int result = avcodec_receive_packet(context.get(), packet.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return {};
    if (result < 0) return fail_av(result, "encoding a picture");
    EncodedPacket encoded = from_av(*packet, kTimeBase, rtp::MediaKind::Video);
    encoded.dts = encoded.pts;  // no reordering
    encoded.duration = TimeDelta::micros(1'000'000 / format.frame_rate);
    out.push_back(std::move(encoded));
    av_packet_unref(packet.get());
  }
}

// Key pictures lie on a raster of times, not of counts: a segment or a platform's buffer is a stretch of time.
bool VideoEncoder::State::wants_key(int64_t pts) {
  const int64_t interval = to_av_time(kKeyInterval, kTimeBase);
  const int64_t half_a_frame = kTimeBase.den / format.frame_rate / 2;
  if (!key_requested && last_key && pts - *last_key < interval - half_a_frame) return false;
  key_requested = false;
  last_key = pts;
  return true;
}

VideoEncoder::VideoEncoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
VideoEncoder::VideoEncoder(VideoEncoder&&) noexcept = default;
VideoEncoder& VideoEncoder::operator=(VideoEncoder&&) noexcept = default;
VideoEncoder::~VideoEncoder() = default;

Result<VideoEncoder> VideoEncoder::create(const VideoEncoderOptions& options) {
  capture_av_log();
  if (auto valid = check(options); !valid) return std::unexpected(valid.error());
  const char* name = library_name(options.codec);
  const AVCodec* codec = name ? avcodec_find_encoder_by_name(name) : nullptr;
  if (!codec) return fail(Error::Code::Unsupported, fmt::format("no encoder for {}", name_of(options.codec)));

  auto state = std::make_unique<State>();
  state->format = {.codec = options.codec,
                   .size = options.size,
                   .frame_rate = options.frame_rate,
                   .colour = colour_for(options.codec)};
  state->context.reset(avcodec_alloc_context3(codec));
  AVCodecContext& c = *state->context;
  configure(c, options);
  AvOptions av_options;
  options.codec == Codec::H264 ? set_x264(options, c, av_options) : set_vpx(options, c, av_options);
  if (const int result = avcodec_open2(&c, codec, av_options.get()); result < 0) {
    return fail_av(result, fmt::format("opening the {} encoder", name_of(options.codec)));
  }
  if (c.extradata_size > 0) {
    state->format.parameters = frame::Payload(std::vector<uint8_t>(c.extradata, c.extradata + c.extradata_size));
  }
  return VideoEncoder(std::move(state));
}

const StreamFormat& VideoEncoder::format() const { return state_->format; }

TimeDelta VideoEncoder::delay() const {
  const int pictures = state_->format.codec == Codec::H264 ? kLookahead : 0;
  return TimeDelta::micros(int64_t{1'000'000} * pictures / state_->format.frame_rate);
}

void VideoEncoder::request_key() { state_->key_requested = true; }

Result<> VideoEncoder::encode(const frame::Picture& picture, TimeDelta pts, std::vector<EncodedPacket>& out) {
  if (picture.size() != state_->format.size) {
    return fail(Error::Code::Internal, "a picture of another size than the encoder's");
  }
  const AvFrame frame = wrap(recoloured(picture, *state_->format.colour));
  frame->pts = to_av_time(pts, kTimeBase);
  frame->pict_type = state_->wants_key(frame->pts) ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  if (const int result = avcodec_send_frame(state_->context.get(), frame.get()); result < 0) {
    return fail_av(result, "encoding a picture");
  }
  return state_->receive(out);
}

Result<> VideoEncoder::finish(std::vector<EncodedPacket>& out) {
  if (const int result = avcodec_send_frame(state_->context.get(), nullptr); result < 0 && result != AVERROR_EOF) {
    return fail_av(result, "ending the encoder");
  }
  return state_->receive(out);
}

}  // namespace parley::media
