#include <wels/codec_api.h>

#include "base/check.hpp"
#include "codec/library_encoders.hpp"

namespace parley::codec {
namespace {

/// Constrained baseline in Annex B form; parameter sets come before each key picture and stay the same while the size
/// does, so that a recorder may copy the stream. 4:2:0 has no odd sizes here: an odd last row or column is cut off.
class H264Encoder final : public VideoEncoder {
 public:
  explicit H264Encoder(const VideoEncoderConfig& config) : options_(config), rate_{config.bitrate, config.fps} {}

  std::expected<std::optional<EncoderOutput>, EncodeError> encode(const frame::Picture& picture, Timestamp captured_at,
                                                                  bool key) override {
    const frame::Size size{picture.width() & ~1, picture.height() & ~1};
    if ((size != size_ || picture.colour() != colour_) && !open(size, picture.colour())) {
      return std::unexpected(EncodeError::Failed);
    }
    if (key && encoder_->ForceIntraFrame(true) != cmResultSuccess) return std::unexpected(EncodeError::Failed);
    SSourcePicture source{};
    source.iColorFormat = videoFormatI420;
    source.iPicWidth = size.width;
    source.iPicHeight = size.height;
    source.uiTimeStamp = captured_at.ms();
    const frame::Plane planes[3] = {picture.y(), picture.u(), picture.v()};
    for (int i = 0; i < 3; ++i) {
      source.pData[i] = const_cast<uint8_t*>(planes[i].data);  // only read
      source.iStride[i] = planes[i].stride;
    }
    SFrameBSInfo info{};
    if (encoder_->EncodeFrame(&source, &info) != cmResultSuccess) {
      encoder_.reset();
      size_ = {};
      return std::unexpected(EncodeError::Failed);
    }
    return output(info, captured_at);
  }

  void set_rate(DataRate bitrate, int fps) override {
    rate_ = {bitrate, fps};
    if (encoder_) apply_rate();
  }

 private:
  struct Destroy {
    void operator()(ISVCEncoder* encoder) const {
      encoder->Uninitialize();
      WelsDestroySVCEncoder(encoder);
    }
  };

  bool open(frame::Size size, const frame::ColourSpace& colour) {
    size_ = {};
    colour_ = colour;
    ISVCEncoder* encoder = nullptr;
    PARLEY_CHECK(WelsCreateSVCEncoder(&encoder) == 0 && encoder);
    encoder_.reset(encoder);
    int quiet = WELS_LOG_QUIET;
    encoder_->SetOption(ENCODER_OPTION_TRACE_LEVEL, &quiet);
    const SEncParamExt parameters = make_parameters(size);
    if (encoder_->InitializeExt(&parameters) != cmResultSuccess) {
      encoder_.reset();
      return false;
    }
    size_ = size;
    return true;
  }

  SEncParamExt make_parameters(frame::Size size) const {
    SEncParamExt parameters{};
    encoder_->GetDefaultParams(&parameters);
    parameters.iUsageType = options_.screen ? SCREEN_CONTENT_REAL_TIME : CAMERA_VIDEO_REAL_TIME;
    parameters.iPicWidth = size.width;
    parameters.iPicHeight = size.height;
    parameters.iTargetBitrate = clamped_bps(rate_.bitrate);
    parameters.iMaxBitrate = UNSPECIFIED_BIT_RATE;
    parameters.iRCMode = RC_BITRATE_MODE;
    parameters.fMaxFrameRate = static_cast<float>(rate_.fps);
    parameters.iComplexityMode = LOW_COMPLEXITY;
    parameters.uiIntraPeriod = 0;  // key pictures only when asked for
    parameters.bEnableSceneChangeDetect = false;
    parameters.eSpsPpsIdStrategy = CONSTANT_ID;
    parameters.iEntropyCodingModeFlag = 0;  // CAVLC: baseline has no CABAC
    parameters.bEnableFrameSkip = !options_.screen;
    parameters.iMultipleThreadIdc = static_cast<unsigned short>(options_.threads);
    parameters.iSpatialLayerNum = 1;
    parameters.iTemporalLayerNum = 1;
    SSpatialLayerConfig& layer = parameters.sSpatialLayers[0];
    layer.iVideoWidth = size.width;
    layer.iVideoHeight = size.height;
    layer.fFrameRate = parameters.fMaxFrameRate;
    layer.iSpatialBitrate = parameters.iTargetBitrate;
    layer.iMaxSpatialBitrate = UNSPECIFIED_BIT_RATE;
    layer.uiProfileIdc = PRO_BASELINE;
    tell_colour(colour_, layer);
    layer.sSliceArgument.uiSliceMode = options_.threads > 1 ? SM_FIXEDSLCNUM_SLICE : SM_SINGLE_SLICE;
    layer.sSliceArgument.uiSliceNum = static_cast<unsigned>(options_.threads);
    return parameters;
  }

