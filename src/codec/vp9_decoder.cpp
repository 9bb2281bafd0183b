#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>

#include "base/check.hpp"
#include "codec/library_decoders.hpp"
#include "codec/limits.hpp"
#include "codec/recycler.hpp"
#include "codec/vp9_header.hpp"

namespace parley::codec {
namespace {

/// What libvpx asks for: the largest picture in 4:2:0 with its border of 160 pixels on each side, rounded up.
constexpr size_t kMaxBufferBytes = 24 << 20;

struct FrameMemory {
  explicit FrameMemory(size_t bytes) : data(std::make_unique<uint8_t[]>(bytes)), size(bytes) {}
  std::unique_ptr<uint8_t[]> data;  ///< zeroed, as libvpx demands, when new
  size_t size;
};

/// libvpx decodes into our memory; a picture is another owner of it, and nothing is copied.
class Vp9Decoder final : public VideoDecoder {
 public:
  Vp9Decoder() {
    const vpx_codec_dec_cfg_t config{.threads = 1, .w = 0, .h = 0};
    PARLEY_CHECK(vpx_codec_dec_init(&codec_, vpx_codec_vp9_dx(), &config, 0) == VPX_CODEC_OK);
    PARLEY_CHECK(vpx_codec_set_frame_buffer_functions(&codec_, lend, take_back, this) == VPX_CODEC_OK);
  }
  ~Vp9Decoder() override { vpx_codec_destroy(&codec_); }
  Vp9Decoder(const Vp9Decoder&) = delete;
  Vp9Decoder& operator=(const Vp9Decoder&) = delete;

  std::expected<std::optional<frame::Picture>, DecodeError> decode(const frame::EncodedPicture& picture) override {
    const Bytes data = picture.data.view();
    if (const auto checked = check_vp9_headers(data); !checked) return std::unexpected(checked.error());
    refused_ = false;
    if (vpx_codec_decode(&codec_, data.data(), static_cast<unsigned>(data.size()), nullptr, 0) != VPX_CODEC_OK) {
      return std::unexpected(refused_ ? DecodeError::TooLarge : DecodeError::Corrupt);
    }
    const vpx_image_t* shown = nullptr;
    vpx_codec_iter_t position = nullptr;
    while (const vpx_image_t* image = vpx_codec_get_frame(&codec_, &position)) shown = image;
    if (!shown) return std::nullopt;
    return to_picture(*shown);
  }

 private:
  using Memory = std::shared_ptr<FrameMemory>;

  static std::expected<std::optional<frame::Picture>, DecodeError> to_picture(const vpx_image_t& image) {
    if (image.fmt != VPX_IMG_FMT_I420) return std::unexpected(DecodeError::Unsupported);
    const auto plane = [&](int i) { return frame::Plane{image.planes[i], image.stride[i]}; };
    return frame::Picture({static_cast<int>(image.d_w), static_cast<int>(image.d_h)}, plane(0), plane(1), plane(2),
                          *static_cast<Memory*>(image.fb_priv), colour_of(image));
  }

  /// VP9 bitstream specification section 7.2.2.
  static frame::ColourSpace colour_of(const vpx_image_t& image) {
    frame::ColourSpace colour;
    if (image.cs == VPX_CS_BT_709 || image.cs == VPX_CS_SMPTE_240) colour.matrix = frame::Matrix::Bt709;
    if (image.cs == VPX_CS_BT_2020) colour.matrix = frame::Matrix::Bt2020;
    if (image.range == VPX_CR_FULL_RANGE) colour.range = frame::Range::Full;
    return colour;
  }

  static int lend(void* self, size_t bytes, vpx_codec_frame_buffer_t* buffer) {
    auto& decoder = *static_cast<Vp9Decoder*>(self);
    if (bytes > kMaxBufferBytes) {
      decoder.refused_ = true;
      return -1;
    }
    auto memory =
        std::make_unique<Memory>(decoder.recycler_.take([&](const FrameMemory& idle) { return idle.size == bytes; },
                                                        [&] { return std::make_unique<FrameMemory>(bytes); }));
    buffer->data = (*memory)->data.get();
    buffer->size = (*memory)->size;
    buffer->priv = memory.release();
    return 0;
  }

  static int take_back(void*, vpx_codec_frame_buffer_t* buffer) {
    delete static_cast<Memory*>(buffer->priv);
    buffer->priv = nullptr;
    return 0;
  }

  vpx_codec_ctx_t codec_{};
  Recycler<FrameMemory> recycler_;
  bool refused_ = false;
};

}  // namespace

std::unique_ptr<VideoDecoder> make_vp9_decoder() { return std::make_unique<Vp9Decoder>(); }

}  // namespace parley::codec
