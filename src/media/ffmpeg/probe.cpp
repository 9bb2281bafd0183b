#include "media/ffmpeg/probe.hpp"

#include <cstring>

#include <fmt/format.h>

#include "base/check.hpp"
#include "media/ffmpeg/libav.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
}

namespace parley::media {

namespace {

bool needs_parameters(Codec codec) { return codec == Codec::H264 || codec == Codec::Av1; }

// One decoded picture tells the size for every codec alike.
Result<frame::Size> decoded_size(Codec codec, const AVPacket& packet) {
  const AvParameters parameters = to_av({.codec = codec});
  const AVCodec* decoder = avcodec_find_decoder(parameters->codec_id);
  if (!decoder) return fail(Error::Code::Unsupported, fmt::format("no decoder for {}", name_of(codec)));
  const AvCodec context(avcodec_alloc_context3(decoder));
  context->thread_count = 1;
  context->flags |= AV_CODEC_FLAG_LOW_DELAY;
  if (avcodec_open2(context.get(), decoder, nullptr) < 0) return fail(Error::Code::Internal, "opening a decoder");
  const AvFrame frame = make_av_frame();
  int result = avcodec_send_packet(context.get(), &packet);
  if (result >= 0) avcodec_send_packet(context.get(), nullptr);
  if (result >= 0) result = avcodec_receive_frame(context.get(), frame.get());
  if (result < 0)
    return fail_av(result, fmt::format("reading the first {} picture", name_of(codec)), Error::Code::BadInput);
  return frame::Size{frame->width, frame->height};
}

struct BitstreamFilter {
  AVBSFContext* context = nullptr;
  ~BitstreamFilter() { av_bsf_free(&context); }
};

Result<frame::Payload> extract_parameters(Codec codec, const AVPacket& packet) {
  BitstreamFilter filter;
  av_bsf_alloc(av_bsf_get_by_name("extract_extradata"), &filter.context);
  PARLEY_CHECK(filter.context);
  avcodec_parameters_copy(filter.context->par_in, to_av({.codec = codec}).get());
  if (const int result = av_bsf_init(filter.context); result < 0) return fail_av(result, "reading parameter sets");
  const AvPacket copy(av_packet_clone(&packet));
  if (!copy || av_bsf_send_packet(filter.context, copy.get()) < 0 ||
      av_bsf_receive_packet(filter.context, copy.get()) < 0) {
    return fail(Error::Code::BadInput, fmt::format("a {} key picture that cannot be read", name_of(codec)));
  }
  size_t size = 0;
  const uint8_t* data = av_packet_get_side_data(copy.get(), AV_PKT_DATA_NEW_EXTRADATA, &size);
  if (!data) return fail(Error::Code::BadInput, fmt::format("a {} key picture without parameter sets", name_of(codec)));
  return frame::Payload(std::vector<uint8_t>(data, data + size));
}

}  // namespace

bool is_complete(const StreamFormat& format) {
  if (kind(format.codec) == rtp::MediaKind::Audio) return format.channels > 0;
  return format.size.width > 0 && format.size.height > 0 &&
         (!needs_parameters(format.codec) || format.parameters.size() > 0);
}

Result<StreamFormat> complete(StreamFormat format, const EncodedPacket& key) {
  capture_av_log();
  if (is_complete(format)) return format;
  // A copy with the library's padding: decoders read past the end.
  const AvPacket packet = make_av_packet();
  const Bytes data = key.data.view();
  if (av_new_packet(packet.get(), static_cast<int>(data.size())) < 0) return fail(Error::Code::Internal, "no memory");
  std::memcpy(packet->data, data.data(), data.size());
  packet->flags = AV_PKT_FLAG_KEY;
  const auto size = decoded_size(format.codec, *packet);
  if (!size) return std::unexpected(size.error());
  format.size = *size;
  if (!needs_parameters(format.codec)) return format;
  auto parameters = extract_parameters(format.codec, *packet);
  if (!parameters) return std::unexpected(parameters.error());
  format.parameters = *std::move(parameters);
  return format;
}

}  // namespace parley::media
