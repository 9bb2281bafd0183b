#include "codec/opus_encoder.hpp"

#include <opus/opus.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"

namespace parley::codec {
namespace {

/// RFC 6716 section 3.4: a frame has 1275 bytes at the most, 60 ms are three frames of 20 ms, and the packet's table of
/// contents takes up to seven bytes.
constexpr size_t kMaxPacket = 3 * 1275 + 7;
constexpr int64_t kMinBps = 6'000, kMaxBps = 510'000;  // RFC 6716 section 2.1.1
/// Ten is libopus's default and takes a core's percent or so; five takes half of it for speech that nobody tells apart.
constexpr int kComplexity = 5;
/// DTX packets are a table of contents alone, or with one byte: they need not be sent.
constexpr int kDtxBytes = 2;

bool has_opus_length(size_t frames) { return frames == 480 || frames == 960 || frames == 1920 || frames == 2880; }

opus_int32 clamped(DataRate rate) { return static_cast<opus_int32>(std::clamp(rate.bps(), kMinBps, kMaxBps)); }

}  // namespace

struct OpusEncoder::Library {
  struct Close {
    void operator()(::OpusEncoder* encoder) const { opus_encoder_destroy(encoder); }
  };
  std::unique_ptr<::OpusEncoder, Close> encoder;
};

void OpusEncoder::Destroy::operator()(Library* library) const { delete library; }

std::expected<OpusEncoder, EncodeError> OpusEncoder::make(const OpusEncoderConfig& config) {
  const bool percent = config.expected_loss_percent >= 0 && config.expected_loss_percent <= 100;
  if ((config.channels != 1 && config.channels != 2) || !percent) return std::unexpected(EncodeError::BadConfig);
  int error = OPUS_OK;
  OpusEncoder made;
  made.channels_ = config.channels;
  made.library_.reset(new Library);
  made.library_->encoder.reset(opus_encoder_create(
      frame::kSampleRate, config.channels, config.music ? OPUS_APPLICATION_AUDIO : OPUS_APPLICATION_VOIP, &error));
  PARLEY_CHECK(error == OPUS_OK && made.library_->encoder);
  ::OpusEncoder* encoder = made.library_->encoder.get();
  opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(kComplexity));
  opus_encoder_ctl(encoder, OPUS_SET_DTX(config.dtx ? 1 : 0));
  opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(config.fec ? 1 : 0));
  opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(config.music ? OPUS_SIGNAL_MUSIC : OPUS_AUTO));
  made.set_bitrate(config.bitrate);
  made.set_expected_loss(config.expected_loss_percent);
  return made;
}

std::expected<std::optional<frame::EncodedSound>, EncodeError> OpusEncoder::encode(const frame::Sound& sound,
                                                                                   Timestamp captured_at) {
  if (sound.channels != channels_ || !has_opus_length(sound.frames()) ||
      sound.samples.size() % static_cast<size_t>(channels_) != 0) {
    return std::unexpected(EncodeError::BadSound);
  }
  std::array<uint8_t, kMaxPacket> packet;
  const int length = opus_encode(library_->encoder.get(), sound.samples.data(), static_cast<int>(sound.frames()),
                                 packet.data(), static_cast<opus_int32>(packet.size()));
  if (length < 0) return std::unexpected(EncodeError::Failed);
  advance_clock(captured_at);
  frame::EncodedSound out{.rtp_timestamp = rtp_timestamp_, .captured_at = captured_at, .duration = sound.duration()};
  rtp_timestamp_ += static_cast<uint32_t>(sound.frames());
  expected_at_ = captured_at + sound.duration();
  // The first silent packet is sent, so that the decoder knows of the silence and does not take it for loss.
  const bool silent = length <= kDtxBytes;
  if (silent && std::exchange(silent_, silent)) return std::nullopt;
  silent_ = silent;
  out.data = frame::Payload({packet.begin(), packet.begin() + length});
  return out;
}

// The sample clock is the sound card's and captured_at the system's: small differences are left alone.
void OpusEncoder::advance_clock(Timestamp captured_at) {
  if (!expected_at_ || captured_at - *expected_at_ <= kGap) return;
  const int64_t gap = (captured_at - *expected_at_).us();
  rtp_timestamp_ += static_cast<uint32_t>(gap / 1000 * (frame::kSampleRate / 1000));
}

void OpusEncoder::set_bitrate(DataRate bitrate) {
  opus_encoder_ctl(library_->encoder.get(), OPUS_SET_BITRATE(clamped(bitrate)));
}

void OpusEncoder::set_expected_loss(int percent) {
  opus_encoder_ctl(library_->encoder.get(), OPUS_SET_PACKET_LOSS_PERC(std::clamp(percent, 0, 100)));
}

}  // namespace parley::codec
