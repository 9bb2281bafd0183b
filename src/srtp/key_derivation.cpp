#include "srtp/key_derivation.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

namespace parley::srtp {
namespace {

template <size_t N>
void derive(const MasterKey& master, uint8_t label, size_t size, FixedVector<uint8_t, N>& out) {
  out.clear();
  for (size_t i = 0; i < size; ++i) out.push_back(0);
  derive(master, label, MutableBytes(out.data(), size));
}

}  // namespace

SessionKey::SessionKey(const MasterKey& master, Stream stream) {
  const auto label = static_cast<uint8_t>(stream);
  derive(master, label, key_size(master.profile), encryption);
  derive(master, label + 1, is_gcm(master.profile) ? 0 : authentication.capacity(), authentication);
  derive(master, label + 2, salt_size(master.profile), salt);
}

SessionKey::~SessionKey() {
  OPENSSL_cleanse(encryption.data(), encryption.size());
  OPENSSL_cleanse(authentication.data(), authentication.size());
  OPENSSL_cleanse(salt.data(), salt.size());
}

void derive(const MasterKey& master, uint8_t label, MutableBytes out) {
  PARLEY_CHECK(master.key.size() == key_size(master.profile) && master.salt.size() == salt_size(master.profile));
  // A 96-bit GCM salt is padded with zeros on the right (RFC 7714 section 11).
  std::array<uint8_t, 16> iv{};
  std::copy(master.salt.begin(), master.salt.end(), iv.begin());
  iv[7] ^= label;
  std::fill(out.begin(), out.end(), uint8_t{0});

  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                &EVP_CIPHER_CTX_free);
  PARLEY_CHECK(context);
  const EVP_CIPHER* cipher = master.key.size() == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
  PARLEY_CHECK(EVP_EncryptInit_ex(context.get(), cipher, nullptr, master.key.data(), iv.data()) == 1);
  int written = 0;
  PARLEY_CHECK(EVP_EncryptUpdate(context.get(), out.data(), &written, out.data(), static_cast<int>(out.size())) == 1);
}

}  // namespace parley::srtp
