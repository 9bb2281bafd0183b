#include "media/ffmpeg/libav.hpp"

#include <cstdarg>
#include <cstring>
#include <mutex>

#include <fmt/format.h>

#include "base/check.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
#include <libavutil/error.h>
#include <libavutil/log.h>
#include <libavutil/mathematics.h>
}

namespace parley::media {

namespace {

constexpr AVRational kMicroseconds{1, 1'000'000};

// Of each thread, since the last take_av_log(): enough for the reason and what followed from it.
constexpr size_t kMaxLog = 2048;
thread_local std::string kept_log;

void keep_log(void*, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_WARNING || kept_log.size() > kMaxLog) return;
  char line[512];
  vsnprintf(line, sizeof line, format, arguments);
  kept_log += line;
}

AVCodecID codec_id(Codec codec) {
  switch (codec) {
    case Codec::H264: return AV_CODEC_ID_H264;
    case Codec::Vp8: return AV_CODEC_ID_VP8;
    case Codec::Vp9: return AV_CODEC_ID_VP9;
    case Codec::Av1: return AV_CODEC_ID_AV1;
    case Codec::Aac: return AV_CODEC_ID_AAC;
    case Codec::Opus: return AV_CODEC_ID_OPUS;
    case Codec::Mp3: return AV_CODEC_ID_MP3;
  }
  return AV_CODEC_ID_NONE;
}

// RFC 7845 section 5.1: what containers of Opus start with. Copied packets have no priming to skip.
std::vector<uint8_t> opus_head(int channels) {
  std::vector<uint8_t> head(19);
  std::memcpy(head.data(), "OpusHead\x01", 9);
  head[9] = static_cast<uint8_t>(channels);
  head[12] = 0x80;  // 48000, little-endian
  head[13] = 0xbb;
  return head;
}

void set_extradata(AVCodecParameters& parameters, Bytes bytes) {
  if (bytes.empty()) return;
  parameters.extradata = static_cast<uint8_t*>(av_mallocz(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  PARLEY_CHECK(parameters.extradata);
  std::memcpy(parameters.extradata, bytes.data(), bytes.size());
  parameters.extradata_size = static_cast<int>(bytes.size());
}

struct AvColour {
  AVColorRange range;
  AVColorSpace space;
  AVColorPrimaries primaries;
  AVColorTransferCharacteristic transfer;
};

AvColour to_av_colour(const frame::ColourSpace& colour) {
  const AVColorRange range = colour.range == frame::Range::Full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  switch (colour.matrix) {
    case frame::Matrix::Bt709: return {range, AVCOL_SPC_BT709, AVCOL_PRI_BT709, AVCOL_TRC_BT709};
    case frame::Matrix::Bt2020: return {range, AVCOL_SPC_BT2020_NCL, AVCOL_PRI_BT2020, AVCOL_TRC_BT2020_10};
    case frame::Matrix::Bt601: break;
  }
  return {range, AVCOL_SPC_SMPTE170M, AVCOL_PRI_SMPTE170M, AVCOL_TRC_SMPTE170M};
}

void describe_video(AVCodecParameters& p, const StreamFormat& format) {
  p.width = format.size.width;
  p.height = format.size.height;
  p.format = AV_PIX_FMT_YUV420P;
  if (!format.colour) return;
  const AvColour colour = to_av_colour(*format.colour);
  p.color_range = colour.range;
  p.color_space = colour.space;
  p.color_primaries = colour.primaries;
  p.color_trc = colour.transfer;
}

void describe_audio(AVCodecParameters& p, const StreamFormat& format) {
  p.sample_rate = frame::kSampleRate;
  av_channel_layout_default(&p.ch_layout, format.channels);
  p.initial_padding = static_cast<int>(to_av_time(format.priming, AVRational{1, frame::kSampleRate}));
  if (format.codec == Codec::Aac) p.frame_size = 1024;
  if (format.codec == Codec::Mp3) p.frame_size = 1152;
}

}  // namespace

void AvDeleter::operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
void AvDeleter::operator()(AVCodecParameters* p) const { avcodec_parameters_free(&p); }
void AvDeleter::operator()(AVFrame* p) const { av_frame_free(&p); }
void AvDeleter::operator()(AVPacket* p) const { av_packet_free(&p); }

AvFrame make_av_frame() {
  AvFrame frame(av_frame_alloc());
  PARLEY_CHECK(frame);
  return frame;
}

AvPacket make_av_packet() {
  AvPacket packet(av_packet_alloc());
  PARLEY_CHECK(packet);
  return packet;
}

AvOptions::~AvOptions() { av_dict_free(&dictionary_); }

AvOptions& AvOptions::set(const char* name, const std::string& value) {
  av_dict_set(&dictionary_, name, value.c_str(), 0);
  return *this;
}

std::string AvOptions::first_unused() const {
  const AVDictionaryEntry* entry = av_dict_get(dictionary_, "", nullptr, AV_DICT_IGNORE_SUFFIX);
  return entry ? entry->key : "";
}

std::unexpected<Error> fail_av(int error, const std::string& what, Error::Code otherwise) {
  const int number = AVUNERROR(error);
  if (number == ENOSPC || number == EDQUOT || number == EFBIG || number == EIO || number == EACCES || number == EROFS ||
      number == ENOENT) {
    return fail_errno(number, what);
  }
  char reason[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(error, reason, sizeof reason);
  return fail(otherwise, fmt::format("{}: {}", what, reason));
}

void capture_av_log() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(keep_log); });
}

