#include "media/ffmpeg/sound_reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
}

namespace parley::media {

namespace {

// A packet's time may be rounded to milliseconds (WebM): smaller differences are no gap.
constexpr int64_t kNoGap = frame::kSampleRate / 50;
// What a file with wrong times can make us hold.
constexpr size_t kMaxHeld = size_t{60} * frame::kSampleRate;

constexpr AVRational kSamples{1, frame::kSampleRate};

}  // namespace

SoundReader::SoundReader(Input input, AvCodec decoder) : input_(std::move(input)), decoder_(std::move(decoder)) {}
SoundReader::~SoundReader() { swr_free(&resampler_); }
SoundReader::SoundReader(SoundReader&& other) noexcept
    : input_(std::move(other.input_)),
      decoder_(std::move(other.decoder_)),
      resampler_(std::exchange(other.resampler_, nullptr)),
      packet_(std::move(other.packet_)),
      frame_(std::move(other.frame_)),
      held_(std::move(other.held_)),
      held_first_(other.held_first_),
      offset_(other.offset_),
      ended_(other.ended_) {}

Result<SoundReader> SoundReader::open(const std::filesystem::path& path, TimeDelta offset) {
  auto input = Input::open(path);
  if (!input) return std::unexpected(input.error());
  if (!input->audio()) return fail(Error::Code::BadInput, fmt::format("{} has no sound", path.string()));
  const AVCodecParameters& parameters = *input->audio()->codecpar;
  const AVCodec* library = avcodec_find_decoder(parameters.codec_id);
  if (!library) return fail(Error::Code::Unsupported, fmt::format("no decoder for the sound of {}", path.string()));
  AvCodec decoder(avcodec_alloc_context3(library));
  avcodec_parameters_to_context(decoder.get(), &parameters);
  decoder->pkt_timebase = input->audio()->time_base;
  decoder->thread_count = 1;
  const int result = avcodec_open2(decoder.get(), library, nullptr);
  if (result < 0) return fail_av(result, fmt::format("decoding {}", path.string()));
  SoundReader reader(*std::move(input), std::move(decoder));
  reader.offset_ = reader.held_first_ = to_av_time(offset, kSamples);
  return reader;
}

// Sets the resampler up for the first frame's format; a file does not change it.
void SoundReader::keep(const AVFrame& frame) {
  if (!resampler_) {
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    AVChannelLayout layout = frame.ch_layout;  // the function wants to be able to change it, and does not
    swr_alloc_set_opts2(&resampler_, &mono, AV_SAMPLE_FMT_S16, frame::kSampleRate, &layout,
                        static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
    if (!resampler_ || swr_init(resampler_) < 0) {
      ended_ = true;
      return;
    }
  }
  const int64_t time = frame.best_effort_timestamp;
  if (time != AV_NOPTS_VALUE) {
    const int64_t at = offset_ + av_rescale_q(time, input_.audio()->time_base, kSamples);
    const int64_t next = held_first_ + static_cast<int64_t>(held_.size());
    if (held_.empty() && at > next) held_first_ = at;
    if (!held_.empty() && at > next + kNoGap) {
      held_.resize(std::min(kMaxHeld, static_cast<size_t>(at - held_first_)));
    }
  }
  const size_t before = held_.size();
  held_.resize(before + static_cast<size_t>(swr_get_out_samples(resampler_, frame.nb_samples)));
  uint8_t* out = reinterpret_cast<uint8_t*>(held_.data() + before);
  const int got = swr_convert(resampler_, &out, static_cast<int>(held_.size() - before),
                              const_cast<const uint8_t**>(frame.extended_data), frame.nb_samples);
  held_.resize(before + static_cast<size_t>(std::max(0, got)));
}

void SoundReader::receive() {
  while (avcodec_receive_frame(decoder_.get(), frame_.get()) >= 0) keep(*frame_);
}

void SoundReader::decode_more() {
  do {
    if (!input_.read(*packet_)) {
      avcodec_send_packet(decoder_.get(), nullptr);
      receive();
      ended_ = true;
      return;
    }
  } while (packet_->stream_index != input_.audio()->index);
  if (avcodec_send_packet(decoder_.get(), packet_.get()) >= 0) receive();
}

void SoundReader::add_to(std::span<int32_t> mix, int64_t first) {
  const int64_t end = first + static_cast<int64_t>(mix.size());
  while (!ended_ && held_first_ + static_cast<int64_t>(held_.size()) < end && held_.size() < kMaxHeld) {
    if (!held_.empty() || held_first_ < end) {
      decode_more();
    } else {
      return;  // what comes next lies after this stretch
    }
  }
  const int64_t from = std::max(first, held_first_);
  const int64_t to = std::min(end, held_first_ + static_cast<int64_t>(held_.size()));
  for (int64_t i = from; i < to; ++i)
    mix[static_cast<size_t>(i - first)] += held_[static_cast<size_t>(i - held_first_)];
  const int64_t used = std::clamp<int64_t>(end - held_first_, 0, static_cast<int64_t>(held_.size()));
  held_.erase(held_.begin(), held_.begin() + used);
  held_first_ += used;
}

}  // namespace parley::media
