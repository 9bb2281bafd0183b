#include "rtp/payload/bit_reader.hpp"

#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "rtp/payload/test_bit_writer.hpp"

namespace parley::rtp {
namespace {

TEST(BitReader, MostSignificantFirst) {
  const ByteVector bytes = hex("a5 0f ff");
  BitReader bits(bytes);
  EXPECT_TRUE(bits.flag());
  EXPECT_EQ(bits.bits(3), 2u);
  EXPECT_EQ(bits.bits(12), 0x50fu);
  EXPECT_EQ(bits.bits(0), 0u);
  EXPECT_EQ(bits.bits(8), 0xffu);
  EXPECT_TRUE(bits.ok());
}

TEST(BitReader, PastTheEndFailsForGood) {
  const ByteVector bytes = hex("ff");
  BitReader bits(bytes);
  EXPECT_EQ(bits.bits(9), 0u);
  EXPECT_FALSE(bits.ok());
  EXPECT_EQ(bits.bits(1), 0u) << "although a bit is left";
  EXPECT_FALSE(bits.ok());
}

TEST(BitReader, WholeWords) {
  const ByteVector bytes = hex("7f ffffffff");
  BitReader bits(bytes);
  EXPECT_FALSE(bits.flag());
  EXPECT_EQ(bits.bits(32), 0xffffffffu);
}

// The table for n = 5 in AV1 specification section 4.10.7: 00, 01, 10, 110, 111.
TEST(BitReader, NonSymmetricTable) {
  const ByteVector bytes = hex("1b 80");  // 00 01 10 111 0...
  BitReader bits(bytes);
  EXPECT_EQ(bits.non_symmetric(5), 0u);
  EXPECT_EQ(bits.non_symmetric(5), 1u);
  EXPECT_EQ(bits.non_symmetric(5), 2u);
  EXPECT_EQ(bits.non_symmetric(5), 4u);
  EXPECT_EQ(bits.non_symmetric(1), 0u) << "one value takes no bits";
  EXPECT_EQ(bits.bits(7), 0u);
  EXPECT_TRUE(bits.ok());
}

// The table of ITU-T H.264 section 9.1: 1, 010, 011, 00100.
TEST(BitReader, ExpGolombTable) {
  const ByteVector bytes = hex("a6 40");
  BitReader bits(bytes);
  for (const uint32_t expected : {0u, 1u, 2u, 3u}) EXPECT_EQ(bits.exp_golomb(), expected);
  BitReader again(bytes);
  for (const int32_t expected : {0, 1, -1, 2}) EXPECT_EQ(again.signed_exp_golomb(), expected);
}

TEST(BitReader, ExpGolombEnds) {
  const ByteVector longest = hex("00000001 fffffffe");
  EXPECT_EQ(BitReader(longest).exp_golomb(), 0xfffffffeu);
  EXPECT_EQ(BitReader(longest).signed_exp_golomb(), -0x7fffffff);
  const ByteVector zeros(16, 0);
  BitReader endless(zeros);
  EXPECT_EQ(endless.exp_golomb(), 0u);
  EXPECT_FALSE(endless.ok());
  const ByteVector cut = hex("01");
  BitReader short_one(cut);
  EXPECT_EQ(short_one.exp_golomb(), 0u);
  EXPECT_FALSE(short_one.ok());
}

TEST(BitReader, WhatIsWrittenIsRead) {
  Rng rng(1);
  for (int round = 0; round < 2000; ++round) {
    const auto value = static_cast<uint32_t>(rng.u64() >> (33 + rng.below(31)));
    const auto bound = static_cast<uint32_t>(1 + rng.below(1 << 16));
    const auto below_bound = static_cast<uint32_t>(rng.below(bound));
    BitWriter writer;
    writer.exp_golomb(value);
    writer.signed_exp_golomb(-static_cast<int32_t>(value / 2));
    writer.non_symmetric(below_bound, bound);
    BitReader reader(writer.bytes());
    EXPECT_EQ(reader.exp_golomb(), value);
    EXPECT_EQ(reader.signed_exp_golomb(), -static_cast<int32_t>(value / 2));
    EXPECT_EQ(reader.non_symmetric(bound), below_bound);
    EXPECT_TRUE(reader.ok());
  }
}

}  // namespace
}  // namespace parley::rtp
