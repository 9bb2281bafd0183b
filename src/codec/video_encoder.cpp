#include "codec/video_encoder.hpp"

#include <algorithm>

#include "codec/library_encoders.hpp"
#include "codec/limits.hpp"

namespace parley::codec {
namespace {

constexpr int64_t kMinBps = 10'000;
constexpr int64_t kMaxBps = 100'000'000;  // 4K at 60 pictures a second takes half of it

bool usable(rtp::Codec codec, const VideoEncoderConfig& config) {
  const auto in = [](int value, int least, int most) { return value >= least && value <= most; };
  const bool layers = config.temporal_layers == 1 || codec == rtp::Codec::Vp8;
  return in(config.fps, 1, kMaxFps) && in(config.threads, 1, kMaxEncoderThreads) && config.bitrate > DataRate::zero() &&
         in(config.temporal_layers, 1, kMaxTemporalLayers) && layers;
}

/// Lets only usable pictures through to the library.
class CheckingEncoder final : public VideoEncoder {
 public:
  explicit CheckingEncoder(std::unique_ptr<VideoEncoder> encoder) : encoder_(std::move(encoder)) {}

  std::expected<std::optional<EncoderOutput>, EncodeError> encode(const frame::Picture& picture, Timestamp captured_at,
                                                                  bool key) override {
    const frame::Size size = picture.size();
    if (!within_limits(size) || std::min(size.width, size.height) < kMinEncodedSide) {
      return std::unexpected(EncodeError::BadPicture);
    }
    return encoder_->encode(picture, captured_at, key);
  }
  void set_rate(DataRate bitrate, int fps) override { encoder_->set_rate(bitrate, std::clamp(fps, 1, kMaxFps)); }

 private:
  std::unique_ptr<VideoEncoder> encoder_;
};

}  // namespace

std::string_view to_string(EncodeError error) {
  switch (error) {
    case EncodeError::BadConfig: return "bad configuration";
    case EncodeError::BadPicture: return "picture too small, too large or empty";
    case EncodeError::BadSound: return "sound of a length or number of channels that Opus does not take";
    case EncodeError::Failed: return "the encoder failed";
  }
  return "";
}

int clamped_bps(DataRate rate) { return static_cast<int>(std::clamp(rate.bps(), kMinBps, kMaxBps)); }

uint32_t video_rtp_timestamp(Timestamp captured_at) {
  // Microseconds times 0.09, in whole seconds and the rest so that nothing overflows.
  const int64_t us = captured_at.us();
  return static_cast<uint32_t>(us / 1'000'000 * 90'000 + us % 1'000'000 * 9 / 100);
}

std::expected<std::unique_ptr<VideoEncoder>, EncodeError> make_video_encoder(rtp::Codec codec,
                                                                             const VideoEncoderConfig& config) {
  if (!usable(codec, config)) return std::unexpected(EncodeError::BadConfig);
  switch (codec) {
    case rtp::Codec::Vp8: return std::make_unique<CheckingEncoder>(make_vp8_encoder(config));
    case rtp::Codec::H264: return std::make_unique<CheckingEncoder>(make_h264_encoder(config));
    default: return std::unexpected(EncodeError::BadConfig);
  }
}

}  // namespace parley::codec
