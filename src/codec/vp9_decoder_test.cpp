#include <gtest/gtest.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#include "base/check.hpp"
#include "codec/scaler.hpp"
#include "codec/test_pictures.hpp"
#include "codec/test_vp9_stream.hpp"
#include "codec/video_decoder.hpp"
#include "codec/vp9_header.hpp"

namespace parley::codec {
namespace {

vpx_codec_enc_cfg_t vp9_config(const Vp9StreamOptions& options) {
  vpx_codec_enc_cfg_t config;
  PARLEY_CHECK(vpx_codec_enc_config_default(vpx_codec_vp9_cx(), &config, 0) == VPX_CODEC_OK);
  config.g_w = static_cast<unsigned>(options.size.width);
  config.g_h = static_cast<unsigned>(options.size.height);
  config.g_timebase = {1, 30};
  config.g_lag_in_frames = 0;
  // As browsers do: else the lower layers take motion vectors from the upper ones.
  config.g_error_resilient = options.spatial_layers > 1 ? VPX_ERROR_RESILIENT_DEFAULT : 0;
  config.rc_end_usage = VPX_CBR;
  config.rc_target_bitrate = 1000;
  config.rc_min_quantizer = 2;
  config.rc_max_quantizer = 40;
  config.kf_mode = VPX_KF_DISABLED;
  config.ss_number_layers = static_cast<unsigned>(options.spatial_layers);
  config.ts_number_layers = 1;
  for (unsigned i = 0; i < config.ss_number_layers; ++i) {
    config.ss_target_bitrate[i] = config.layer_target_bitrate[i] = 1000 / config.ss_number_layers;
  }
  config.ts_rate_decimator[0] = 1;
  return config;
}

void set_spatial_layers(vpx_codec_ctx_t& codec, int layers) {
  vpx_svc_extra_cfg_t svc{};
  for (int i = 0; i < layers; ++i) {
    svc.max_quantizers[i] = 40;
    svc.min_quantizers[i] = 2;
    svc.scaling_factor_num[i] = 1;
    svc.scaling_factor_den[i] = 1 << (layers - 1 - i);
    svc.speed_per_layer[i] = 7;
  }
  PARLEY_CHECK(vpx_codec_control(&codec, VP9E_SET_SVC, 1) == VPX_CODEC_OK);
  PARLEY_CHECK(vpx_codec_control(&codec, VP9E_SET_SVC_PARAMETERS, &svc) == VPX_CODEC_OK);
}

std::vector<uint8_t> encode_one(vpx_codec_ctx_t& codec, const frame::Picture& picture, int n) {
  vpx_image_t image;
  vpx_img_wrap(&image, VPX_IMG_FMT_I420, static_cast<unsigned>(picture.width()),
               static_cast<unsigned>(picture.height()), 1, const_cast<uint8_t*>(picture.y().data));
  const frame::Plane planes[3] = {picture.y(), picture.u(), picture.v()};
  for (int i = 0; i < 3; ++i) {
    image.planes[i] = const_cast<uint8_t*>(planes[i].data);
    image.stride[i] = planes[i].stride;
  }
  PARLEY_CHECK(vpx_codec_encode(&codec, &image, n, 1, 0, VPX_DL_REALTIME) == VPX_CODEC_OK);
  std::vector<uint8_t> bytes;
  vpx_codec_iter_t position = nullptr;
  while (const vpx_codec_cx_pkt_t* packet = vpx_codec_get_cx_data(&codec, &position)) {
    if (packet->kind != VPX_CODEC_CX_FRAME_PKT) continue;
    const auto* data = static_cast<const uint8_t*>(packet->data.frame.buf);
    bytes.insert(bytes.end(), data, data + packet->data.frame.sz);
  }
  return bytes;
}

/// The frames of a superframe (VP9 bitstream specification, Annex B), without their index.
std::vector<std::vector<uint8_t>> split_superframe(Bytes data) {
  const uint8_t marker = data.back();
  PARLEY_CHECK((marker & 0xe0) == 0xc0);
  const size_t count = (marker & 7u) + 1, width = (marker >> 3 & 3u) + 1;
  const Bytes index = data.last(2 + count * width);
  std::vector<std::vector<uint8_t>> frames;
  size_t offset = 0;
  for (size_t i = 0; i < count; ++i) {
    size_t size = 0;
    for (size_t byte = 0; byte < width; ++byte) size |= size_t{index[1 + i * width + byte]} << (8 * byte);
    const Bytes frame = data.subspan(offset, size);
    frames.emplace_back(frame.begin(), frame.end());
    offset += size;
  }
  return frames;
}

frame::EncodedPicture with_bytes(const frame::EncodedPicture& picture, std::vector<uint8_t> bytes) {
  frame::EncodedPicture changed = picture;
  changed.data = frame::Payload(std::move(bytes));
  return changed;
}

TEST(Vp9Decoder, ShowsTheHighestSpatialLayer) {
  const auto stream = encode_vp9({.size = {320, 192}, .pictures = 8, .spatial_layers = 2});
  const auto decoder = make_video_decoder(rtp::Codec::Vp9);
  for (int n = 0; n < 8; ++n) {
    ASSERT_EQ(split_superframe(stream[static_cast<size_t>(n)].data.view()).size(), 2u);
    const auto shown = decoder->decode(stream[static_cast<size_t>(n)]);
    ASSERT_TRUE(shown && *shown);
    EXPECT_GT(psnr(**shown, test_picture({320, 192}, n)), 30) << n;
  }
}

TEST(Vp9Decoder, TakesLayersGluedTogetherWithoutAnIndexAsRtpBringsThem) {
  const auto stream = encode_vp9({.size = {320, 192}, .pictures = 4, .spatial_layers = 2});
  const auto decoder = make_video_decoder(rtp::Codec::Vp9);
  for (int n = 0; n < 4; ++n) {
    std::vector<uint8_t> glued;
    for (const auto& frame : split_superframe(stream[static_cast<size_t>(n)].data.view())) {
      glued.insert(glued.end(), frame.begin(), frame.end());
    }
    const auto shown = decoder->decode(with_bytes(stream[static_cast<size_t>(n)], glued));
    ASSERT_TRUE(shown && *shown);
    EXPECT_GT(psnr(**shown, test_picture({320, 192}, n)), 30) << n;
  }
}

TEST(Vp9Decoder, ShowsTheLowerLayerWhenTheServerLeavesTheUpperOut) {
  const auto stream = encode_vp9({.size = {320, 192}, .pictures = 8, .spatial_layers = 2});
  const auto decoder = make_video_decoder(rtp::Codec::Vp9);
  Scaler scaler;
  for (int n = 0; n < 8; ++n) {
    const auto& superframe = stream[static_cast<size_t>(n)];
    const auto shown = decoder->decode(with_bytes(superframe, split_superframe(superframe.data.view())[0]));
    ASSERT_TRUE(shown) << to_string(shown.error()) << n;
    ASSERT_TRUE(*shown) << n;
    EXPECT_GT(psnr(**shown, scaler.scale(test_picture({320, 192}, n), {160, 96})), 28) << n;
  }
}

/// uncompressed_header() of a frame, bit by bit (VP9 bitstream specification, section 6.2).
class HeaderBits {
 public:
  HeaderBits& put(uint32_t value, int count) {
    for (int i = count - 1; i >= 0; --i) bits_.push_back(value >> i & 1);
    return *this;
  }
  std::vector<uint8_t> bytes() const {
    std::vector<uint8_t> bytes((bits_.size() + 7) / 8);
    for (size_t i = 0; i < bits_.size(); ++i) {
      if (bits_[i]) bytes[i / 8] |= static_cast<uint8_t>(0x80u >> i % 8);
    }
    return bytes;
  }

