#include "media/ffmpeg/audio_encoder.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "media/ffmpeg/libav.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
}

namespace parley::media {

namespace {

constexpr AVRational kSamples{1, frame::kSampleRate};

struct Library {
  const char* name;
  AVSampleFormat format;
  int kbps_per_channel;
};

// Planar floats for AAC and lame, which they are at home in; Opus takes what we have.
Result<Library> library_of(Codec codec) {
  switch (codec) {
    case Codec::Aac: return Library{"aac", AV_SAMPLE_FMT_FLTP, 80};
    case Codec::Mp3: return Library{"libmp3lame", AV_SAMPLE_FMT_FLTP, 80};
    case Codec::Opus: return Library{"libopus", AV_SAMPLE_FMT_S16, 48};
    default: return fail(Error::Code::Unsupported, fmt::format("no sound encoder for {}", name_of(codec)));
  }
}

void fill(AVFrame& frame, std::span<const int16_t> samples, int channels) {
  const size_t frames = samples.size() / static_cast<size_t>(channels);
  if (frame.format == AV_SAMPLE_FMT_S16) {
    std::ranges::copy(samples, reinterpret_cast<int16_t*>(frame.data[0]));
    return;
  }
  for (int c = 0; c < channels; ++c) {
    float* out = reinterpret_cast<float*>(frame.data[c]);
    for (size_t i = 0; i < frames; ++i) {
      out[i] = static_cast<float>(samples[i * static_cast<size_t>(channels) + static_cast<size_t>(c)]) / 32768.0F;
    }
  }
}

}  // namespace

struct AudioEncoder::State {
  AvCodec context;
  StreamFormat format;
  TimeDelta start;
  AvPacket packet = make_av_packet();
  std::vector<int16_t> pending;  ///< less than one packet's samples between calls
  int64_t encoded = 0;           ///< samples a channel that went in

  size_t packet_samples() const { return static_cast<size_t>(context->frame_size * format.channels); }
  Result<> send(std::span<const int16_t> samples, std::vector<EncodedPacket>& out);
  Result<> receive(std::vector<EncodedPacket>& out);
};

Result<> AudioEncoder::State::send(std::span<const int16_t> samples, std::vector<EncodedPacket>& out) {
  const AvFrame frame = make_av_frame();
  frame->format = context->sample_fmt;
  frame->nb_samples = context->frame_size;
  frame->sample_rate = frame::kSampleRate;
  av_channel_layout_copy(&frame->ch_layout, &context->ch_layout);
  frame->pts = encoded;
  if (const int result = av_frame_get_buffer(frame.get(), 0); result < 0) return fail_av(result, "encoding sound");
  fill(*frame, samples, format.channels);
  encoded += context->frame_size;
  if (const int result = avcodec_send_frame(context.get(), frame.get()); result < 0) {
    return fail_av(result, "encoding sound");
  }
  return receive(out);
}

Result<> AudioEncoder::State::receive(std::vector<EncodedPacket>& out) {
  while (true) {
    const int result = avcodec_receive_packet(context.get(), packet.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return {};
    if (result < 0) return fail_av(result, "encoding sound");
    // Opus' priming is told in the container; the others' packets of it are left out (a file would need an edit list).
    if (packet->pts >= 0 || format.codec == Codec::Opus) {
      EncodedPacket encoded_packet = from_av(*packet, kSamples, rtp::MediaKind::Audio);
      encoded_packet.key = true;
      encoded_packet.pts += start;
      encoded_packet.dts = encoded_packet.pts;
      encoded_packet.duration = frame::duration_of(context->frame_size);
      out.push_back(std::move(encoded_packet));
    }
    av_packet_unref(packet.get());
  }
}

AudioEncoder::AudioEncoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
AudioEncoder::AudioEncoder(AudioEncoder&&) noexcept = default;
AudioEncoder& AudioEncoder::operator=(AudioEncoder&&) noexcept = default;
AudioEncoder::~AudioEncoder() = default;

Result<AudioEncoder> AudioEncoder::create(const AudioEncoderOptions& options) {
  capture_av_log();
  if (options.channels != 1 && options.channels != 2) {
    return fail(Error::Code::Unsupported, fmt::format("{} channels of sound", options.channels));
  }
  const auto library = library_of(options.codec);
  if (!library) return std::unexpected(library.error());
  const AVCodec* codec = avcodec_find_encoder_by_name(library->name);
  if (!codec) return fail(Error::Code::Unsupported, fmt::format("this FFmpeg has no {}", library->name));

  auto state = std::make_unique<State>();
  state->start = options.start;
  state->context.reset(avcodec_alloc_context3(codec));
  AVCodecContext& c = *state->context;
  c.sample_rate = frame::kSampleRate;
  c.sample_fmt = library->format;
  c.time_base = kSamples;
  c.flags = AV_CODEC_FLAG_GLOBAL_HEADER;
  c.bit_rate = options.bitrate > DataRate::zero() ? options.bitrate.bps()
                                                  : int64_t{1000} * library->kbps_per_channel * options.channels;
  av_channel_layout_default(&c.ch_layout, options.channels);
  if (const int result = avcodec_open2(&c, codec, nullptr); result < 0) {
    return fail_av(result, fmt::format("opening the {} encoder", name_of(options.codec)));
  }
  state->format = {.codec = options.codec, .channels = options.channels};
  if (options.codec == Codec::Opus) state->format.priming = frame::duration_of(c.initial_padding);
  if (c.extradata_size > 0) {
    state->format.parameters = frame::Payload(std::vector<uint8_t>(c.extradata, c.extradata + c.extradata_size));
  }
  return AudioEncoder(std::move(state));
}

const StreamFormat& AudioEncoder::format() const { return state_->format; }

Result<> AudioEncoder::encode(std::span<const int16_t> samples, std::vector<EncodedPacket>& out) {
  auto& pending = state_->pending;
  pending.insert(pending.end(), samples.begin(), samples.end());
  const size_t step = state_->packet_samples();
  size_t taken = 0;
  for (; pending.size() - taken >= step; taken += step) {
    if (auto sent = state_->send(std::span(pending).subspan(taken, step), out); !sent) return sent;
  }
  pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(taken));
  return {};
}

Result<> AudioEncoder::finish(std::vector<EncodedPacket>& out) {
  if (!state_->pending.empty()) {
    state_->pending.resize(state_->packet_samples());
    if (auto sent = state_->send(state_->pending, out); !sent) return sent;
    state_->pending.clear();
  }
  if (const int result = avcodec_send_frame(state_->context.get(), nullptr); result < 0 && result != AVERROR_EOF) {
    return fail_av(result, "ending the encoder");
  }
  return state_->receive(out);
}

}  // namespace parley::media
