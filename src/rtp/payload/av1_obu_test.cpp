#include "rtp/payload/av1_obu.hpp"

#include <gtest/gtest.h>

#include "rtp/payload/leb128.hpp"
#include "rtp/payload/test_bit_writer.hpp"

namespace parley::rtp {
namespace {

TEST(Av1Obu, WithAndWithoutSizeAndExtension) {
  const ByteVector stream = hex("0a 02 aabb 36 48 01 cc 30 ddee");
  ByteReader reader(stream);
  const auto sized = read_obu(reader);
  ASSERT_TRUE(sized);
  EXPECT_EQ(sized->type, ObuType::SequenceHeader);
  EXPECT_EQ(ByteVector(sized->payload.begin(), sized->payload.end()), hex("aabb"));
  const auto extended = read_obu(reader);
  ASSERT_TRUE(extended);
  EXPECT_EQ(extended->type, ObuType::Frame);
  EXPECT_EQ(ByteVector(extended->header.begin(), extended->header.end()), hex("36 48"));
  const auto rest = read_obu(reader);
  ASSERT_TRUE(rest);
  EXPECT_EQ(ByteVector(rest->payload.begin(), rest->payload.end()), hex("ddee"));
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(Av1Obu, MalformedOnes) {
  for (const ByteVector& bytes :
       {hex("8a 00"), hex("34"), hex("32 05 aa"), hex("32 80"), hex("32 ffffffffffffffffff")}) {
    ByteReader reader(bytes);
    EXPECT_FALSE(read_obu(reader)) << testing::PrintToString(bytes);
  }
}

// AV1 specification section 5.5.1.
TEST(Av1SequenceHeader, SizeOfTheReducedForm) {
  BitWriter w;
  w.bits(0, 3);  // profile
  w.bits(3, 2);  // still picture, reduced header
  w.bits(4, 5);  // level
  w.bits(9, 4);
  w.bits(8, 4);
  w.bits(639, 10);
  w.bits(359, 9);
  EXPECT_EQ(av1_picture_size(w.bytes()), (PictureSize{640, 360}));
}

TEST(Av1SequenceHeader, SizeBehindTimingAndDecoderModel) {
  BitWriter w;
  w.bits(0, 3);
  w.bits(0, 2);
  w.flag(true);  // timing info
  w.bits(1, 32);
  w.bits(30, 32);
  w.flag(true);
  w.exp_golomb(0);
  w.flag(true);   // decoder model
  w.bits(15, 5);  // delays have 16 bits
  w.bits(1, 32);
  w.bits(0, 10);
  w.flag(true);  // initial display delay
  w.bits(1, 5);  // two operating points
  for (int i = 0; i < 2; ++i) {
    w.bits(0x101, 12);
    w.bits(8, 5);
    w.bits(0, 1);  // tier, since the level is above 7
    w.flag(true);
    w.bits(1000, 16);
    w.bits(2000, 16);
    w.flag(true);
    w.flag(true);
    w.bits(3, 4);
  }
  w.bits(10, 4);
  w.bits(10, 4);
  w.bits(1279, 11);
  w.bits(719, 11);
  EXPECT_EQ(av1_picture_size(w.bytes()), (PictureSize{1280, 720}));
  for (size_t size = 0; size < w.bytes().size(); ++size) EXPECT_FALSE(av1_picture_size(prefix(w.bytes(), size)));
}

TEST(Leb128, WrittenIsRead) {
  for (const size_t value : {size_t{0}, size_t{1}, size_t{127}, size_t{128}, size_t{300}, size_t{1} << 20}) {
    ByteVector bytes;
    write_leb128(value, [&](uint8_t byte) { bytes.push_back(byte); });
    EXPECT_EQ(bytes.size(), leb128_size(value));
    ByteReader reader(bytes);
    EXPECT_EQ(read_leb128(reader), value);
    EXPECT_EQ(reader.remaining(), 0u);
  }
}

}  // namespace
}  // namespace parley::rtp
