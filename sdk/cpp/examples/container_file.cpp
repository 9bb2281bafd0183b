#include <cmath>

#include "media_file.hpp"
#include "options.hpp"

#ifdef EXAMPLE_WITH_FFMPEG
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
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
  ContainerFile(const std::string& path, bool copy) {
    if (avformat_open_input(&format_, path.c_str(), nullptr, nullptr) < 0) fail(path + " cannot be read.");
    av_format_inject_global_side_data(format_);  // what the container says of a track goes with its first packet
    if (avformat_find_stream_info(format_, nullptr) < 0) fail(path + " holds no streams.");
    video_ = open(AVMEDIA_TYPE_VIDEO, video_index_);
    audio_ = open(AVMEDIA_TYPE_AUDIO, audio_index_);
    if (!video_ && !audio_) fail(path + " holds neither pictures nor sound that FFmpeg decodes.");
    if (video_ && copy) open_copy(path);
    if (video_ && !copy && video_->pix_fmt != AV_PIX_FMT_YUV420P && video_->pix_fmt != AV_PIX_FMT_YUVJ420P) {
      fail(path + " is not 4:2:0 with 8 bits.");
    }
  }
  ~ContainerFile() override {
    av_bsf_free(&copied_);
    avcodec_free_context(&video_);
    avcodec_free_context(&audio_);
    swr_free(&resampler_);
    avformat_close_input(&format_);
    av_packet_free(&packet_);
    av_frame_free(&frame_);
  }
  bool has_video() const override { return video_ != nullptr; }
  bool has_audio() const override { return audio_ != nullptr; }
  parley::VideoCodec codec() const override { return codec_; }

  std::optional<Timed> next() override {
    for (;;) {
      if (auto out = copied_ ? take_copy() : take(video_, video_index_)) return out;
      if (auto out = take(audio_, audio_index_)) return out;
      if (ended_) return std::nullopt;
      if (av_read_frame(format_, packet_) < 0) {
        ended_ = true;
        if (video_ && !copied_) avcodec_send_packet(video_, nullptr);
        if (audio_) avcodec_send_packet(audio_, nullptr);
        continue;
      }
      if (copied_ && packet_->stream_index == video_index_) {
        av_bsf_send_packet(copied_, packet_);
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
  /// H.264 and AV1 as they travel: Annex B with parameter sets before each key picture, no temporal delimiters.
  void open_copy(const std::string& path) {
    const char* filter = "null";
    switch (video_->codec_id) {
      case AV_CODEC_ID_VP8: codec_ = parley::VideoCodec::Vp8; break;
      case AV_CODEC_ID_VP9: codec_ = parley::VideoCodec::Vp9; break;
      case AV_CODEC_ID_AV1: codec_ = parley::VideoCodec::Av1, filter = "av1_metadata=td=remove"; break;
      case AV_CODEC_ID_H264: codec_ = parley::VideoCodec::H264, filter = "h264_mp4toannexb"; break;
      default: fail(path + " holds pictures in another codec than VP8, VP9, AV1 or H.264, which cannot be copied.");
    }
    if (av_bsf_list_parse_str(filter, &copied_) < 0) fail("FFmpeg lacks a bitstream filter.");
    const AVStream* stream = format_->streams[video_index_];
    avcodec_parameters_copy(copied_->par_in, stream->codecpar);
    copied_->time_base_in = stream->time_base;
    if (av_bsf_init(copied_) < 0) fail(path + " holds pictures that FFmpeg cannot copy.");
  }
  std::optional<Timed> take_copy() {
    if (av_bsf_receive_packet(copied_, packet_) < 0) return std::nullopt;
    if (packet_->pts < newest_)
      fail("its pictures are not in the order in which they are shown: encode it without B-frames.");
    newest_ = packet_->pts;
    TimedEncoded out;
    out.at = std::chrono::microseconds(av_rescale_q(packet_->pts, copied_->time_base_out, AVRational{1, 1'000'000}));
    out.frame.codec = codec_;
    out.frame.key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
    out.frame.width = video_->width;
    out.frame.height = video_->height;
    out.frame.data = std::make_shared<const std::vector<uint8_t>>(packet_->data, packet_->data + packet_->size);
    av_packet_unref(packet_);
    return out;
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
  AVBSFContext* copied_ = nullptr;  ///< if pictures are not decoded
  parley::VideoCodec codec_ = parley::VideoCodec::Vp8;
  int64_t newest_ = INT64_MIN;
  int video_index_ = -1, audio_index_ = -1;
  int rotation_ = 0;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<MediaFile> open_container(const std::string& path, bool copy) {
  return std::make_unique<ContainerFile>(path, copy);
}

}  // namespace example

#else

namespace example {

std::unique_ptr<MediaFile> open_container(const std::string&, bool) { return nullptr; }

}  // namespace example

#endif
