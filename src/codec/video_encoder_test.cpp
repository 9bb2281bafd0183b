#include "codec/video_encoder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "codec/limits.hpp"
#include "codec/test_pictures.hpp"
#include "codec/video_decoder.hpp"

namespace parley::codec {
namespace {

Timestamp at(int n) { return Timestamp::from_us(5'000'000 + int64_t{n} * 33'333); }

frame::Picture decoded(VideoDecoder& decoder, const EncoderOutput& output) {
  auto picture = decoder.decode(output.picture);
  EXPECT_TRUE(picture) << to_string(picture.error());
  return picture && *picture ? **picture : frame::Picture();
}

class EachEncoder : public testing::TestWithParam<rtp::Codec> {
 protected:
  std::unique_ptr<VideoEncoder> make(VideoEncoderConfig config = {}) {
    auto encoder = make_video_encoder(GetParam(), config);
    EXPECT_TRUE(encoder);
    return std::move(*encoder);
  }
  std::unique_ptr<VideoDecoder> decoder_ = make_video_decoder(GetParam());
};

TEST_P(EachEncoder, KeepsTheContent) {
  const auto encoder = make();
  for (int n = 0; n < 20; ++n) {
    const frame::Picture picture = test_picture({320, 180}, n);
    const auto output = encoder->encode(picture, at(n), false);
    ASSERT_TRUE(output && *output);
    EXPECT_EQ((*output)->picture.key, n == 0);
    EXPECT_EQ((*output)->picture.size, picture.size());
    EXPECT_EQ((*output)->picture.captured_at, at(n));
    EXPECT_GT(psnr(decoded(*decoder_, **output), picture), 34) << "picture " << n;
  }
}

TEST_P(EachEncoder, TimestampsAreTheCaptureTimeIn90Kilohertz) {
  const auto encoder = make();
  const frame::Picture picture = test_picture({64, 64}, 0);
  const auto first = encoder->encode(picture, Timestamp::from_us(1'000'000), false);
  const auto second = encoder->encode(picture, Timestamp::from_us(1'500'000), true);
  ASSERT_TRUE(first && *first && second && *second);
  EXPECT_EQ((*first)->picture.rtp_timestamp, 90'000u);
  EXPECT_EQ((*second)->picture.rtp_timestamp, 135'000u);
  // Two months of uptime: the ticks have wrapped round often.
  const int64_t seconds = 5'000'000;
  const auto late = encoder->encode(picture, Timestamp::from_us(seconds * 1'000'000), true);
  ASSERT_TRUE(late && *late);
  EXPECT_EQ((*late)->picture.rtp_timestamp, static_cast<uint32_t>(seconds * 90'000));
}

TEST_P(EachEncoder, MakesAKeyPictureWhenAskedAndADecoderCanStartThere) {
  const auto encoder = make();
  for (int n = 0; n < 5; ++n) ASSERT_TRUE(encoder->encode(test_picture({160, 96}, n), at(n), false));
  const frame::Picture picture = test_picture({160, 96}, 5);
  const auto output = encoder->encode(picture, at(5), true);
  ASSERT_TRUE(output && *output);
  EXPECT_TRUE((*output)->picture.key);
  EXPECT_GT(psnr(decoded(*decoder_, **output), picture), 32);
}

TEST_P(EachEncoder, FollowsTheSizeOfThePicture) {
  const auto encoder = make();
  const frame::Size sizes[] = {{160, 96}, {320, 180}, {96, 160}, {640, 360}, {16, 16}};
  int n = 0;
  for (const frame::Size size : sizes) {
    for (int i = 0; i < 3; ++i, ++n) {
      const frame::Picture picture = test_picture(size, n);
      const auto output = encoder->encode(picture, at(n), false);
      ASSERT_TRUE(output && *output);
      EXPECT_EQ((*output)->picture.key, i == 0) << size.width;
      EXPECT_GT(psnr(decoded(*decoder_, **output), picture), 29) << size.width;
    }
  }
}

TEST_P(EachEncoder, TakesOddSizes) {
  const auto encoder = make();
  const auto output = encoder->encode(test_picture({321, 181}, 0), at(0), false);
  ASSERT_TRUE(output && *output);
  const frame::Picture shown = decoded(*decoder_, **output);
  const frame::Size expected = GetParam() == rtp::Codec::H264 ? frame::Size{320, 180} : frame::Size{321, 181};
  EXPECT_EQ(shown.size(), expected);
  EXPECT_EQ((*output)->picture.size, expected);
}

TEST_P(EachEncoder, WorksWithSeveralThreads) {
  const auto encoder = make({.threads = 3});
  for (int n = 0; n < 4; ++n) {
    const frame::Picture picture = test_picture({640, 480}, n);
    const auto output = encoder->encode(picture, at(n), false);
    ASSERT_TRUE(output && *output);
    EXPECT_GT(psnr(decoded(*decoder_, **output), picture), 30);
  }
}

/// Bits a second over `pictures` pictures, from `first` on.
double measured_bps(VideoEncoder& encoder, int first, int pictures) {
  size_t bytes = 0;
  for (int n = first; n < first + pictures; ++n) {
    const auto output = encoder.encode(test_picture({320, 240}, n * 7), at(n), false);
    EXPECT_TRUE(output);
    if (output && *output) bytes += (*output)->picture.data.size();
  }
  return static_cast<double>(bytes) * 8 * 30 / pictures;
}

TEST_P(EachEncoder, KeepsTheRateAndChangesIt) {
  const auto encoder = make({.bitrate = DataRate::kbps(400)});
  measured_bps(*encoder, 0, 30);  // settle: the first picture is a key picture
  EXPECT_NEAR(measured_bps(*encoder, 30, 60), 400e3, 80e3);
  encoder->set_rate(DataRate::kbps(150), 30);
  measured_bps(*encoder, 90, 30);
  EXPECT_NEAR(measured_bps(*encoder, 120, 60), 150e3, 45e3);
}

TEST_P(EachEncoder, ClockThatStandsStillOrGoesBackDoesNoHarm) {
  const auto encoder = make();
  for (const int n : {5, 5, 4, 6}) {
    const frame::Picture picture = test_picture({160, 96}, n);
    const auto output = encoder->encode(picture, at(n), n == 4);
    ASSERT_TRUE(output);
    EXPECT_TRUE(!*output || psnr(decoded(*decoder_, **output), picture) > 28);
  }
}

TEST_P(EachEncoder, RefusesWhatItCannotEncode) {
  const auto encoder = make();
  EXPECT_EQ(encoder->encode({}, at(0), false).error(), EncodeError::BadPicture);
  EXPECT_EQ(encoder->encode(test_picture({15, 64}, 0), at(0), false).error(), EncodeError::BadPicture);
  auto huge = std::make_shared<frame::PictureBuffer>(frame::Size{4224, 2304});
  EXPECT_EQ(encoder->encode(frame::PictureBuffer::share(std::move(huge)), at(0), false).error(),
            EncodeError::BadPicture);
  EXPECT_TRUE(encoder->encode(test_picture({64, 64}, 0), at(0), false)) << "and goes on";
}

TEST_P(EachEncoder, RefusesABadConfiguration) {
  const auto refused = [](const VideoEncoderConfig& config) {
    const auto made = make_video_encoder(GetParam(), config);
    return !made && made.error() == EncodeError::BadConfig;
  };
  EXPECT_TRUE(refused({.fps = 0}));
  EXPECT_TRUE(refused({.fps = kMaxFps + 1}));
  EXPECT_TRUE(refused({.bitrate = DataRate::zero()}));
  EXPECT_TRUE(refused({.threads = 0}));
  EXPECT_TRUE(refused({.threads = kMaxEncoderThreads + 1}));
  EXPECT_TRUE(refused({.temporal_layers = 0}));
  EXPECT_TRUE(refused({.temporal_layers = kMaxTemporalLayers + 1}));
}

std::string codec_name(const testing::TestParamInfo<rtp::Codec>& info) {
  return std::string(rtp::encoding_name(info.param));
}

INSTANTIATE_TEST_SUITE_P(Codecs, EachEncoder, testing::Values(rtp::Codec::Vp8, rtp::Codec::H264), codec_name);

TEST(VideoEncoder, ThereIsNoneForOtherCodecs) {
  for (const rtp::Codec codec : {rtp::Codec::Vp9, rtp::Codec::Av1, rtp::Codec::Opus}) {
    EXPECT_EQ(make_video_encoder(codec, {}).error(), EncodeError::BadConfig);
  }
  EXPECT_EQ(make_video_encoder(rtp::Codec::H264, {.temporal_layers = 2}).error(), EncodeError::BadConfig);
}

/// The NAL units of an Annex B stream, without start codes.
std::vector<Bytes> nal_units(Bytes stream) {
  std::vector<size_t> starts;
  for (size_t i = 0; i + 3 <= stream.size(); ++i) {
    if (stream[i] == 0 && stream[i + 1] == 0 && stream[i + 2] == 1) starts.push_back(i + 3);
  }
  std::vector<Bytes> units;
  for (size_t i = 0; i < starts.size(); ++i) {
    const size_t end = i + 1 < starts.size() ? starts[i + 1] - 3 : stream.size();
    units.push_back(stream.subspan(starts[i], end - starts[i]));
  }
  return units;
}

TEST(H264Encoder, MakesConstrainedBaselineWithParameterSetsBeforeEachKeyPicture) {
  auto encoder = make_video_encoder(rtp::Codec::H264, {});
  ASSERT_TRUE(encoder);
  std::vector<uint8_t> first_sps;
  for (int n = 0; n < 3; ++n) {
    const auto output = (*encoder)->encode(test_picture({320, 180}, n), at(n), true);
    ASSERT_TRUE(output && *output);
    const auto units = nal_units((*output)->picture.data.view());
    ASSERT_EQ(units.size(), 3u);
    EXPECT_EQ(units[0][0] & 31, 7);  // SPS
    EXPECT_EQ(units[1][0] & 31, 8);  // PPS
    EXPECT_EQ(units[2][0] & 31, 5);  // IDR slice
    EXPECT_EQ(units[0][1], 66);      // profile_idc: baseline
    EXPECT_TRUE(units[0][2] & 0x40) << "constraint_set1_flag";
    const std::vector<uint8_t> sps(units[0].begin(), units[0].end());
    if (first_sps.empty()) first_sps = sps;
    EXPECT_EQ(sps, first_sps) << "a recorder keeps one set for the whole file";
  }
}

struct LayeredStream {
  std::vector<EncoderOutput> outputs;
  std::vector<frame::Picture> shown;  ///< with all layers
};

LayeredStream encode_layers(int layers, int pictures, int key_at = -1) {
  LayeredStream stream;
  auto encoder = make_video_encoder(rtp::Codec::Vp8, {.bitrate = DataRate::kbps(600), .temporal_layers = layers});
  const auto decoder = make_video_decoder(rtp::Codec::Vp8);
  for (int n = 0; n < pictures; ++n) {
    const frame::Picture picture = test_picture({320, 180}, n);
    const auto output = (*encoder)->encode(picture, at(n), n == key_at);
    EXPECT_TRUE(output && *output);
    stream.outputs.push_back(**output);
    stream.shown.push_back(decoded(*decoder, **output));
    EXPECT_GT(psnr(stream.shown.back(), picture), 31) << n;
  }
  return stream;
}

TEST(H264Encoder, TellsColoursAndTheDecoderReadsThem) {
  auto encoder = *make_video_encoder(rtp::Codec::H264, {});
  const auto decoder = make_video_decoder(rtp::Codec::H264);
  using enum frame::Matrix;
  using enum frame::Range;
  int n = 0;
  const frame::ColourSpace spaces[] = {{}, {Bt709, Limited}, {Bt709, Full}, {Bt601, Full}, {Bt2020, Limited}, {}};
  for (const frame::ColourSpace& colour : spaces) {
    for (int again = 0; again < 2; ++again, ++n) {
      const frame::Picture picture = test_picture({320, 180}, n).meaning(colour);
      const auto output = encoder->encode(picture, at(n), false);
      ASSERT_TRUE(output && *output);
      EXPECT_EQ((*output)->picture.key, again == 0) << "it is told in key pictures only";
      const frame::Picture shown = decoded(*decoder, **output);
      EXPECT_EQ(shown.colour(), colour) << n;
      EXPECT_GT(psnr(shown, picture), 34) << n;
    }
  }
}

TEST(Vp8Encoder, LowerTemporalLayersDecodeToTheSamePicturesWithoutTheUpperOnes) {
  for (const int layers : {2, 3}) {
    const LayeredStream stream = encode_layers(layers, 24);
    for (int top = 0; top < layers; ++top) {
      const auto decoder = make_video_decoder(rtp::Codec::Vp8);
      int used = 0;
      for (size_t n = 0; n < stream.outputs.size(); ++n) {
        if (stream.outputs[n].temporal_layer > top) continue;
        ++used;
        EXPECT_TRUE(std::isinf(psnr(decoded(*decoder, stream.outputs[n]), stream.shown[n]))) << layers << top << n;
      }
      EXPECT_EQ(used, 24 >> (layers - 1 - top));
    }
  }
}

TEST(Vp8Encoder, AReceiverMayClimbAtASyncPicture) {
  const LayeredStream stream = encode_layers(3, 24);
  const auto decoder = make_video_decoder(rtp::Codec::Vp8);
  int allowed = 0;  // starts with the lowest layer, climbs in the second half
  for (size_t n = 0; n < stream.outputs.size(); ++n) {
    const EncoderOutput& output = stream.outputs[n];
    if (n >= 12 && output.layer_sync) allowed = std::max<int>(allowed, output.temporal_layer);
    if (output.temporal_layer > allowed) continue;
    EXPECT_TRUE(std::isinf(psnr(decoded(*decoder, output), stream.shown[n]))) << n;
  }
  EXPECT_EQ(allowed, 2);
}

TEST(Vp8Encoder, AKeyPictureIsOfTheLowestLayerAndStartsThePattern) {
  const LayeredStream stream = encode_layers(3, 12, 6);
  ASSERT_TRUE(stream.outputs[6].picture.key);
  const std::vector<int> expected{0, 2, 1, 2, 0, 2, 0, 2, 1, 2, 0, 2};
  for (size_t n = 0; n < expected.size(); ++n) EXPECT_EQ(stream.outputs[n].temporal_layer, expected[n]) << n;
}

}  // namespace
}  // namespace parley::codec
