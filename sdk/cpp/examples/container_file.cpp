#include <cmath>

#include "media_file.hpp"
#include "options.hpp"

#ifdef EXAMPLE_WITH_FFMPEG
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

namespace example {
namespace {

class ContainerFile final : public MediaFile {
 public:
  explicit ContainerFile(const std::string& path) {
    if (avformat_open_input(&format_, path.c_str(), nullptr, nullptr) < 0) fail(path + " cannot be read.");
    av_format_inject_global_side_data(format_);  // what the container says of a track goes with its first packet
    if (avformat_find_stream_info(format_, nullptr) < 0) fail(path + " holds no streams.");
    video_ = open(AVMEDIA_TYPE_VIDEO, video_index_);
    audio_ = open(AVMEDIA_TYPE_AUDIO, audio_index_);
    if (!video_ && !audio_) fail(path + " holds neither pictures nor sound that FFmpeg decodes.");
    if (video_ && video_->pix_fmt != AV_PIX_FMT_YUV420P && video_->pix_fmt != AV_PIX_FMT_YUVJ420P) {
      fail(path + " is not 4:2:0 with 8 bits.");
    }
  }
  ~ContainerFile() override {
    avcodec_free_context(&video_);
    avcodec_free_context(&audio_);
    swr_free(&resampler_);
    avformat_close_input(&format_);
    av_packet_free(&packet_);
    av_frame_free(&frame_);
  }
  bool has_video() const override { return video_ != nullptr; }
  bool has_audio() const override { return audio_ != nullptr; }

  std::optional<Timed> next() override {
    for (;;) {
      if (auto out = take(video_, video_index_)) return out;
      if (auto out = take(audio_, audio_index_)) return out;
      if (ended_) return std::nullopt;
      if (av_read_frame(format_, packet_) < 0) {
        ended_ = true;
        if (video_) avcodec_send_packet(video_, nullptr);
        if (audio_) avcodec_send_packet(audio_, nullptr);
        continue;
      }
      AVCodecContext* decoder = packet_->stream_index == video_index_   ? video_
                                : packet_->stream_index == audio_index_ ? audio_
                                                                        : nullptr;
      if (decoder) avcodec_send_packet(decoder, packet_);
      av_packet_unref(packet_);
    }
  }

 private:
  AVCodecContext* open(AVMediaType type, int& index) {
    const AVCodec* codec = nullptr;
    index = av_find_best_stream(format_, type, -1, -1, &codec, 0);
    if (index < 0 || !codec) return nullptr;
    AVCodecContext* context = avcodec_alloc_context3(codec);
    avcodec_parameters_to_context(context, format_->streams[index]->codecpar);
    if (avcodec_open2(context, codec, nullptr) < 0) avcodec_free_context(&context);
    return context;
  }
  std::optional<Timed> take(AVCodecContext* decoder, int index) {
    if (!decoder || avcodec_receive_frame(decoder, frame_) < 0) return std::nullopt;
    const AVRational microseconds{1, 1'000'000};
    const std::chrono::microseconds at(
        av_rescale_q(frame_->best_effort_timestamp, format_->streams[index]->time_base, microseconds));
    if (decoder == video_) return picture(at);
    return sound(at);
  }
  Timed picture(std::chrono::microseconds at) {
    const std::shared_ptr<AVFrame> kept(av_frame_clone(frame_), [](AVFrame* f) { av_frame_free(&f); });
    TimedVideo out{.at = at};
    out.frame.width = kept->width;
    out.frame.height = kept->height;
    out.frame.y = {kept->data[0], kept->linesize[0]};
    out.frame.u = {kept->data[1], kept->linesize[1]};
    out.frame.v = {kept->data[2], kept->linesize[2]};
    if (const AVFrameSideData* turned = av_frame_get_side_data(kept.get(), AV_FRAME_DATA_DISPLAYMATRIX)) {
      rotation_ = rotation_of(turned->data);  // and it stays: not every key frame repeats it
    }
    out.frame.rotation = rotation_;
    // Numbers of ITU-T H.273; what is not told is BT.709 from 720 lines on, as players take it.
    const AVColorSpace space = kept->colorspace;
    const bool unknown = space == AVCOL_SPC_UNSPECIFIED;
    if (space == AVCOL_SPC_BT709 || (unknown && kept->height >= 720))
      out.frame.color.matrix = parley::ColorMatrix::Bt709;
    if (space == AVCOL_SPC_BT2020_NCL) out.frame.color.matrix = parley::ColorMatrix::Bt2020;
    out.frame.color.fullRange = kept->format == AV_PIX_FMT_YUVJ420P || kept->color_range == AVCOL_RANGE_JPEG;
    out.frame.owner = kept;
    return out;
  }
  /// Phones write down how far their pictures have to be turned: in MP4 for the whole track, in streams with pictures.
  static int rotation_of(const uint8_t* matrix) {
    const double counterclockwise = av_display_rotation_get(reinterpret_cast<const int32_t*>(matrix));
    if (std::isnan(counterclockwise)) return 0;
    return static_cast<int>(std::lround(-counterclockwise / 90) % 4 + 4) % 4 * 90;
  }
  Timed sound(std::chrono::microseconds at) {
    TimedAudio out{.at = at, .channels = 2};
    if (!resampler_) {
      AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO;
      swr_alloc_set_opts2(&resampler_, &stereo, AV_SAMPLE_FMT_S16, 48000, &frame_->ch_layout,
                          static_cast<AVSampleFormat>(frame_->format), frame_->sample_rate, 0, nullptr);
      if (!resampler_ || swr_init(resampler_) < 0) fail("the sound's format cannot be converted.");
    }
    const int room = swr_get_out_samples(resampler_, frame_->nb_samples);
    out.samples.resize(static_cast<size_t>(room) * 2);
    uint8_t* to = reinterpret_cast<uint8_t*>(out.samples.data());
    const int got = swr_convert(resampler_, &to, room, const_cast<const uint8_t**>(frame_->data), frame_->nb_samples);
    out.samples.resize(got > 0 ? static_cast<size_t>(got) * 2 : 0);
    return out;
  }

  AVFormatContext* format_ = nullptr;
  AVCodecContext* video_ = nullptr;
  AVCodecContext* audio_ = nullptr;
  SwrContext* resampler_ = nullptr;
  AVPacket* packet_ = av_packet_alloc();
  AVFrame* frame_ = av_frame_alloc();
  int video_index_ = -1, audio_index_ = -1;
  int rotation_ = 0;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<MediaFile> open_container(const std::string& path) { return std::make_unique<ContainerFile>(path); }

}  // namespace example

#else

namespace example {

std::unique_ptr<MediaFile> open_container(const std::string&) { return nullptr; }

}  // namespace example

#endif