std::string take_av_log() { return std::exchange(kept_log, {}); }

void set_colour(AVCodecContext& context, const frame::ColourSpace& colour) {
  const AvColour c = to_av_colour(colour);
  context.color_range = c.range;
  context.colorspace = c.space;
  context.color_primaries = c.primaries;
  context.color_trc = c.transfer;
}

frame::ColourSpace colour_of(const AVFrame& frame) {
  const bool full = frame.format == AV_PIX_FMT_YUVJ420P || frame.color_range == AVCOL_RANGE_JPEG;
  return {frame::matrix_of_h273(frame.colorspace).value_or(frame::Matrix::Bt601),
          full ? frame::Range::Full : frame::Range::Limited};
}

AvFrame wrap(const frame::Picture& picture) {
  AvFrame out = make_av_frame();
  out->format = AV_PIX_FMT_YUV420P;
  out->width = picture.width();
  out->height = picture.height();
  const AvColour colour = to_av_colour(picture.colour());
  out->color_range = colour.range;
  out->colorspace = colour.space;
  out->color_primaries = colour.primaries;
  out->color_trc = colour.transfer;
  const frame::Plane planes[] = {picture.y(), picture.u(), picture.v()};
  for (int i = 0; i < 3; ++i) {
    out->data[i] = const_cast<uint8_t*>(planes[i].data);  // read-only by the buffer's flag below
    out->linesize[i] = planes[i].stride;
  }
  auto* owner = new frame::Picture(picture);
  out->buf[0] = av_buffer_create(
      out->data[0], static_cast<size_t>(out->linesize[0]) * static_cast<size_t>(out->height),
      [](void* opaque, uint8_t*) { delete static_cast<frame::Picture*>(opaque); }, owner, AV_BUFFER_FLAG_READONLY);
  PARLEY_CHECK(out->buf[0]);
  return out;
}

frame::Picture wrap(AvFrame frame) {
  const frame::Size size{frame->width, frame->height};
  const frame::Plane y{frame->data[0], frame->linesize[0]};
  const frame::Plane u{frame->data[1], frame->linesize[1]};
  const frame::Plane v{frame->data[2], frame->linesize[2]};
  const frame::ColourSpace colour = colour_of(*frame);
  return frame::Picture(size, y, u, v, std::shared_ptr<const void>(std::move(frame)), colour);
}

AvParameters to_av(const StreamFormat& format) {
  AvParameters parameters(avcodec_parameters_alloc());
  PARLEY_CHECK(parameters);
  const bool video = kind(format.codec) == rtp::MediaKind::Video;
  parameters->codec_type = video ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
  parameters->codec_id = codec_id(format.codec);
  video ? describe_video(*parameters, format) : describe_audio(*parameters, format);
  if (format.codec == Codec::Opus && format.parameters.size() == 0) {
    set_extradata(*parameters, opus_head(format.channels));
  } else {
    set_extradata(*parameters, format.parameters.view());
  }
  return parameters;
}

void fill_av(AVPacket& packet, const EncodedPacket& source, const AVRational& base) {
  const Bytes data = source.data.view();
  packet.data = const_cast<uint8_t*>(data.data());  // muxers copy what they keep of a packet without a buffer
  packet.size = static_cast<int>(data.size());
  packet.pts = to_av_time(source.pts, base);
  packet.dts = to_av_time(source.dts, base);
  packet.duration = to_av_time(source.duration, base);
  packet.flags = source.key ? AV_PKT_FLAG_KEY : 0;
}

EncodedPacket from_av(const AVPacket& packet, const AVRational& base, rtp::MediaKind media) {
  EncodedPacket out;
  out.kind = media;
  out.pts = from_av_time(packet.pts, base);
  out.dts = from_av_time(packet.dts, base);
  out.duration = from_av_time(packet.duration, base);
  out.key = (packet.flags & AV_PKT_FLAG_KEY) != 0;
  out.data = frame::Payload(std::vector<uint8_t>(packet.data, packet.data + packet.size));
  return out;
}

TimeDelta from_av_time(int64_t value, const AVRational& base) {
  return TimeDelta::micros(av_rescale_q(value, base, kMicroseconds));
}

int64_t to_av_time(TimeDelta time, const AVRational& base) { return av_rescale_q(time.us(), kMicroseconds, base); }

}  // namespace parley::media
