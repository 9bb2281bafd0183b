#include "crypto/hmac_sha1.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::crypto {
namespace {

std::string hex(Bytes bytes) {
  std::string out;
  for (uint8_t b : bytes) {
    out += "0123456789abcdef"[b >> 4];
    out += "0123456789abcdef"[b & 15];
  }
  return out;
}

struct Case {
  std::string key;
  std::string data;
  std::string digest;
};

// RFC 2202 section 3, all but the truncated one.
const Case kCases[] = {
    {std::string(20, '\x0b'), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
    {"Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
    {std::string(20, '\xaa'), std::string(50, '\xdd'), "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
    {"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19",
     std::string(50, '\xcd'), "4c9007f4026250c6bc8414f9bf50c86c2d7235da"},
    {std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
     "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
    {std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data",
     "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"},
};

TEST(HmacSha1, Rfc2202) {
  for (const Case& c : kCases) {
    const HmacSha1 hmac(as_bytes(c.key));
    EXPECT_EQ(hex(hmac.compute({as_bytes(c.data)})), c.digest) << c.data;
    EXPECT_EQ(hex(hmac.compute({as_bytes(c.data)})), c.digest) << "the key survives a use";
  }
}

TEST(HmacSha1, PartsAreConcatenated) {
  const Case& c = kCases[5];
  const HmacSha1 hmac(as_bytes(c.key));
  const Bytes data = as_bytes(c.data);
  for (size_t split = 0; split <= data.size(); ++split) {
    EXPECT_EQ(hex(hmac.compute({data.first(split), Bytes(), data.subspan(split)})), c.digest) << split;
  }
}

TEST(HmacSha1, CopiesAreIndependent) {
  HmacSha1 one(as_bytes("Jefe"));
  const HmacSha1 two = one;
  one = HmacSha1(as_bytes(kCases[0].key));
  EXPECT_EQ(hex(one.compute({as_bytes(kCases[0].data)})), kCases[0].digest);
  EXPECT_EQ(hex(two.compute({as_bytes(kCases[1].data)})), kCases[1].digest);
}

TEST(HmacSha1, EmptyKeyAndMessage) {
  EXPECT_EQ(hex(HmacSha1(Bytes()).compute({})), "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
}

TEST(ConstantTimeEqual, SizesAndEveryByteCount) {
  const std::vector<uint8_t> a = {1, 2, 3, 4};
  EXPECT_TRUE(constant_time_equal(a, a));
  EXPECT_TRUE(constant_time_equal(Bytes(), Bytes()));
  EXPECT_FALSE(constant_time_equal(a, Bytes(a).first(3)));
  for (size_t i = 0; i < a.size(); ++i) {
    std::vector<uint8_t> b = a;
    b[i] ^= 0x80;
    EXPECT_FALSE(constant_time_equal(a, b)) << i;
  }
}

}  // namespace
}  // namespace parley::crypto