  void apply_rate() {
    SBitrateInfo bitrate{};
    bitrate.iLayer = SPATIAL_LAYER_ALL;
    bitrate.iBitrate = clamped_bps(rate_.bitrate);
    encoder_->SetOption(ENCODER_OPTION_BITRATE, &bitrate);
    float fps = static_cast<float>(rate_.fps);
    encoder_->SetOption(ENCODER_OPTION_FRAME_RATE, &fps);
  }

  std::optional<EncoderOutput> output(const SFrameBSInfo& info, Timestamp captured_at) const {
    if (info.eFrameType == videoFrameTypeSkip || info.eFrameType == videoFrameTypeInvalid) return std::nullopt;
    std::vector<uint8_t> bytes;
    bytes.reserve(static_cast<size_t>(info.iFrameSizeInBytes));
    for (int i = 0; i < info.iLayerNum; ++i) {
      const SLayerBSInfo& layer = info.sLayerInfo[i];
      size_t length = 0;
      for (int nal = 0; nal < layer.iNalCount; ++nal) length += static_cast<size_t>(layer.pNalLengthInByte[nal]);
      bytes.insert(bytes.end(), layer.pBsBuf, layer.pBsBuf + length);
    }
    if (bytes.empty()) return std::nullopt;
    EncoderOutput out;
    out.picture = {.codec = rtp::Codec::H264,
                   .key = info.eFrameType == videoFrameTypeIDR,
                   .size = size_,
                   .rtp_timestamp = video_rtp_timestamp(captured_at),
                   .captured_at = captured_at,
                   .data = frame::Payload(std::move(bytes))};
    return out;
  }

  /// Numbers of ITU-T H.273. BT.601 with limited range is what everybody takes who is told nothing.
  static void tell_colour(const frame::ColourSpace& colour, SSpatialLayerConfig& layer) {
    if (colour == frame::ColourSpace{}) return;
    layer.bVideoSignalTypePresent = true;
    layer.uiVideoFormat = VF_UNDEF;
    layer.bFullRange = colour.range == frame::Range::Full;
    layer.bColorDescriptionPresent = true;
    const bool hd = colour.matrix == frame::Matrix::Bt709, uhd = colour.matrix == frame::Matrix::Bt2020;
    layer.uiColorPrimaries = hd ? 1 : uhd ? 9 : 6;
    layer.uiTransferCharacteristics = hd ? 1 : uhd ? 14 : 6;
    layer.uiColorMatrix = hd ? 1 : uhd ? 9 : 6;
  }

  const VideoEncoderConfig options_;
  EncoderRate rate_;
  std::unique_ptr<ISVCEncoder, Destroy> encoder_;
  frame::Size size_;
  frame::ColourSpace colour_;
};

}  // namespace

std::unique_ptr<VideoEncoder> make_h264_encoder(const VideoEncoderConfig& config) {
  return std::make_unique<H264Encoder>(config);
}

}  // namespace parley::codec
