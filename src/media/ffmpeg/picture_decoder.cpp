#include "media/ffmpeg/picture_decoder.hpp"

#include <cstring>

#include "base/check.hpp"
#include "media/ffmpeg/libav.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace parley::media {

namespace {

const AVCodec* library_of(rtp::Codec codec) {
  switch (codec) {
    case rtp::Codec::Vp8: return avcodec_find_decoder_by_name("vp8");
    case rtp::Codec::Vp9: return avcodec_find_decoder_by_name("vp9");
    case rtp::Codec::H264: return avcodec_find_decoder_by_name("h264");
    case rtp::Codec::Av1: return avcodec_find_decoder_by_name("libdav1d");
    case rtp::Codec::Opus: break;
  }
  return nullptr;
}

}  // namespace

std::string_view name_of(PictureDecoder::Error error) {
  switch (error) {
    case PictureDecoder::Error::NeedKeyPicture: return "need-key-picture";
    case PictureDecoder::Error::Corrupt: return "corrupt";
    case PictureDecoder::Error::TooLarge: return "too-large";
    case PictureDecoder::Error::Unsupported: return "unsupported";
  }
  return "";
}

struct PictureDecoder::State {
  explicit State(rtp::Codec c) : codec(c) { open(); }
  void open();
  std::expected<std::optional<frame::Picture>, Error> decode(Bytes data, bool key);
  std::expected<std::optional<frame::Picture>, Error> receive();
  Error error_of(int result) const;

  const rtp::Codec codec;
  AvCodec context;
  AvPacket packet = make_av_packet();
  bool needs_key = true;
};

// A decoder that met an error is not used again: what it keeps of the stream is not to be trusted.
void PictureDecoder::State::open() {
  const AVCodec* library = library_of(codec);
  PARLEY_CHECK(library);
  context.reset(avcodec_alloc_context3(library));
  context->thread_count = 1;
  context->flags |= AV_CODEC_FLAG_LOW_DELAY;
  // A picture with holes filled in is worse than none: the receiver keeps the last whole one and asks for a key
  // picture.
  context->err_recognition = AV_EF_EXPLODE;
  context->error_concealment = 0;
  context->max_pixels = kMaxPixels;
  PARLEY_CHECK(avcodec_open2(context.get(), library, nullptr) == 0);
  needs_key = true;
}

PictureDecoder::Error PictureDecoder::State::error_of(int result) const {
  if (result == AVERROR_PATCHWELCOME) return Error::Unsupported;
  const bool large = int64_t{context->coded_width} * context->coded_height > kMaxPixels ||
                     int64_t{context->width} * context->height > kMaxPixels;
  return large ? Error::TooLarge : Error::Corrupt;
}

std::expected<std::optional<frame::Picture>, PictureDecoder::Error> PictureDecoder::State::receive() {
  std::optional<frame::Picture> newest;
  while (true) {
    AvFrame frame = make_av_frame();
    const int result = avcodec_receive_frame(context.get(), frame.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return newest;
    if (result < 0) return std::unexpected(error_of(result));
    if (frame->format != AV_PIX_FMT_YUV420P && frame->format != AV_PIX_FMT_YUVJ420P) {
      return std::unexpected(Error::Unsupported);
    }
    // RFC 6386 section 9.2 has one space for VP8; FFmpeg takes its clamping bit for the range.
    const frame::ColourSpace colour = codec == rtp::Codec::Vp8 ? frame::ColourSpace{} : colour_of(*frame);
    newest = wrap(std::move(frame)).meaning(colour);
  }
}

std::expected<std::optional<frame::Picture>, PictureDecoder::Error> PictureDecoder::State::decode(Bytes data,
                                                                                                  bool key) {
  if (data.size() > kMaxEncodedBytes) return std::unexpected(Error::TooLarge);
  // Decoders read past the end: a copy with the library's padding.
  if (data.empty() || av_new_packet(packet.get(), static_cast<int>(data.size())) < 0) {
    return std::unexpected(Error::Corrupt);
  }
  std::memcpy(packet->data, data.data(), data.size());
  packet->flags = key ? AV_PKT_FLAG_KEY : 0;
  const int result = avcodec_send_packet(context.get(), packet.get());
  av_packet_unref(packet.get());
  if (result < 0) return std::unexpected(error_of(result));
  return receive();
}

PictureDecoder::PictureDecoder(rtp::Codec codec) {
  capture_av_log();
  state_ = std::make_unique<State>(codec);
}
PictureDecoder::PictureDecoder(PictureDecoder&&) noexcept = default;
PictureDecoder& PictureDecoder::operator=(PictureDecoder&&) noexcept = default;
PictureDecoder::~PictureDecoder() = default;

std::expected<std::optional<frame::Picture>, PictureDecoder::Error> PictureDecoder::decode(
    const frame::EncodedPicture& picture) {
  if (state_->needs_key && !picture.key) return std::unexpected(Error::NeedKeyPicture);
  auto decoded = state_->decode(picture.data.view(), picture.key);
  if (!decoded) {
    state_->open();
    return decoded;
  }
  state_->needs_key = false;
  if (*decoded && picture.colour) *decoded = (*decoded)->meaning(*picture.colour);
  return decoded;
}

}  // namespace parley::media
