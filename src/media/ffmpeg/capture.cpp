#include "media/ffmpeg/capture.hpp"

#include <libyuv.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/check.hpp"
#include "media/ffmpeg/hls_playlist.hpp"
#include "media/ffmpeg/input.hpp"
#include "media/ffmpeg/output_file.hpp"
#include "media/recolour.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace parley::media {

namespace {

constexpr int kMaxSide = 4096;

/// The source, opened so that the wanted time lies within, and that time there.
struct Opened {
  Input input;
  std::optional<TimeDelta> at;
};

// Of a stream only the segment with the wanted time is read: it begins with a key picture.
Result<Opened> open_segment(const std::filesystem::path& playlist_file, std::optional<TimeDelta> at) {
  const auto playlist = read_playlist(playlist_file);
  if (!playlist || playlist->segments().empty()) return fail(Error::Code::BadInput, "the stream has no segment yet");
  const auto& segments = playlist->segments();
  size_t chosen = segments.size() - 1;
  if (at) {
    TimeDelta begin;
    for (size_t i = 0; i + 1 < segments.size(); begin += segments[i++].duration) {
      if (*at >= begin + segments[i].duration) continue;
      chosen = i;
      break;
    }
  }
  const auto folder = playlist_file.parent_path();
  auto input = Input::open({folder / segments[chosen].init, folder / segments[chosen].file});
  if (!input) return std::unexpected(input.error());
  return Opened{*std::move(input), at};
}

// Key pictures lie two seconds apart; a seek that does not work (a file without index) only costs time.
Result<Opened> open_file(const std::filesystem::path& file, std::optional<TimeDelta> at) {
  auto input = Input::open(file);
  if (!input) return std::unexpected(input.error());
  if (const AVStream* video = input->video()) {
    const TimeDelta end = TimeDelta::micros(std::max<int64_t>(0, input->context().duration));
    const TimeDelta target = at ? std::min(*at, end) : end;
    av_seek_frame(&input->context(), video->index, to_av_time(target, video->time_base), AVSEEK_FLAG_BACKWARD);
  }
  return Opened{*std::move(input), at};
}

Result<AvCodec> open_decoder(const AVStream& stream) {
  const AVCodec* library = avcodec_find_decoder(stream.codecpar->codec_id);
  if (!library) return fail(Error::Code::Unsupported, "no decoder for the source's pictures");
  AvCodec context(avcodec_alloc_context3(library));
  avcodec_parameters_to_context(context.get(), stream.codecpar);
  context->thread_count = 1;
  const int result = avcodec_open2(context.get(), library, nullptr);
  if (result < 0) return fail_av(result, "opening a decoder");
  return context;
}

// The last picture that is not later than the wanted time; the first one if all are.
class Seeker {
 public:
  Seeker(AVCodecContext& decoder, const AVStream& stream, std::optional<TimeDelta> at)
      : decoder_(decoder), stream_(stream), at_(at) {}

  /// False once the picture is found.
  bool feed(const AVPacket* packet) {
    if (avcodec_send_packet(&decoder_, packet) < 0) return true;
    while (true) {
      AvFrame frame = make_av_frame();
      if (avcodec_receive_frame(&decoder_, frame.get()) < 0) return true;
      const bool later = at_ && from_av_time(frame->best_effort_timestamp, stream_.time_base) > *at_;
      if (later && found_) return false;
      found_ = std::move(frame);
      if (later) return false;
    }
  }
  AvFrame take() { return std::move(found_); }

