#include "api/signing_key.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <vector>

namespace parley::api {
namespace {

/// What a receiver does.
bool verifies(const std::string& public_pem, const std::string& body, const std::string& signature) {
  BIO* bio = BIO_new_mem_buf(public_pem.data(), static_cast<int>(public_pem.size()));
  EVP_PKEY* key = PEM_read_bio_PUBKEY(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  std::vector<uint8_t> bytes(signature.size());
  const int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const uint8_t*>(signature.data()),
                                   static_cast<int>(signature.size()));
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key);
  // 2048 bits are 256 bytes: base64 with two signs of padding, which EVP_DecodeBlock counts as bytes.
  const bool good = size == 258 && EVP_DigestVerify(context, bytes.data(), 256,
                                                    reinterpret_cast<const uint8_t*>(body.data()), body.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return good;
}

TEST(SigningKey, SignsWhatItsPublicKeyVerifies) {
  const SigningKey key = SigningKey::generate();
  const std::string signature = key.sign("the body");
  EXPECT_TRUE(verifies(key.public_pem(), "the body", signature));
  EXPECT_FALSE(verifies(key.public_pem(), "the bodY", signature));
  EXPECT_FALSE(verifies(SigningKey::generate().public_pem(), "the body", signature));
}

TEST(SigningKey, ComesBackFromItsText) {
  const SigningKey key = SigningKey::generate();
  const auto again = SigningKey::parse(key.private_pem());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_pem(), key.public_pem());
  EXPECT_EQ(again->sign("x"), key.sign("x"));
}

TEST(SigningKey, RefusesWhatIsNoRsaKey) {
  EXPECT_FALSE(SigningKey::parse(""));
  EXPECT_FALSE(SigningKey::parse("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
  EXPECT_FALSE(SigningKey::parse(SigningKey::generate().public_pem()));
}

}  // namespace
}  // namespace parley::api
