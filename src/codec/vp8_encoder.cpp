#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#include <algorithm>

#include "base/check.hpp"
#include "codec/library_encoders.hpp"
#include "codec/temporal_pattern.hpp"

namespace parley::codec {
namespace {

/// Speed 6 of the realtime mode, fixed: at it libvpx takes about a third of what speed 4 takes, for half a decibel.
constexpr int kSpeed = -6;
/// A rate controller's view of the receiver's buffer, in milliseconds: what WebRTC senders use.
constexpr unsigned kBufferMs = 1000, kInitialBufferMs = 500, kOptimalBufferMs = 600;
constexpr unsigned kMinQuantizer = 2, kMaxQuantizer = 56;
/// Pictures are left out when the buffer falls below this share of the optimum, in percent.
constexpr unsigned kDropThreshold = 30;
/// Differences that are not worth coding; a screen has no noise, but also no sense in coding what stands still.
constexpr unsigned kStaticThreshold = 1, kScreenStaticThreshold = 100;

class Vp8Encoder final : public VideoEncoder {
 public:
  explicit Vp8Encoder(const VideoEncoderConfig& config)
      : options_(config), rate_{config.bitrate, config.fps}, pattern_(temporal_pattern(config.temporal_layers)) {}
  ~Vp8Encoder() override { close(); }
  Vp8Encoder(const Vp8Encoder&) = delete;
  Vp8Encoder& operator=(const Vp8Encoder&) = delete;

  std::expected<std::optional<EncoderOutput>, EncodeError> encode(const frame::Picture& picture, Timestamp captured_at,
                                                                  bool key) override {
    if (picture.size() != size_ && !open(picture.size())) return std::unexpected(EncodeError::Failed);
    if (key || !started_) next_ = 0;  // a key picture is of the lowest layer
    const TemporalStep& step = pattern_.steps[next_];
    if (options_.temporal_layers > 1) vpx_codec_control(&codec_, VP8E_SET_TEMPORAL_LAYER_ID, int{step.layer});
    last_pts_ = std::max(last_pts_ + 1, captured_at.us());
    vpx_image_t image = wrap(picture);
    const auto length = static_cast<unsigned long>(1'000'000 / rate_.fps);
    const vpx_enc_frame_flags_t flags = key || !started_ ? VPX_EFLAG_FORCE_KF : reference_flags(step);
    if (vpx_codec_encode(&codec_, &image, last_pts_, length, flags, VPX_DL_REALTIME) != VPX_CODEC_OK) {
      close();
      return std::unexpected(EncodeError::Failed);
    }
    return output(picture.size(), captured_at, step);
  }

  void set_rate(DataRate bitrate, int fps) override {
    rate_ = {bitrate, fps};
    if (!open_) return;
    apply_rate();
    PARLEY_CHECK(vpx_codec_enc_config_set(&codec_, &config_) == VPX_CODEC_OK);
    vpx_codec_control(&codec_, VP8E_SET_MAX_INTRA_BITRATE_PCT, max_intra_percent());
  }

 private:
  bool open(frame::Size size) {
    close();
    PARLEY_CHECK(vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &config_, 0) == VPX_CODEC_OK);
    config_.g_w = static_cast<unsigned>(size.width);
    config_.g_h = static_cast<unsigned>(size.height);
    config_.g_threads = static_cast<unsigned>(options_.threads);
    config_.g_timebase = {1, 1'000'000};
    config_.g_lag_in_frames = 0;
    config_.kf_mode = VPX_KF_DISABLED;
    config_.rc_end_usage = VPX_CBR;
    config_.rc_buf_sz = kBufferMs;
    config_.rc_buf_initial_sz = kInitialBufferMs;
    config_.rc_buf_optimal_sz = kOptimalBufferMs;
    config_.rc_min_quantizer = kMinQuantizer;
    config_.rc_max_quantizer = kMaxQuantizer;
    config_.rc_dropframe_thresh = options_.screen ? 0 : kDropThreshold;
    set_layers();
    apply_rate();
    if (vpx_codec_enc_init(&codec_, vpx_codec_vp8_cx(), &config_, 0) != VPX_CODEC_OK) return false;
    open_ = true;
    size_ = size;
    started_ = false;
    set_controls();
    return true;
  }

  void set_layers() {
    const auto layers = static_cast<unsigned>(options_.temporal_layers);
    // Entropy contexts that a lost picture changed would spoil the layers below it.
    config_.g_error_resilient = layers > 1 ? VPX_ERROR_RESILIENT_DEFAULT : 0;
    config_.ts_number_layers = layers;
    config_.ts_periodicity = static_cast<unsigned>(pattern_.period);
    for (size_t i = 0; i < pattern_.period; ++i) config_.ts_layer_id[i] = pattern_.steps[i].layer;
    for (size_t i = 0; i < layers; ++i) config_.ts_rate_decimator[i] = static_cast<unsigned>(pattern_.rate_divisor[i]);
  }

