#include "codec/video_decoder.hpp"

#include "base/check.hpp"
#include "codec/library_decoders.hpp"
#include "codec/limits.hpp"

namespace parley::codec {
namespace {

std::unique_ptr<VideoDecoder> make_library_decoder(rtp::Codec codec) {
  switch (codec) {
    case rtp::Codec::Vp8: return make_vp8_decoder();
    case rtp::Codec::Vp9: return make_vp9_decoder();
    case rtp::Codec::H264: return make_h264_decoder();
    case rtp::Codec::Av1: return make_av1_decoder();
    case rtp::Codec::Opus: break;
  }
  PARLEY_CHECK(!"a video codec");
  return nullptr;
}

/// Throws the library's decoder away after an error, and with it whatever state the bad bytes left; makes a new one for
/// the next key picture.
class RecoveringDecoder final : public VideoDecoder {
 public:
  explicit RecoveringDecoder(rtp::Codec codec) : codec_(codec) {}

  std::expected<std::optional<frame::Picture>, DecodeError> decode(const frame::EncodedPicture& picture) override {
    PARLEY_CHECK(picture.codec == codec_);
    auto decoded = checked_decode(picture);
    if (!decoded) decoder_.reset();
    return decoded;
  }

 private:
  std::expected<std::optional<frame::Picture>, DecodeError> checked_decode(const frame::EncodedPicture& picture) {
    if (!decoder_ && !picture.key) return std::unexpected(DecodeError::NeedKeyPicture);
    if (picture.data.size() == 0) return std::unexpected(DecodeError::Corrupt);
    if (picture.data.size() > kMaxEncodedBytes) return std::unexpected(DecodeError::TooLarge);
    if (!decoder_) decoder_ = make_library_decoder(codec_);
    return decoder_->decode(picture);
  }

  const rtp::Codec codec_;
  std::unique_ptr<VideoDecoder> decoder_;  ///< null while a key picture is needed
};

}  // namespace

std::string_view to_string(DecodeError error) {
  switch (error) {
    case DecodeError::NeedKeyPicture: return "needs a key picture";
    case DecodeError::Corrupt: return "corrupt";
    case DecodeError::TooLarge: return "too large";
    case DecodeError::Unsupported: return "unsupported profile";
  }
  return "";
}

std::unique_ptr<VideoDecoder> make_video_decoder(rtp::Codec codec) {
  PARLEY_CHECK(rtp::kind(codec) == rtp::MediaKind::Video);
  return std::make_unique<RecoveringDecoder>(codec);
}

}  // namespace parley::codec
