#include "api/signing_key.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <vector>

#include "base/check.hpp"

namespace parley::api {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

std::string base64(const std::vector<uint8_t>& bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<uint8_t*>(out.data()), bytes.data(), static_cast<int>(bytes.size()));
  return out;
}

}  // namespace

void SigningKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

SigningKey SigningKey::generate() {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  PARLEY_CHECK(key);
  return SigningKey(key);
}

std::expected<SigningKey, std::string> SigningKey::parse(const std::string& private_pem) {
  const Bio bio(BIO_new_mem_buf(private_pem.data(), static_cast<int>(private_pem.size())), BIO_free);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr);
  if (!key) return std::unexpected("not a private key in PEM format");
  SigningKey parsed(key);
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) return std::unexpected("not an RSA key");
  return parsed;
}

std::string SigningKey::private_pem() const {
  const Bio bio(BIO_new(BIO_s_mem()), BIO_free);
  PARLEY_CHECK(PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio);
}

std::string SigningKey::public_pem() const {
  const Bio bio(BIO_new(BIO_s_mem()), BIO_free);
  PARLEY_CHECK(PEM_write_bio_PUBKEY(bio.get(), key_.get()) == 1);
  return text_of(bio);
}

std::string SigningKey::sign(std::string_view body) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const auto* data = reinterpret_cast<const uint8_t*>(body.data());
  PARLEY_CHECK(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1);
  size_t size = 0;
  PARLEY_CHECK(EVP_DigestSign(context.get(), nullptr, &size, data, body.size()) == 1);
  std::vector<uint8_t> signature(size);
  PARLEY_CHECK(EVP_DigestSign(context.get(), signature.data(), &size, data, body.size()) == 1);
  signature.resize(size);
  return base64(signature);
}

}  // namespace parley::api
