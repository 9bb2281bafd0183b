#include "codec/video_decoder.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/rng.hpp"
#include "codec/recorded_streams.hpp"
#include "codec/test_pictures.hpp"
#include "codec/test_vp9_stream.hpp"
#include "codec/video_encoder.hpp"

namespace parley::codec {
namespace {

constexpr frame::Size kSize{96, 64};

std::vector<frame::EncodedPicture> recorded(rtp::Codec codec, std::span<const std::string_view> hex) {
  std::vector<frame::EncodedPicture> stream;
  for (const std::string_view picture : hex) stream.push_back(from_hex(codec, picture, stream.empty()));
  return stream;
}

/// test_picture(kSize, 0) and the five after it, the first of them a key picture.
std::vector<frame::EncodedPicture> make_stream(rtp::Codec codec) {
  if (codec == rtp::Codec::Av1) return recorded(codec, kAv1Stream);
  if (codec == rtp::Codec::Vp9) return encode_vp9({.size = kSize, .pictures = 6});
  std::vector<frame::EncodedPicture> stream;
  auto encoder = make_video_encoder(codec, {});
  for (int n = 0; n < 6; ++n) {
    stream.push_back((*(*encoder)->encode(test_picture(kSize, n), Timestamp::from_us(n * 33'333), false))->picture);
  }
  return stream;
}

frame::EncodedPicture with_bytes(const frame::EncodedPicture& picture, std::vector<uint8_t> bytes) {
  frame::EncodedPicture changed = picture;
  changed.data = frame::Payload(std::move(bytes));
  return changed;
}

std::vector<uint8_t> bytes_of(const frame::EncodedPicture& picture) {
  const Bytes view = picture.data.view();
  return {view.begin(), view.end()};
}

DecodeError error_of(const std::expected<std::optional<frame::Picture>, DecodeError>& result) {
  EXPECT_FALSE(result);
  return result ? DecodeError{} : result.error();
}

class EachDecoder : public testing::TestWithParam<rtp::Codec> {
 protected:
  void expect_whole_stream_decodes(VideoDecoder& decoder) {
    for (size_t n = 0; n < stream_.size(); ++n) {
      const auto picture = decoder.decode(stream_[n]);
      ASSERT_TRUE(picture) << to_string(picture.error());
      ASSERT_TRUE(*picture) << "picture " << n << " must come at once";
      EXPECT_GT(psnr(**picture, test_picture(kSize, static_cast<int>(n))), 30) << n;
    }
  }

  std::vector<frame::EncodedPicture> stream_ = make_stream(GetParam());
  std::unique_ptr<VideoDecoder> decoder_ = make_video_decoder(GetParam());
};

TEST_P(EachDecoder, ShowsEachPictureAtOnce) { expect_whole_stream_decodes(*decoder_); }

TEST_P(EachDecoder, PicturesStayAsTheyAreWhenTheDecoderGoesOnAndIsGone) {
  std::vector<frame::Picture> pictures;
  for (int round = 0; round < 3; ++round) {
    for (const frame::EncodedPicture& encoded : stream_) pictures.push_back(**decoder_->decode(encoded));
  }
  decoder_.reset();
  for (size_t n = 0; n < pictures.size(); ++n) {
    EXPECT_GT(psnr(pictures[n], test_picture(kSize, static_cast<int>(n % stream_.size()))), 30) << n;
  }
}

TEST_P(EachDecoder, PicturesMayBeReadAndDroppedOnAnotherThread) {
  std::vector<frame::Picture> pictures;
  for (int round = 0; round < 4; ++round) {
    for (const frame::EncodedPicture& encoded : stream_) pictures.push_back(**decoder_->decode(encoded));
    std::thread reader([taken = std::exchange(pictures, {})]() mutable {
      for (size_t n = 0; n < taken.size(); ++n) {
        EXPECT_GT(psnr(taken[n], test_picture(kSize, static_cast<int>(n))), 30);
        taken[n] = {};
      }
    });
    // Meanwhile the decoder takes the buffers that the reader gives back.
    for (const frame::EncodedPicture& encoded : stream_) EXPECT_TRUE(decoder_->decode(encoded));
    reader.join();
  }
}

TEST_P(EachDecoder, NeedsAKeyPictureFirst) {
  EXPECT_EQ(error_of(decoder_->decode(stream_[1])), DecodeError::NeedKeyPicture);
  frame::EncodedPicture liar = stream_[1];
  liar.key = true;
  EXPECT_FALSE(decoder_->decode(liar).value_or(std::nullopt))
      << "a picture that only says that it is one shows nothing";
  expect_whole_stream_decodes(*decoder_);
}

TEST_P(EachDecoder, AfterAnErrorItWaitsForAKeyPictureAndRecovers) {
  ASSERT_TRUE(decoder_->decode(stream_[0]));
  EXPECT_EQ(error_of(decoder_->decode(with_bytes(stream_[1], {}))), DecodeError::Corrupt);
  EXPECT_EQ(error_of(decoder_->decode(stream_[2])), DecodeError::NeedKeyPicture);
  expect_whole_stream_decodes(*decoder_);
}

TEST_P(EachDecoder, TruncatedKeyPicturesAreErrorsOrShowSomethingAndDoNoHarm) {
  const std::vector<uint8_t> whole = bytes_of(stream_[0]);
  int errors = 0;
  for (size_t length = 1; length < whole.size(); length += 1 + whole.size() / 40) {
    const auto decoder = make_video_decoder(GetParam());
    const std::vector<uint8_t> part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length));
    const auto result = decoder->decode(with_bytes(stream_[0], part));
    errors += !result;
    expect_whole_stream_decodes(*decoder);
  }
  EXPECT_GT(errors, 0);
}

TEST_P(EachDecoder, FlippedBitsAndNoiseDoNoHarm) {
  Rng rng(20'260'101);
  const auto decoder = make_video_decoder(GetParam());
  for (int round = 0; round < 60; ++round) {
    for (frame::EncodedPicture picture : stream_) {
      std::vector<uint8_t> bytes = bytes_of(picture);
      for (int flips = 0; flips < 3; ++flips)
        bytes[rng.below(bytes.size())] ^= static_cast<uint8_t>(1u << rng.below(8));
      if (round % 10 == 9)
        std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<uint8_t>(rng.below(256)); });
      picture.key = picture.key || rng.below(4) == 0;
      const auto shown = decoder->decode(with_bytes(picture, std::move(bytes)));
      if (shown && *shown) psnr(**shown, **shown);  // every pixel can be read
    }
  }
  const auto fresh = make_video_decoder(GetParam());
  expect_whole_stream_decodes(*fresh);
  decoder->decode(with_bytes(stream_[0], {}));
  expect_whole_stream_decodes(*decoder);
}

TEST_P(EachDecoder, RefusesTooManyBytes) {
  frame::EncodedPicture huge = with_bytes(stream_[0], std::vector<uint8_t>((16 << 20) + 1));
  EXPECT_EQ(error_of(decoder_->decode(huge)), DecodeError::TooLarge);
  expect_whole_stream_decodes(*decoder_);
}

std::string codec_name(const testing::TestParamInfo<rtp::Codec>& info) {
  return std::string(rtp::encoding_name(info.param));
}

INSTANTIATE_TEST_SUITE_P(Codecs, EachDecoder,
                         testing::Values(rtp::Codec::Vp8, rtp::Codec::Vp9, rtp::Codec::H264, rtp::Codec::Av1),
                         codec_name);

TEST(H264Decoder, ShowsHighProfileAtOnce) {
  const auto decoder = make_video_decoder(rtp::Codec::H264);
  const auto stream = recorded(rtp::Codec::H264, kH264HighStream);
  for (size_t n = 0; n < stream.size(); ++n) {
    const auto picture = decoder->decode(stream[n]);
    ASSERT_TRUE(picture) << to_string(picture.error());
    ASSERT_TRUE(*picture) << n;
    EXPECT_GT(psnr(**picture, test_picture(kSize, static_cast<int>(n))), 30) << n;
  }
}

TEST(H264Decoder, ALostPictureIsAnErrorRatherThanAWrongPicture) {
  const auto decoder = make_video_decoder(rtp::Codec::H264);
  const auto stream = make_stream(rtp::Codec::H264);
  ASSERT_TRUE(decoder->decode(stream[0]));
  EXPECT_FALSE(decoder->decode(stream[3]));
  EXPECT_EQ(error_of(decoder->decode(stream[4])), DecodeError::NeedKeyPicture);
}

TEST(Av1Decoder, RefusesTenBits) {
  const auto decoder = make_video_decoder(rtp::Codec::Av1);
  EXPECT_EQ(error_of(decoder->decode(from_hex(rtp::Codec::Av1, kAv1TenBits[0], true))), DecodeError::Unsupported);
}

TEST(VideoDecoder, RefusesPicturesThatAreTooLarge) {
  const auto refusal = [](const frame::EncodedPicture& picture) {
    return error_of(make_video_decoder(picture.codec)->decode(picture));
  };
  EXPECT_EQ(refusal(from_hex(rtp::Codec::Av1, kAv1TooLarge[0], true)), DecodeError::TooLarge);
  // OpenH264 refuses the parameter set by itself, and says no more than that.
  EXPECT_FALSE(make_video_decoder(rtp::Codec::H264)->decode(from_hex(rtp::Codec::H264, kH264TooLarge[0], true)));
  // RFC 6386 section 9.1: the size stands in bytes 6 to 9.
  std::vector<uint8_t> vp8 = bytes_of(make_stream(rtp::Codec::Vp8)[0]);
  vp8[6] = vp8[8] = 0x00, vp8[7] = vp8[9] = 0x20;  // 8192 x 8192
  EXPECT_EQ(refusal({.codec = rtp::Codec::Vp8, .key = true, .data = frame::Payload(vp8)}), DecodeError::TooLarge);
}

}  // namespace
}  // namespace parley::codec