 private:
  std::vector<bool> bits_;
};

std::vector<uint8_t> key_header(uint32_t width, uint32_t height, uint32_t profile_bits = 0) {
  return HeaderBits()
      .put(2, 2)
      .put(profile_bits, 2)
      .put(0b0010, 4)
      .put(0x498342, 24)
      .put(1, 3)
      .put(0, 1)
      .put(width - 1, 16)
      .put(height - 1, 16)
      .bytes();
}

std::vector<uint8_t> inter_header(uint32_t width, uint32_t height) {
  return HeaderBits()
      .put(0b10'00'0'1'1'0, 8)
      .put(0, 2)
      .put(1, 8)
      .put(0, 12)
      .put(0, 3)
      .put(width - 1, 16)
      .put(height - 1, 16)
      .bytes();
}

std::vector<uint8_t> intra_only_header(uint32_t width, uint32_t height) {
  return HeaderBits()
      .put(0b10'00'0'1'0'0, 8)
      .put(1, 1)
      .put(0, 2)
      .put(0x498342, 24)
      .put(1, 8)
      .put(width - 1, 16)
      .put(height - 1, 16)
      .bytes();
}

bool refused_as(const std::vector<uint8_t>& picture, DecodeError error) {
  const auto checked = check_vp9_headers(picture);
  return !checked && checked.error() == error;
}

TEST(Vp9Header, RefusesLargePicturesWhereverTheirSizeStands) {
  EXPECT_TRUE(check_vp9_headers(key_header(4096, 2304)));
  EXPECT_TRUE(check_vp9_headers(inter_header(2304, 4096)));
  EXPECT_TRUE(check_vp9_headers(intra_only_header(1280, 720)));
  EXPECT_TRUE(refused_as(key_header(8192, 8192), DecodeError::TooLarge));
  EXPECT_TRUE(refused_as(key_header(65536, 16), DecodeError::TooLarge));
  EXPECT_TRUE(refused_as(inter_header(65536, 65536), DecodeError::TooLarge));
  EXPECT_TRUE(refused_as(intra_only_header(8192, 8192), DecodeError::TooLarge));
}

TEST(Vp9Header, RefusesALargeFrameHiddenInASuperframe) {
  const std::vector<uint8_t> small = key_header(64, 64), large = inter_header(16384, 16384);
  std::vector<uint8_t> superframe = small;
  superframe.insert(superframe.end(), large.begin(), large.end());
  const uint8_t marker = 0b110'00'001;
  const uint8_t index[] = {marker, static_cast<uint8_t>(small.size()), static_cast<uint8_t>(large.size()), marker};
  superframe.insert(superframe.end(), std::begin(index), std::end(index));
  EXPECT_TRUE(refused_as(superframe, DecodeError::TooLarge));
}

TEST(Vp9Header, RefusesOtherProfilesAndWhatIsNoFrame) {
  EXPECT_TRUE(refused_as(key_header(64, 64, 0b01), DecodeError::Unsupported));  // profile 2: more than 8 bits
  EXPECT_TRUE(refused_as({0x00, 0x11}, DecodeError::Corrupt));
  EXPECT_TRUE(refused_as({0x82, 0x49, 0x83}, DecodeError::Corrupt));
  EXPECT_TRUE(refused_as({}, DecodeError::Corrupt));
}

}  // namespace

std::vector<frame::EncodedPicture> encode_vp9(const Vp9StreamOptions& options) {
  const vpx_codec_enc_cfg_t config = vp9_config(options);
  vpx_codec_ctx_t codec;
  PARLEY_CHECK(vpx_codec_enc_init(&codec, vpx_codec_vp9_cx(), &config, 0) == VPX_CODEC_OK);
  vpx_codec_control(&codec, VP8E_SET_CPUUSED, 7);
  if (options.spatial_layers > 1) set_spatial_layers(codec, options.spatial_layers);
  std::vector<frame::EncodedPicture> stream;
  for (int n = 0; n < options.pictures; ++n) {
    stream.push_back({.codec = rtp::Codec::Vp9,
                      .key = n == 0,
                      .size = options.size,
                      .data = frame::Payload(encode_one(codec, test_picture(options.size, n), n))});
  }
  vpx_codec_destroy(&codec);
  return stream;
}

}  // namespace parley::codec
