#include "server/byte_range.hpp"

#include <gtest/gtest.h>

namespace parley::server {
namespace {

TEST(ByteRange, Rfc9110Examples) {  // section 14.1.2, of a file of 10000 bytes
  EXPECT_EQ(parse_range("bytes=0-499", 10000).value(), (ByteRange{0, 500}));
  EXPECT_EQ(parse_range("bytes=500-999", 10000).value(), (ByteRange{500, 500}));
  EXPECT_EQ(parse_range("bytes=-500", 10000).value(), (ByteRange{9500, 500}));
  EXPECT_EQ(parse_range("bytes=9500-", 10000).value(), (ByteRange{9500, 500}));
  EXPECT_EQ(parse_range("bytes=0-0", 10000).value(), (ByteRange{0, 1}));
}

TEST(ByteRange, EndsWithTheFile) {
  EXPECT_EQ(parse_range("bytes=9000-20000", 10000).value(), (ByteRange{9000, 1000}));
  EXPECT_EQ(parse_range("bytes=-20000", 10000).value(), (ByteRange{0, 10000}));
}

TEST(ByteRange, WhatCannotBeIsNotSatisfiable) {
  EXPECT_FALSE(parse_range("bytes=10000-", 10000));
  EXPECT_FALSE(parse_range("bytes=10000-10001", 10000));
  EXPECT_FALSE(parse_range("bytes=-0", 10000));
  EXPECT_FALSE(parse_range("bytes=0-", 0));
}

TEST(ByteRange, WhatIsNotUnderstoodIsIgnored) {
  for (const char* header : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=0-1,3-4", "items=0-1",
                             "bytes=1-2x", "bytes=99999999999999999999-", "bytes= 0-1", "bytes=--1"}) {
    const auto range = parse_range(header, 10000);
    ASSERT_TRUE(range) << header;
    EXPECT_EQ(*range, std::nullopt) << header;
  }
}

}  // namespace
}  // namespace parley::server
