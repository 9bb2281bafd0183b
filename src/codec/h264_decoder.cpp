#include <wels/codec_api.h>

#include "base/check.hpp"
#include "codec/library_decoders.hpp"
#include "codec/limits.hpp"
#include "codec/picture_pool.hpp"
#include "rtp/payload/annex_b.hpp"
#include "rtp/payload/h264_sps.hpp"

namespace parley::codec {
namespace {

/// OpenH264 refuses parameter sets of more than 36864 macroblocks by itself. It shows its own reference pictures, which
/// it writes over later: each is copied once.
class H264Decoder final : public VideoDecoder {
 public:
  H264Decoder() {
    ISVCDecoder* decoder = nullptr;
    PARLEY_CHECK(WelsCreateDecoder(&decoder) == 0 && decoder);
    decoder_.reset(decoder);
    int quiet = WELS_LOG_QUIET;  // else hostile bytes fill standard error
    decoder_->SetOption(DECODER_OPTION_TRACE_LEVEL, &quiet);
    SDecodingParam parameters{};
    parameters.uiTargetDqLayer = UCHAR_MAX;
    parameters.eEcActiveIdc = ERROR_CON_DISABLE;  // a wrong picture is worse than a picture late
    parameters.sVideoProperty.size = sizeof(parameters.sVideoProperty);
    parameters.sVideoProperty.eVideoBsType = VIDEO_BITSTREAM_AVC;
    PARLEY_CHECK(decoder_->Initialize(&parameters) == 0);
  }

  std::expected<std::optional<frame::Picture>, DecodeError> decode(const frame::EncodedPicture& picture) override {
    const Bytes data = picture.data.view();
    if (picture.key) learn_colour(data);
    uint8_t* planes[3] = {};
    SBufferInfo info{};
    const DECODING_STATE state =
        decoder_->DecodeFrameNoDelay(data.data(), static_cast<int>(data.size()), planes, &info);
    if (state & (dsRefLost | dsNoParamSets)) return std::unexpected(DecodeError::NeedKeyPicture);
    if (state != dsErrorFree) return std::unexpected(DecodeError::Corrupt);
    // Of profiles that may reorder pictures OpenH264 keeps one back, but live streams have nothing to reorder.
    if (info.iBufferStatus != 1) decoder_->FlushFrame(planes, &info);
    if (info.iBufferStatus != 1) return std::nullopt;
    const SSysMEMBuffer& shown = info.UsrData.sSystemBuffer;
    const frame::Size size{shown.iWidth, shown.iHeight};
    if (shown.iFormat != videoFormatI420) return std::unexpected(DecodeError::Unsupported);
    if (!within_limits(size)) return std::unexpected(DecodeError::TooLarge);
    return pool_.copy(size, {planes[0], shown.iStride[0]}, {planes[1], shown.iStride[1]}, {planes[2], shown.iStride[1]})
        .meaning(colour_);
  }

 private:
  struct Destroy {
    void operator()(ISVCDecoder* decoder) const {
      decoder->Uninitialize();
      WelsDestroyDecoder(decoder);
    }
  };
  /// OpenH264 does not hand out what the sequence parameter set says; a set that says nothing takes back what one
  /// before said.
  void learn_colour(Bytes access_unit) {
    rtp::AnnexBReader nals(access_unit);
    while (const std::optional<Bytes> nal = nals.next()) {
      if (rtp::nal_type(*nal) != rtp::NalType::SequenceParameterSet) continue;
      const auto told = rtp::h264_color_space(*nal);
      colour_ = {};
      if (!told) continue;
      colour_.matrix = frame::matrix_of_h273(told->matrix).value_or(frame::Matrix::Bt601);
      if (told->range == rtp::ColorSpace::Range::Full) colour_.range = frame::Range::Full;
    }
  }

  std::unique_ptr<ISVCDecoder, Destroy> decoder_;
  frame::ColourSpace colour_;
  PicturePool pool_;
};

}  // namespace

std::unique_ptr<VideoDecoder> make_h264_decoder() { return std::make_unique<H264Decoder>(); }

}  // namespace parley::codec
