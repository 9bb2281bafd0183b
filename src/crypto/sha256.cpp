#include "crypto/sha256.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.hpp"

namespace parley::crypto {

struct Sha256::Library {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
};

void Sha256::Destroy::operator()(Library* library) const {
  EVP_MD_CTX_free(library->context);
  delete library;
}

Sha256::Sha256() : library_(new Library) {
  PARLEY_CHECK(library_->context && EVP_DigestInit_ex(library_->context, EVP_sha256(), nullptr) == 1);
}

void Sha256::update(Bytes bytes) { PARLEY_CHECK(EVP_DigestUpdate(library_->context, bytes.data(), bytes.size()) == 1); }

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  PARLEY_CHECK(EVP_DigestFinal_ex(library_->context, digest.data(), nullptr) == 1);
  return digest;
}

Sha256Digest sha256(Bytes bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

Sha256Digest hmac_sha256(Bytes key, Bytes bytes) {
  Sha256Digest digest;
  unsigned size = digest.size();
  static const uint8_t kNone = 0;  // OpenSSL takes a null key for the key of the call before
  const uint8_t* key_bytes = key.empty() ? &kNone : key.data();
  PARLEY_CHECK(HMAC(EVP_sha256(), key_bytes, static_cast<int>(key.size()), bytes.data(), bytes.size(), digest.data(),
                    &size) != nullptr);
  return digest;
}

std::string to_hex(Bytes bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

}  // namespace parley::crypto
