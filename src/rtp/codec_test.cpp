#include "rtp/codec.hpp"

#include <gtest/gtest.h>

namespace parley::rtp {
namespace {

TEST(Codec, EveryNameLeadsBack) {
  for (const Codec codec : {Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1}) {
    EXPECT_EQ(codec_from_encoding_name(encoding_name(codec)), codec);
  }
}

TEST(Codec, NamesCompareWithoutCase) {
  EXPECT_EQ(codec_from_encoding_name("OPUS"), Codec::Opus);
  EXPECT_EQ(codec_from_encoding_name("vp8"), Codec::Vp8);
  EXPECT_EQ(codec_from_encoding_name("av1"), Codec::Av1);
}

TEST(Codec, OtherNamesAreRefused) {
  for (const char* name : {"", "rtx", "red", "ulpfec", "VP", "VP88", "H265", "opus/48000"}) {
    EXPECT_EQ(codec_from_encoding_name(name), std::nullopt) << name;
  }
}

TEST(Codec, KindAndClockRate) {
  EXPECT_EQ(kind(Codec::Opus), MediaKind::Audio);
  EXPECT_EQ(clock_rate(Codec::Opus), 48000u);
  for (const Codec codec : {Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1}) {
    EXPECT_EQ(kind(codec), MediaKind::Video);
    EXPECT_EQ(clock_rate(codec), 90000u);
  }
}

}  // namespace
}  // namespace parley::rtp
