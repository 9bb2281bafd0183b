#include "auth/hs256.hpp"

#include <gtest/gtest.h>

#include "auth/base64url.hpp"

namespace parley::auth {
namespace {

TEST(Hs256, MatchesRfc7515AppendixA1) {
  const std::string secret =
      *base64url_decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  const std::string input =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  const std::string signature = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  EXPECT_EQ(base64url_encode(hs256_sign(input, secret)), signature);
  EXPECT_TRUE(hs256_verify(input, *base64url_decode(signature), secret));
}

TEST(Hs256, MatchesRfc4231Case2) {
  EXPECT_EQ(base64url_encode(hs256_sign("what do ya want for nothing?", "Jefe")),
            base64url_encode(std::array<uint8_t, 32>{0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24,
                                                     0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27,
                                                     0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43}));
}

TEST(Hs256, RefusesEveryFlippedBitAndEveryOtherLength) {
  const Hs256 good = hs256_sign("input", "secret");
  const std::string signature(good.begin(), good.end());
  ASSERT_TRUE(hs256_verify("input", signature, "secret"));
  for (size_t bit = 0; bit < 256; ++bit) {
    std::string forged = signature;
    forged[bit / 8] = static_cast<char>(forged[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(hs256_verify("input", forged, "secret"));
  }
  EXPECT_FALSE(hs256_verify("input", signature.substr(0, 31), "secret"));
  EXPECT_FALSE(hs256_verify("input", signature + '\0', "secret"));
  EXPECT_FALSE(hs256_verify("input", "", "secret"));
  EXPECT_FALSE(hs256_verify("input2", signature, "secret"));
  EXPECT_FALSE(hs256_verify("input", signature, "secret2"));
}

}  // namespace
}  // namespace parley::auth
