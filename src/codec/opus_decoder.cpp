#include "codec/opus_decoder.hpp"

#include <opus/opus.h>

#include <algorithm>

#include "base/check.hpp"

namespace parley::codec {
namespace {

/// Seven bytes of contents and 48 frames of 1275 (RFC 6716 section 3.4) do not fit into any datagram; this does.
constexpr size_t kMaxPacket = 65'535;
constexpr size_t kShortestFrames = frame::kSampleRate / 400;  // 2.5 ms, the unit of Opus

size_t packet_frames(Bytes packet) {
  if (packet.empty() || packet.size() > kMaxPacket) return 0;
  const int frames =
      opus_packet_get_nb_samples(packet.data(), static_cast<opus_int32>(packet.size()), frame::kSampleRate);
  return frames > 0 ? static_cast<size_t>(frames) : 0;
}

}  // namespace

struct OpusDecoder::Library {
  struct Close {
    void operator()(::OpusDecoder* decoder) const { opus_decoder_destroy(decoder); }
  };
  std::unique_ptr<::OpusDecoder, Close> decoder;
};

void OpusDecoder::Destroy::operator()(Library* library) const { delete library; }

OpusDecoder::OpusDecoder(int channels) : channels_(channels) {
  PARLEY_CHECK(channels == 1 || channels == 2);
  int error = OPUS_OK;
  library_.reset(new Library);
  library_->decoder.reset(opus_decoder_create(frame::kSampleRate, channels, &error));
  PARLEY_CHECK(error == OPUS_OK && library_->decoder);
}

std::expected<frame::Sound, DecodeError> OpusDecoder::decode(const frame::EncodedSound& packet) {
  const Bytes data = packet.data.view();
  const size_t frames = packet_frames(data);
  if (frames == 0) return std::unexpected(data.size() > kMaxPacket ? DecodeError::TooLarge : DecodeError::Corrupt);
  frame::Sound sound{.channels = channels_};
  sound.samples.resize(frames * static_cast<size_t>(channels_));
  const int got = opus_decode(library_->decoder.get(), data.data(), static_cast<opus_int32>(data.size()),
                              sound.samples.data(), static_cast<int>(frames), 0);
  if (got < 0) return std::unexpected(DecodeError::Corrupt);
  sound.samples.resize(static_cast<size_t>(got) * static_cast<size_t>(channels_));
  return sound;
}

frame::Sound OpusDecoder::lost(TimeDelta duration, const frame::EncodedSound* next) {
  const int64_t span = std::clamp(duration, TimeDelta::zero(), kMaxConcealed).us();
  size_t frames = static_cast<size_t>(span * frame::kSampleRate / 1'000'000);
  frames -= frames % kShortestFrames;
  frame::Sound sound{.channels = channels_};
  sound.samples.reserve(frames * static_cast<size_t>(channels_));
  // The copy in `next` is of as much sound as `next` itself has.
  const size_t copied = next ? std::min(frames, packet_frames(next->data.view())) : 0;
  if (frames > copied) conceal(sound, frames - copied, {});
  if (copied > 0) conceal(sound, copied, next->data.view());
  return sound;
}

void OpusDecoder::conceal(frame::Sound& sound, size_t frames, Bytes packet) {
  const size_t before = sound.samples.size();
  sound.samples.resize(before + frames * static_cast<size_t>(channels_));
  const bool fec = !packet.empty();
  const int got =
      opus_decode(library_->decoder.get(), fec ? packet.data() : nullptr, static_cast<opus_int32>(packet.size()),
                  sound.samples.data() + before, static_cast<int>(frames), fec ? 1 : 0);
  // Corrupt or without a copy: what is missing stays silent.
  if (got < 0) std::fill(sound.samples.begin() + static_cast<ptrdiff_t>(before), sound.samples.end(), int16_t{0});
}

TimeDelta opus_duration(Bytes packet) { return frame::duration_of(static_cast<int64_t>(packet_frames(packet))); }

}  // namespace parley::codec
