#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>

#include "base/check.hpp"
#include "codec/library_decoders.hpp"
#include "codec/limits.hpp"
#include "codec/picture_pool.hpp"

namespace parley::codec {
namespace {

constexpr uint32_t kStartCode = 0x9d012a;

/// libvpx has no external frame buffers for VP8, and reuses its own at the next picture: each is copied once.
class Vp8Decoder final : public VideoDecoder {
 public:
  Vp8Decoder() {
    const vpx_codec_dec_cfg_t config{.threads = 1, .w = 0, .h = 0};
    PARLEY_CHECK(vpx_codec_dec_init(&codec_, vpx_codec_vp8_dx(), &config, 0) == VPX_CODEC_OK);
  }
  ~Vp8Decoder() override { vpx_codec_destroy(&codec_); }
  Vp8Decoder(const Vp8Decoder&) = delete;
  Vp8Decoder& operator=(const Vp8Decoder&) = delete;

  std::expected<std::optional<frame::Picture>, DecodeError> decode(const frame::EncodedPicture& picture) override {
    const Bytes data = picture.data.view();
    const auto size = static_cast<unsigned>(data.size());
    if (const auto refused = check_header(data)) return std::unexpected(*refused);
    if (vpx_codec_decode(&codec_, data.data(), size, nullptr, 0) != VPX_CODEC_OK) {
      return std::unexpected(DecodeError::Corrupt);
    }
    int corrupted = 0;
    if (vpx_codec_control(&codec_, VP8D_GET_FRAME_CORRUPTED, &corrupted) != VPX_CODEC_OK || corrupted) {
      return std::unexpected(DecodeError::Corrupt);
    }
    vpx_codec_iter_t position = nullptr;
    const vpx_image_t* image = vpx_codec_get_frame(&codec_, &position);
    if (!image) return std::nullopt;
    const auto plane = [&](int i) { return frame::Plane{image->planes[i], image->stride[i]}; };
    return pool_.copy({static_cast<int>(image->d_w), static_cast<int>(image->d_h)}, plane(0), plane(1), plane(2));
  }

 private:
  /// RFC 6386 section 9.1: the size stands in the header of key pictures, and is looked at before libvpx allocates.
  std::optional<DecodeError> check_header(Bytes data) {
    ByteReader reader(data);
    const bool inter = reader.u8() & 1;
    if (inter) return started_ ? std::nullopt : std::optional(DecodeError::NeedKeyPicture);
    reader.skip(2);  // the rest of the frame tag
    if (reader.u24() != kStartCode) return DecodeError::Corrupt;
    const auto side = [&reader] {  // 14 bits, little-endian, below two bits of scale
      const int low = reader.u8();
      return low | (reader.u8() & 0x3f) << 8;
    };
    const int width = side();
    const frame::Size size{width, side()};
    if (!reader.ok()) return DecodeError::Corrupt;
    if (!within_limits(size)) return DecodeError::TooLarge;
    started_ = true;
    return std::nullopt;
  }

  vpx_codec_ctx_t codec_{};
  PicturePool pool_;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<VideoDecoder> make_vp8_decoder() { return std::make_unique<Vp8Decoder>(); }

}  // namespace parley::codec