 private:
  AVCodecContext& decoder_;
  const AVStream& stream_;
  const std::optional<TimeDelta> at_;
  AvFrame found_;
};

Result<frame::Picture> find_picture(const CaptureOptions& options) {
  const bool stream = options.source.extension() == ".m3u8";
  auto opened = stream ? open_segment(options.source, options.at) : open_file(options.source, options.at);
  if (!opened) return std::unexpected(opened.error());
  const AVStream* video = opened->input.video();
  if (!video) return fail(Error::Code::BadInput, "the source has no picture");
  auto decoder = open_decoder(*video);
  if (!decoder) return std::unexpected(decoder.error());
  Seeker seeker(**decoder, *video, opened->at);
  const AvPacket packet = make_av_packet();
  bool searching = true;
  while (searching && opened->input.read(*packet)) {
    if (packet->stream_index == video->index) searching = seeker.feed(packet.get());
  }
  if (searching) seeker.feed(nullptr);
  AvFrame found = seeker.take();
  if (!found) return fail(Error::Code::BadInput, "the source has no picture that can be read");
  if (found->format != AV_PIX_FMT_YUV420P) return fail(Error::Code::Unsupported, "the source's pictures are not 4:2:0");
  return wrap(std::move(found));
}

frame::Size fit(frame::Size source, frame::Size within) {
  const double w = within.width > 0 ? static_cast<double>(within.width) / source.width : 1e9;
  const double h = within.height > 0 ? static_cast<double>(within.height) / source.height : 1e9;
  const double scale = within.width <= 0 && within.height <= 0 ? 1 : std::min(w, h);
  const auto side = [&](int length) { return std::clamp(static_cast<int>(length * scale / 2 + 0.5) * 2, 2, kMaxSide); };
  return {side(source.width), side(source.height)};
}

frame::Picture scale(const frame::Picture& in, frame::Size size) {
  if (in.size() == size) return in;
  auto out = std::make_shared<frame::PictureBuffer>(size);
  libyuv::I420Scale(in.y().data, in.y().stride, in.u().data, in.u().stride, in.v().data, in.v().stride, in.width(),
                    in.height(), out->y(), out->y_stride(), out->u(), out->uv_stride(), out->v(), out->uv_stride(),
                    size.width, size.height, libyuv::kFilterBox);
  return frame::PictureBuffer::share(std::move(out), in.colour());
}

AvFrame to_rgb(const frame::Picture& in) {
  AvFrame out = make_av_frame();
  out->format = AV_PIX_FMT_RGB24;
  out->width = in.width();
  out->height = in.height();
  PARLEY_CHECK(av_frame_get_buffer(out.get(), 0) == 0);
  libyuv::I420ToRAW(in.y().data, in.y().stride, in.u().data, in.u().stride, in.v().data, in.v().stride, out->data[0],
                    out->linesize[0], in.width(), in.height());
  return out;
}

struct Format {
  const char* ending;
  const char* encoder;
  AVPixelFormat pixels;
};
constexpr std::array kFormats{Format{".jpg", "mjpeg", AV_PIX_FMT_YUVJ420P}, Format{".png", "png", AV_PIX_FMT_RGB24},
                              Format{".webp", "libwebp", AV_PIX_FMT_YUV420P}};

AvFrame convert(const frame::Picture& picture, AVPixelFormat pixels) {
  if (pixels == AV_PIX_FMT_RGB24) return to_rgb(recoloured(picture, {}));  // libyuv takes BT.601
  // JPEG is BT.601 of full range (JFIF 1.02), WebP BT.601 of limited range (RFC 9649 section 2.6).
  const bool full = pixels == AV_PIX_FMT_YUVJ420P;
  AvFrame frame = wrap(recoloured(picture, {frame::Matrix::Bt601, full ? frame::Range::Full : frame::Range::Limited}));
  frame->format = pixels;
  return frame;
}

Result<std::vector<uint8_t>> encode(const frame::Picture& picture, const Format& format) {
  const AVCodec* library = avcodec_find_encoder_by_name(format.encoder);
  if (!library) return fail(Error::Code::Unsupported, fmt::format("this FFmpeg writes no {} pictures", format.ending));
  const AvCodec context(avcodec_alloc_context3(library));
  context->width = picture.width();
  context->height = picture.height();
  context->pix_fmt = format.pixels;
  context->time_base = {1, 1};
  context->thread_count = 1;
  context->flags |= AV_CODEC_FLAG_QSCALE;
  context->global_quality = 4 * FF_QP2LAMBDA;                                            // JPEG: of 2 (best) to 31
  if (format.pixels == AV_PIX_FMT_YUV420P) context->global_quality = 80 * FF_QP2LAMBDA;  // WebP: of 0 to 100 (best)
  int result = avcodec_open2(context.get(), library, nullptr);
  if (result < 0) return fail_av(result, "opening a picture encoder");
  const AvFrame frame = convert(picture, format.pixels);
  const AvPacket packet = make_av_packet();
  result = avcodec_send_frame(context.get(), frame.get());
  if (result >= 0) result = avcodec_send_frame(context.get(), nullptr);
  if (result >= 0) result = avcodec_receive_packet(context.get(), packet.get());
  if (result < 0) return fail_av(result, "encoding a picture");
  return std::vector<uint8_t>(packet->data, packet->data + packet->size);
}

}  // namespace

Result<Captured> capture(const CaptureOptions& options) {
  const auto format =
      std::ranges::find_if(kFormats, [&](const Format& f) { return options.target.extension() == f.ending; });
  if (format == kFormats.end()) return fail(Error::Code::Unsupported, "pictures are written as .jpg, .png or .webp");
  auto picture = find_picture(options);
  if (!picture) return std::unexpected(picture.error());
  *picture = scale(*picture, fit(picture->size(), options.within));
  const auto bytes = encode(*picture, *format);
  if (!bytes) return std::unexpected(bytes.error());
  if (auto written = write_whole(options.target, as_text(*bytes)); !written) return std::unexpected(written.error());
  return Captured{static_cast<int64_t>(bytes->size()), picture->size()};
}

}  // namespace parley::media
