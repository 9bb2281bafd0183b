#include "srtp/packet_cipher.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace parley::srtp {
namespace {

const EVP_CIPHER* cipher_of(Profile profile) {
  switch (profile) {
    case Profile::Aes128CmSha1_80: return EVP_aes_128_ctr();
    case Profile::AeadAes128Gcm: return EVP_aes_128_gcm();
    case Profile::AeadAes256Gcm: return EVP_aes_256_gcm();
  }
  PARLEY_CHECK(false);
  return nullptr;
}

}  // namespace

void PacketCipher::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

PacketCipher::PacketCipher(const MasterKey& master, Stream stream, Use use)
    : PacketCipher(master.profile, SessionKey(master, stream), use) {}

PacketCipher::PacketCipher(Profile profile, const SessionKey& key, Use use)
    : profile_(profile), context_(EVP_CIPHER_CTX_new()) {
  PARLEY_CHECK(key.encryption.size() == key_size(profile) && key.salt.size() == salt_size(profile));
  std::copy(key.salt.begin(), key.salt.end(), salt_.begin());
  if (!is_gcm(profile_)) hmac_.emplace(Bytes(key.authentication.data(), key.authentication.size()));
  const int encrypt = use == Use::Seal || !is_gcm(profile_) ? 1 : 0;
  PARLEY_CHECK(context_ && EVP_CipherInit_ex(context_.get(), cipher_of(profile_), nullptr, key.encryption.data(),
                                             nullptr, encrypt) == 1);
}

// SSRC and index stand two bytes later in counter mode than in GCM, whose IV is 12 bytes long.
std::array<uint8_t, 16> PacketCipher::iv_of(const Position& position) const {
  std::array<uint8_t, 16> iv{};
  const size_t at = is_gcm(profile_) ? 2 : 4;
  store_be32(&iv[at], position.ssrc);
  store_be16(&iv[at + 4], static_cast<uint16_t>(position.index >> 32));
  store_be32(&iv[at + 6], static_cast<uint32_t>(position.index));
  for (size_t i = 0; i < iv.size(); ++i) iv[i] ^= salt_[i];
  return iv;
}

void PacketCipher::add_clear(Bytes part) {
  if (part.empty()) return;
  int written = 0;
  PARLEY_CHECK(EVP_CipherUpdate(context_.get(), nullptr, &written, part.data(), static_cast<int>(part.size())) == 1);
}

void PacketCipher::apply_key_stream(const Position& position, Bytes in, uint8_t* out) {
  const auto iv = iv_of(position);
  PARLEY_CHECK(EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, iv.data(), -1) == 1);
  int written = 0;
  if (in.empty()) return;
  PARLEY_CHECK(EVP_CipherUpdate(context_.get(), out, &written, in.data(), static_cast<int>(in.size())) == 1);
}

void PacketCipher::seal(const Position& position, const ClearParts& clear, Bytes plain, uint8_t* cipher, uint8_t* tag) {
  if (hmac_) {
    apply_key_stream(position, plain, cipher);
    const auto digest = hmac_->compute({clear.header, Bytes(cipher, plain.size()), clear.trailer});
    std::copy_n(digest.begin(), tag_size(profile_), tag);
    return;
  }
  const auto iv = iv_of(position);
  PARLEY_CHECK(EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, iv.data(), -1) == 1);
  add_clear(clear.header);
  add_clear(clear.trailer);
  int written = 0;
  if (!plain.empty()) {
    PARLEY_CHECK(EVP_CipherUpdate(context_.get(), cipher, &written, plain.data(), static_cast<int>(plain.size())) == 1);
  }
  PARLEY_CHECK(EVP_CipherFinal_ex(context_.get(), cipher + plain.size(), &written) == 1);
  const int size = static_cast<int>(tag_size(profile_));
  PARLEY_CHECK(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, size, tag) == 1);
}

bool PacketCipher::open(const Position& position, const ClearParts& clear, MutableBytes data, Bytes tag) {
  PARLEY_CHECK(tag.size() == tag_size(profile_));
  if (hmac_) {
    const auto digest = hmac_->compute({clear.header, data, clear.trailer});
    if (!crypto::constant_time_equal(Bytes(digest).first(tag.size()), tag)) return false;
    apply_key_stream(position, data, data.data());
    return true;
  }
  const auto iv = iv_of(position);
  PARLEY_CHECK(EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, iv.data(), -1) == 1);
  std::array<uint8_t, 16> expected;  // a copy, as OpenSSL's interface takes no const
  std::copy(tag.begin(), tag.end(), expected.begin());
  const int size = static_cast<int>(tag.size());
  PARLEY_CHECK(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, size, expected.data()) == 1);
  add_clear(clear.header);
  add_clear(clear.trailer);
  int written = 0;
  if (!data.empty()) {
    const int in = static_cast<int>(data.size());
    PARLEY_CHECK(EVP_CipherUpdate(context_.get(), data.data(), &written, data.data(), in) == 1);
  }
  return EVP_CipherFinal_ex(context_.get(), data.data() + data.size(), &written) == 1;
}

}  // namespace parley::srtp
