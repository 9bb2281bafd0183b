#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <array>

namespace parley {
namespace {

TEST(ByteReader, ReadsBigEndianFields) {
  const std::array<uint8_t, 18> bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u8(), 0x01);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u24(), 0x040506u);
  EXPECT_EQ(reader.u32(), 0x0708090au);
  EXPECT_EQ(reader.u64(), 0x0b0c0d0e0f101112u);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(ByteReader, PastTheEndGivesZeroAndStaysFailed) {
  const std::array<uint8_t, 3> bytes{1, 2, 3};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u32(), 0u);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0u) << "one byte would fit, but the structure is already broken";
  EXPECT_TRUE(reader.take(1).empty());
}

TEST(ByteWriter, WritesWhatAReaderReads) {
  std::array<uint8_t, 64> buffer{};
  ByteWriter writer(buffer);
  writer.u8(0xff);
  writer.u16(0x1234);
  writer.u24(0x56789a);
  writer.u32(0xdeadbeef);
  writer.u64(0x0102030405060708);
  writer.bytes(as_bytes("ok"));
  writer.fill(7, 2);
  ASSERT_TRUE(writer.ok());
  ByteReader reader(writer.written());
  EXPECT_EQ(reader.u8(), 0xff);
  EXPECT_EQ(reader.u16(), 0x1234);
  EXPECT_EQ(reader.u24(), 0x56789au);
  EXPECT_EQ(reader.u32(), 0xdeadbeefu);
  EXPECT_EQ(reader.u64(), 0x0102030405060708u);
  EXPECT_EQ(as_text(reader.take(2)), "ok");
  EXPECT_EQ(reader.u16(), 0x0707);
}

TEST(ByteWriter, WhatDoesNotFitWritesNothing) {
  std::array<uint8_t, 4> buffer{};
  ByteWriter writer(MutableBytes(buffer).first(3));
  writer.u16(0x0102);
  writer.u16(0x0304);
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(buffer, (std::array<uint8_t, 4>{1, 2, 0, 0}));
}

}  // namespace
}  // namespace parley
