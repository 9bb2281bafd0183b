#include "auth/base64url.hpp"

#include <gtest/gtest.h>

#include "base/rng.hpp"

namespace parley::auth {
namespace {

TEST(Base64url, MatchesPublishedVectors) {
  // RFC 4648 section 10, without padding.
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(base64url_encode(as_bytes(plain)), coded);
    EXPECT_EQ(base64url_decode(coded), plain);
  }
  // RFC 7515 appendix C: the two characters in which it differs from base64.
  const uint8_t bytes[] = {3, 236, 255, 224, 193};
  EXPECT_EQ(base64url_encode(bytes), "A-z_4ME");
  EXPECT_EQ(base64url_decode("A-z_4ME"), as_text(bytes));
}

TEST(Base64url, RefusesEverySpellingButOne) {
  for (const std::string_view bad : {"Zg==", "Zm9v\n", " Zm9v", "Zm+v", "Zm/v", "Z", "Zm9vY", "Zm9*", "Zh", "Zm9"}) {
    EXPECT_EQ(base64url_decode(bad), std::nullopt) << bad;  // "Zh" and "Zm9" have spare bits that are not zero
  }
  EXPECT_EQ(base64url_decode(std::string_view("Zm\0v", 4)), std::nullopt);
}

TEST(Base64url, EveryLengthComesBack) {
  Rng rng(1);
  for (size_t length = 0; length < 70; ++length) {
    std::string bytes(length, '\0');
    rng.fill({reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()});
    EXPECT_EQ(base64url_decode(base64url_encode(as_bytes(bytes))), bytes);
  }
}

}  // namespace
}  // namespace parley::auth
