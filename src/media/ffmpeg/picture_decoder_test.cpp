#include "media/ffmpeg/picture_decoder.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "base/rng.hpp"
#include "media/ffmpeg/test_media.hpp"

namespace parley::media {
namespace {

using namespace test;

std::vector<frame::EncodedPicture> pictures_of(Codec codec, rtp::Codec as, frame::Size size, int count,
                                               int64_t first = 0) {
  auto encoder =
      VideoEncoder::create({.codec = codec, .size = size, .bitrate = DataRate::kbps(500), .preset = "ultrafast"})
          .value();
  std::vector<EncodedPacket> packets;
  for (int i = 0; i < count; ++i) {
    EXPECT_TRUE(encoder.encode(picture(size, first + i), TimeDelta::micros(i * 33'333), packets));
  }
  EXPECT_TRUE(encoder.finish(packets));
  std::vector<frame::EncodedPicture> pictures;
  for (EncodedPacket& p : packets) pictures.push_back({.codec = as, .key = p.key, .data = std::move(p.data)});
  return pictures;
}

struct Case {
  Codec codec;
  rtp::Codec rtp;
};
void PrintTo(const Case& c, std::ostream* out) { *out << name_of(c.codec); }

class PictureDecoderOf : public testing::TestWithParam<Case> {};

TEST_P(PictureDecoderOf, GivesEachPictureAtOnceAndFollowsTheSize) {
  PictureDecoder decoder(GetParam().rtp);
  std::vector<frame::Picture> kept;
  for (const frame::Size size : {frame::Size{160, 120}, frame::Size{320, 240}}) {
    const auto pictures = pictures_of(GetParam().codec, GetParam().rtp, size, 30);
    ASSERT_EQ(pictures.size(), 30U);
    for (size_t i = 0; i < pictures.size(); ++i) {
      const auto decoded = decoder.decode(pictures[i]);
      ASSERT_TRUE(decoded) << name_of(decoded.error());
      ASSERT_TRUE(decoded->has_value()) << "without delay";
      EXPECT_EQ((*decoded)->size(), size);
      kept.push_back(**decoded);
    }
  }
  // All of them still are what they were, after the decoder went on and is gone.
  decoder = PictureDecoder(GetParam().rtp);
  for (size_t i = 0; i < kept.size(); ++i) {
    const frame::Picture& p = kept[i];
    EXPECT_NEAR(p.y().data[p.height() / 2 * p.y().stride + p.width() / 2], luma_of(static_cast<int64_t>(i % 30)), 8)
        << i;
  }
}

TEST_P(PictureDecoderOf, WaitsForAKeyPicture) {
  const auto pictures = pictures_of(GetParam().codec, GetParam().rtp, {160, 120}, 5);
  PictureDecoder decoder(GetParam().rtp);
  EXPECT_EQ(decoder.decode(pictures[1]).error(), PictureDecoder::Error::NeedKeyPicture);
  EXPECT_TRUE(decoder.decode(pictures[0]));
  EXPECT_TRUE(decoder.decode(pictures[1]));
  frame::EncodedPicture rubbish = pictures[2];
  rubbish.data = frame::Payload(std::vector<uint8_t>());
  EXPECT_EQ(decoder.decode(rubbish).error(), PictureDecoder::Error::Corrupt);
  EXPECT_EQ(decoder.decode(pictures[2]).error(), PictureDecoder::Error::NeedKeyPicture);
  EXPECT_TRUE(decoder.decode(pictures[0]));
  rubbish.data = frame::Payload(std::vector<uint8_t>(PictureDecoder::kMaxEncodedBytes + 1));
  EXPECT_EQ(decoder.decode(rubbish).error(), PictureDecoder::Error::TooLarge);
}

TEST_P(PictureDecoderOf, TellsTheColourSpaceOfTheStreamUnlessTheSenderDoes) {
  auto pictures = pictures_of(GetParam().codec, GetParam().rtp, {160, 120}, 1);
  PictureDecoder decoder(GetParam().rtp);
  const bool vp8 = GetParam().codec == Codec::Vp8;
  EXPECT_EQ((*decoder.decode(pictures[0]))->colour(), vp8 ? frame::ColourSpace{} : frame::kBt709);
  const frame::ColourSpace told{frame::Matrix::Bt2020, frame::Range::Full};
  pictures[0].colour = told;
  EXPECT_EQ((*decoder.decode(pictures[0]))->colour(), told);
}

TEST_P(PictureDecoderOf, SurvivesHostileBytes) {
  const auto pictures = pictures_of(GetParam().codec, GetParam().rtp, {160, 120}, 10);
  Rng rng(11);
  PictureDecoder decoder(GetParam().rtp);
  int refused = 0;
  for (int round = 0; round < 200; ++round) {
    const frame::EncodedPicture& whole = pictures[rng.below(pictures.size())];
    std::vector<uint8_t> bytes(whole.data.view().begin(), whole.data.view().end());
    for (uint64_t flips = rng.below(20); flips > 0; --flips)
      bytes[rng.below(bytes.size())] ^= static_cast<uint8_t>(rng.u32());
    if (rng.chance(0.3)) bytes.resize(rng.below(bytes.size()));
    frame::EncodedPicture damaged = whole;
    damaged.key = whole.key || rng.chance(0.5);
    damaged.data = frame::Payload(std::move(bytes));
    refused += decoder.decode(damaged) ? 0 : 1;
  }
  EXPECT_GT(refused, 20);
  EXPECT_TRUE(decoder.decode(pictures[0])) << "and works again from a whole key picture on";
}

INSTANTIATE_TEST_SUITE_P(Codecs, PictureDecoderOf,
                         testing::Values(Case{Codec::Vp8, rtp::Codec::Vp8}, Case{Codec::Vp9, rtp::Codec::Vp9},
                                         Case{Codec::H264, rtp::Codec::H264}),
                         [](const auto& test) { return std::string(name_of(test.param.codec)); });

TEST(PictureDecoder, DecodesAv1) {
  // An encoder that Parley does not have: temporal units from the command line's, as IVF (12 bytes before each).
  TemporaryFolder folder;
  const auto file = folder / "a.ivf";
  output_of(
      fmt::format("timeout 100 ffmpeg -v error -f lavfi -i color=0x808080:size=160x120:rate=30 -frames:v 5 "
                  "-c:v libaom-av1 -cpu-used 8 -usage realtime -lag-in-frames 0 '{}' 2>&1",
                  file.string()));
  std::ifstream in(file, std::ios::binary);
  const std::string ivf((std::istreambuf_iterator<char>(in)), {});
  PictureDecoder decoder(rtp::Codec::Av1);
  int pictures = 0;
  for (size_t at = 32; at + 12 <= ivf.size();) {
    const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(ivf[at + i])); };
    const size_t size = byte(0) | byte(1) << 8 | byte(2) << 16;
    const std::vector<uint8_t> data(ivf.begin() + static_cast<ptrdiff_t>(at + 12),
                                    ivf.begin() + static_cast<ptrdiff_t>(at + 12 + size));
    const auto decoded = decoder.decode({.codec = rtp::Codec::Av1, .key = pictures == 0, .data = frame::Payload(data)});
    ASSERT_TRUE(decoded) << name_of(decoded.error());
    ASSERT_TRUE(decoded->has_value());
    EXPECT_NEAR((*decoded)->y().data[0], 126, 4);
    ++pictures;
    at += 12 + size;
  }
  EXPECT_EQ(pictures, 5);
}

}  // namespace
}  // namespace parley::media
