#include "sdk/audio_source.hpp"

#include <algorithm>
#include <cmath>

#include "net/clock.hpp"
#include "sdk/remote_stream.hpp"

namespace parley::sdk {
namespace {

constexpr int kMonoKbps = 32;
constexpr int kStereoKbps = 96;
/// Quieter than this is a room, not a voice.
constexpr int kVoiceLevel = 60;

}  // namespace

rtp::AudioLevel level_of(const std::vector<int16_t>& samples) {
  double sum = 0;
  for (const int16_t sample : samples) sum += static_cast<double>(sample) * sample;
  const double rms = samples.empty() ? 0 : std::sqrt(sum / static_cast<double>(samples.size())) / 32768;
  if (rms < 1e-7) return {.voice = false, .level = 127};
  const int level = std::clamp(static_cast<int>(std::lround(-20 * std::log10(rms))), 0, 127);
  return {.voice = level < kVoiceLevel, .level = static_cast<uint8_t>(level)};
}

AudioSource::AudioSource(StreamKind kind, AudioOptions options, std::shared_ptr<LoopGate> gate)
    : kind_(kind), options_(options), gate_(std::move(gate)) {}

void AudioSource::start() {
  gate_->post([kind = kind_, paused = paused_.load()](Loop& loop, Timestamp now) {
    loop.client().publish(kind, {.paused = paused, .display_surface = {}}, now);
  });
}

void AudioSource::stop() {
  if (ended_.exchange(true)) return;
  gate_->post([kind = kind_](Loop& loop, Timestamp now) { loop.client().unpublish(kind, now); });
}

void AudioSource::set_paused(bool paused) {
  if (ended_ || paused_.exchange(paused) == paused) return;
  gate_->post([kind = kind_, paused](Loop& loop, Timestamp now) {
    if (loop.client().publishes(kind)) loop.client().publish(kind, {.paused = paused, .display_surface = {}}, now);
  });
}

Result<void> AudioSource::push(const AudioFrame& frame) {
  if (ended_) return Error{kNotJoined, "This source has ended."};
  if (options_.encoded) return Error{kBadParameter, "This source was made for encoded frames."};
  if (frame.samples == nullptr || frame.frames > kMaxFrames || (frame.channels != 1 && frame.channels != 2)) {
    return Error{kBadParameter, "Sound has 1 or 2 channels and at most 10 s a call."};
  }
  if (paused_) return {};
  const std::lock_guard lock(mutex_);
  append(frame);
  return encode_full_packets();
}

void AudioSource::append(const AudioFrame& frame) {
  const size_t channels = static_cast<size_t>(options_.channels);
  std::optional<Timestamp> at;
  if (frame.capturedAt != MediaTime()) at = from_media_time(frame.capturedAt);
  const TimeDelta duration = frame::duration_of(static_cast<int64_t>(frame.frames));
  if (!clock_.append(at, duration, net::monotonic_now())) waiting_.clear();
  for (size_t i = 0; i < frame.frames; ++i) {
    const int16_t* in = frame.samples + i * static_cast<size_t>(frame.channels);
    const int16_t left = in[0], right = frame.channels == 2 ? in[1] : in[0];
    if (channels == 2) {
      waiting_.push_back(left);
      waiting_.push_back(right);
    } else {
      waiting_.push_back(static_cast<int16_t>((left + right) / 2));
    }
  }
}

Result<void> AudioSource::encode_full_packets() {
  const size_t channels = static_cast<size_t>(options_.channels);
  if (!encoder_) {
    const int kbps = options_.kbps > 0 ? options_.kbps : channels == 2 ? kStereoKbps : kMonoKbps;
    auto made = codec::OpusEncoder::make({.channels = options_.channels,
                                          .bitrate = DataRate::kbps(kbps),
                                          .music = options_.music,
                                          .dtx = options_.dtx,
                                          .fec = options_.fec});
    if (!made) return Error{kCodecUnsupported, "The Opus encoder does not take these options."};
    encoder_.emplace(std::move(*made));
  }
  const size_t packet = kPacketFrames * channels;
  size_t done = 0;
  for (; waiting_.size() - done >= packet; done += packet) {
    const auto begin = waiting_.begin() + static_cast<std::ptrdiff_t>(done);
    const frame::Sound sound{.channels = options_.channels,
                             .samples = {begin, begin + static_cast<std::ptrdiff_t>(packet)}};
    auto encoded = encoder_->encode(sound, clock_.take(sound.duration()));
    if (encoded && *encoded) send(std::move(**encoded), level_of(sound.samples));
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(done));
  return {};
}

Result<void> AudioSource::pushEncoded(const EncodedAudioFrame& frame) {
  if (ended_) return Error{kNotJoined, "This source has ended."};
  if (!options_.encoded) return Error{kBadParameter, "This source encodes itself: push samples."};
  if (!frame.data || frame.data->empty() || frame.data->size() > LocalMedia::kMaxPayload) {
    return Error{kBadParameter, "An Opus packet has between 1 and 1100 bytes."};
  }
  if (paused_) return {};
  frame::EncodedSound sound;
  sound.captured_at = frame.capturedAt == MediaTime() ? net::monotonic_now() : from_media_time(frame.capturedAt);
  sound.rtp_timestamp = static_cast<uint32_t>(sound.captured_at.us() * 6 / 125);
  sound.duration = TimeDelta::micros(frame.duration.count());
  sound.data = frame::Payload(frame.data);
  // Timed by their own clock where they have one: capture times jitter, and decoders hear that.
  if (frame.rtpTimestamp != 0) sound.rtp_timestamp = frame.rtpTimestamp;
  send(std::move(sound), std::nullopt);
  return {};
}

void AudioSource::send(frame::EncodedSound sound, std::optional<rtp::AudioLevel> level) {
  gate_->post([kind = kind_, sound = std::move(sound), level](Loop& loop, Timestamp now) {
    loop.local().send_sound(kind, sound, level, now, loop.datagrams());
  });
}

}  // namespace parley::sdk
