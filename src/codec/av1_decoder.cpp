#include <dav1d/dav1d.h>

#include <cerrno>

#include "base/check.hpp"
#include "codec/library_decoders.hpp"
#include "codec/limits.hpp"

namespace parley::codec {
namespace {

/// Pictures hold a reference to dav1d's own, which counts them itself: nothing is copied, in or out.
class Av1Decoder final : public VideoDecoder {
 public:
  Av1Decoder() {
    Dav1dSettings settings;
    dav1d_default_settings(&settings);
    settings.n_threads = 1;
    settings.max_frame_delay = 1;
    // Each spatial layer by itself: dav1d would wait for the highest that the sequence header tells of, which the
    // forwarding server may have left out.
    settings.all_layers = 1;
    settings.frame_size_limit = static_cast<unsigned>(kMaxPixels);
    settings.logger.callback = nullptr;  // hostile bytes are no news
    PARLEY_CHECK(dav1d_open(&context_, &settings) == 0);
  }
  ~Av1Decoder() override { dav1d_close(&context_); }
  Av1Decoder(const Av1Decoder&) = delete;
  Av1Decoder& operator=(const Av1Decoder&) = delete;

  std::expected<std::optional<frame::Picture>, DecodeError> decode(const frame::EncodedPicture& picture) override {
    Dav1dData data{};
    auto held = std::make_unique<frame::Payload>(picture.data);
    const Bytes bytes = held->view();
    if (dav1d_data_wrap(&data, bytes.data(), bytes.size(), release_payload, held.get()) != 0) {
      return std::unexpected(DecodeError::Corrupt);
    }
    held.release();  // release_payload() has it now
    std::shared_ptr<Dav1dPicture> shown;
    const auto result = drain(data, shown);
    if (data.sz > 0) dav1d_data_unref(&data);
    if (!result) return std::unexpected(result.error());
    if (!shown) return std::nullopt;
    return to_picture(std::move(shown));
  }

 private:
  static void release_payload(const uint8_t*, void* payload) { delete static_cast<frame::Payload*>(payload); }

  static DecodeError to_error(int result) {
    return result == DAV1D_ERR(ERANGE) ? DecodeError::TooLarge : DecodeError::Corrupt;
  }

  /// Feeds all of `data`; the last picture that comes is that of the highest spatial layer. dav1d takes the data at the
  /// first call, since nothing is left over from the picture before.
  std::expected<void, DecodeError> drain(Dav1dData& data, std::shared_ptr<Dav1dPicture>& shown) {
    if (const int sent = dav1d_send_data(context_, &data); sent < 0) return std::unexpected(to_error(sent));
    for (;;) {
      std::shared_ptr<Dav1dPicture> picture(new Dav1dPicture{}, [](Dav1dPicture* p) {
        dav1d_picture_unref(p);
        delete p;
      });
      const int got = dav1d_get_picture(context_, picture.get());
      if (got == DAV1D_ERR(EAGAIN)) return {};
      if (got < 0) return std::unexpected(to_error(got));
      shown = std::move(picture);
    }
  }

  static std::expected<std::optional<frame::Picture>, DecodeError> to_picture(std::shared_ptr<Dav1dPicture> shown) {
    if (shown->p.layout != DAV1D_PIXEL_LAYOUT_I420 || shown->p.bpc != 8) {
      return std::unexpected(DecodeError::Unsupported);
    }
    const frame::Size size{shown->p.w, shown->p.h};
    if (!within_limits(size)) return std::unexpected(DecodeError::TooLarge);
    const auto plane = [&](int i) {
      return frame::Plane{static_cast<const uint8_t*>(shown->data[i]), static_cast<int>(shown->stride[i ? 1 : 0])};
    };
    const frame::Plane y = plane(0), u = plane(1), v = plane(2);
    const Dav1dSequenceHeader& header = *shown->seq_hdr;
    const frame::ColourSpace colour{frame::matrix_of_h273(header.mtrx).value_or(frame::Matrix::Bt601),
                                    header.color_range ? frame::Range::Full : frame::Range::Limited};
    return frame::Picture(size, y, u, v, std::move(shown), colour);
  }

  Dav1dContext* context_ = nullptr;
};

}  // namespace

std::unique_ptr<VideoDecoder> make_av1_decoder() { return std::make_unique<Av1Decoder>(); }

}  // namespace parley::codec