  void apply_rate() {
    const auto kbps = static_cast<unsigned>(clamped_bps(rate_.bitrate) / 1000);
    config_.rc_target_bitrate = kbps;
    for (size_t i = 0; i < static_cast<size_t>(options_.temporal_layers); ++i) {
      config_.ts_target_bitrate[i] = kbps * static_cast<unsigned>(pattern_.cumulative_percent[i]) / 100;
    }
  }

  void set_controls() {
    vpx_codec_control(&codec_, VP8E_SET_CPUUSED, kSpeed);
    vpx_codec_control(&codec_, VP8E_SET_STATIC_THRESHOLD, options_.screen ? kScreenStaticThreshold : kStaticThreshold);
    vpx_codec_control(&codec_, VP8E_SET_SCREEN_CONTENT_MODE, options_.screen ? 1u : 0u);
    vpx_codec_control(&codec_, VP8E_SET_TOKEN_PARTITIONS,
                      options_.threads > 1 ? VP8_FOUR_TOKENPARTITION : VP8_ONE_TOKENPARTITION);
    vpx_codec_control(&codec_, VP8E_SET_MAX_INTRA_BITRATE_PCT, max_intra_percent());
  }

  /// A key picture may take half of the optimal buffer: its share of a picture's mean, in percent, but at least thrice.
  unsigned max_intra_percent() const {
    return std::max(300u, kOptimalBufferMs * static_cast<unsigned>(rate_.fps) / 20);
  }

  vpx_enc_frame_flags_t reference_flags(const TemporalStep& step) const {
    if (options_.temporal_layers == 1) return 0;
    vpx_enc_frame_flags_t flags = VP8_EFLAG_NO_REF_ARF | VP8_EFLAG_NO_UPD_ARF;
    if (!step.reads_golden) flags |= VP8_EFLAG_NO_REF_GF;
    if (!step.writes_golden) flags |= VP8_EFLAG_NO_UPD_GF;
    if (!step.writes_last) flags |= VP8_EFLAG_NO_UPD_LAST;
    if (step.layer > 0) flags |= VP8_EFLAG_NO_UPD_ENTROPY;
    return flags;
  }

  /// libvpx only reads the pixels; its type does not say so.
  static vpx_image_t wrap(const frame::Picture& picture) {
    vpx_image_t image{};
    PARLEY_CHECK(vpx_img_wrap(&image, VPX_IMG_FMT_I420, static_cast<unsigned>(picture.width()),
                              static_cast<unsigned>(picture.height()), 1, const_cast<uint8_t*>(picture.y().data)));
    const frame::Plane planes[3] = {picture.y(), picture.u(), picture.v()};
    for (int i = 0; i < 3; ++i) {
      image.planes[i] = const_cast<uint8_t*>(planes[i].data);
      image.stride[i] = planes[i].stride;
    }
    return image;
  }

  std::optional<EncoderOutput> output(frame::Size size, Timestamp captured_at, const TemporalStep& step) {
    vpx_codec_iter_t position = nullptr;
    while (const vpx_codec_cx_pkt_t* packet = vpx_codec_get_cx_data(&codec_, &position)) {
      if (packet->kind != VPX_CODEC_CX_FRAME_PKT || packet->data.frame.sz == 0) continue;
      started_ = true;
      next_ = (next_ + 1) % pattern_.period;
      const auto* bytes = static_cast<const uint8_t*>(packet->data.frame.buf);
      const bool key = packet->data.frame.flags & VPX_FRAME_IS_KEY;
      EncoderOutput out{.temporal_layer = step.layer, .layer_sync = step.layer > 0 && !step.reads_golden};
      out.picture = {.codec = rtp::Codec::Vp8,
                     .key = key,
                     .size = size,
                     .rtp_timestamp = video_rtp_timestamp(captured_at),
                     .captured_at = captured_at,
                     .data = frame::Payload({bytes, bytes + packet->data.frame.sz})};
      return out;
    }
    return std::nullopt;
  }

  void close() {
    if (open_) vpx_codec_destroy(&codec_);
    open_ = false;
    size_ = {};
  }

  const VideoEncoderConfig options_;
  EncoderRate rate_;
  const TemporalPattern& pattern_;
  vpx_codec_ctx_t codec_{};
  vpx_codec_enc_cfg_t config_{};
  bool open_ = false;
  bool started_ = false;  ///< the first picture of this size is out
  frame::Size size_;
  size_t next_ = 0;  ///< step of the pattern
  int64_t last_pts_ = -1;
};

}  // namespace

std::unique_ptr<VideoEncoder> make_vp8_encoder(const VideoEncoderConfig& config) {
  return std::make_unique<Vp8Encoder>(config);
}

}  // namespace parley::codec
