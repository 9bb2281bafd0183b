#include "codec/simulcast_encoder.hpp"

#include <gtest/gtest.h>

#include "codec/test_pictures.hpp"
#include "codec/video_decoder.hpp"

namespace parley::codec {
namespace {

Timestamp at(int n) { return Timestamp::from_us(int64_t{n} * 33'333); }

SimulcastConfig three_layers() {
  return {.layers = {{.scale_down_by = 4, .bitrate = DataRate::kbps(150)},
                     {.scale_down_by = 2, .bitrate = DataRate::kbps(500)},
                     {.scale_down_by = 1, .bitrate = DataRate::kbps(1500)}}};
}

std::vector<size_t> layers_of(const std::vector<LayerOutput>& outputs) {
  std::vector<size_t> layers;
  for (const LayerOutput& output : outputs) layers.push_back(output.layer);
  return layers;
}

class EachSimulcast : public testing::TestWithParam<rtp::Codec> {
 protected:
  SimulcastEncoder make(SimulcastConfig config = three_layers()) {
    auto made = SimulcastEncoder::make(GetParam(), std::move(config));
    EXPECT_TRUE(made);
    return std::move(*made);
  }
  std::vector<LayerOutput> encode(SimulcastEncoder& encoder, const frame::Picture& picture) {
    std::vector<LayerOutput> outputs;
    EXPECT_TRUE(encoder.encode(picture, at(n_++), outputs));
    return outputs;
  }
  int n_ = 0;
};

TEST_P(EachSimulcast, EachLayerShowsThePictureInItsSize) {
  SimulcastEncoder encoder = make();
  std::vector<std::unique_ptr<VideoDecoder>> decoders;
  for (int i = 0; i < 3; ++i) decoders.push_back(make_video_decoder(GetParam()));
  Scaler scaler;
  for (int n = 0; n < 6; ++n) {
    const frame::Picture picture = test_picture({640, 360}, n);
    const auto outputs = encode(encoder, picture);
    ASSERT_EQ(layers_of(outputs), (std::vector<size_t>{0, 1, 2}));
    for (const auto& [layer, encoded] : outputs) {
      const auto shown = decoders[layer]->decode(encoded.picture);
      ASSERT_TRUE(shown && *shown);
      const int divisor = 4 >> layer;
      EXPECT_GT(psnr(**shown, scaler.scale(picture, {640 / divisor, 360 / divisor})), 28) << layer;
    }
  }
}

TEST_P(EachSimulcast, ALayerSwitchedOnAgainStartsWithAKeyPicture) {
  SimulcastEncoder encoder = make();
  encode(encoder, test_picture({320, 180}, 0));
  encoder.set_active(1, false);
  EXPECT_EQ(layers_of(encode(encoder, test_picture({320, 180}, 1))), (std::vector<size_t>{0, 2}));
  encoder.set_active(1, true);
  const auto outputs = encode(encoder, test_picture({320, 180}, 2));
  ASSERT_EQ(layers_of(outputs), (std::vector<size_t>{0, 1, 2}));
  EXPECT_FALSE(outputs[0].encoded.picture.key);
  EXPECT_TRUE(outputs[1].encoded.picture.key);
  EXPECT_FALSE(outputs[2].encoded.picture.key);
  EXPECT_FALSE(encode(encoder, test_picture({320, 180}, 3))[1].encoded.picture.key) << "only the first";
}

TEST_P(EachSimulcast, KeyPicturesComeWhereTheyWereAskedFor) {
  SimulcastEncoder encoder = make();
  encode(encoder, test_picture({320, 180}, 0));
  encoder.request_key(2);
  auto outputs = encode(encoder, test_picture({320, 180}, 1));
  EXPECT_FALSE(outputs[0].encoded.picture.key || outputs[1].encoded.picture.key);
  EXPECT_TRUE(outputs[2].encoded.picture.key);
  encoder.request_key();
  for (const LayerOutput& output : encode(encoder, test_picture({320, 180}, 2))) {
    EXPECT_TRUE(output.encoded.picture.key);
  }
}

TEST_P(EachSimulcast, FollowsTheSizeAndLeavesOutLayersThatGetTooSmall) {
  SimulcastEncoder encoder = make();
  encode(encoder, test_picture({640, 360}, 0));
  const auto turned = encode(encoder, test_picture({360, 640}, 1));
  ASSERT_EQ(turned.size(), 3u);
  EXPECT_EQ(turned[0].encoded.picture.size, (frame::Size{90, 160}));
  EXPECT_TRUE(turned[0].encoded.picture.key);
  EXPECT_EQ(layers_of(encode(encoder, test_picture({48, 48}, 2))), (std::vector<size_t>{1, 2}));
}

std::string codec_name(const testing::TestParamInfo<rtp::Codec>& info) {
  return std::string(rtp::encoding_name(info.param));
}

INSTANTIATE_TEST_SUITE_P(Codecs, EachSimulcast, testing::Values(rtp::Codec::Vp8, rtp::Codec::H264), codec_name);

TEST(SimulcastEncoder, RefusesABadConfiguration) {
  const auto refused = [](std::vector<SimulcastLayer> layers) {
    const auto made = SimulcastEncoder::make(rtp::Codec::Vp8, {.layers = std::move(layers)});
    return !made && made.error() == EncodeError::BadConfig;
  };
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({{.scale_down_by = 0.5}}));
  EXPECT_TRUE(refused({{.scale_down_by = 1}, {.scale_down_by = 2}})) << "the smallest comes first";
  EXPECT_TRUE(refused({{}, {}, {}, {}}));
  EXPECT_TRUE(refused({{.bitrate = DataRate::zero()}}));
}

TEST(SimulcastEncoder, RefusesAnEmptyPicture) {
  auto encoder = SimulcastEncoder::make(rtp::Codec::Vp8, three_layers());
  std::vector<LayerOutput> outputs;
  EXPECT_EQ(encoder->encode({}, at(0), outputs).error(), EncodeError::BadPicture);
  EXPECT_TRUE(outputs.empty());
}

}  // namespace
}  // namespace parley::codec
