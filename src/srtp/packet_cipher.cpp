#include "srtp/packet_cipher.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace parley::srtp {
namespace {

// GCM takes the clear parts in one piece. There are two for SRTCP only: 8 bytes of header and the index word.
class ClearBytes {
 public:
  explicit ClearBytes(const PacketCipher::ClearParts& clear) : all_(clear.header) {
    if (clear.trailer.empty()) return;
    PARLEY_CHECK(clear.header.size() + clear.trailer.size() <= joined_.size());
    std::copy(clear.header.begin(), clear.header.end(), joined_.begin());
    std::copy(clear.trailer.begin(), clear.trailer.end(), joined_.begin() + clear.header.size());
    all_ = Bytes(joined_).first(clear.header.size() + clear.trailer.size());
  }
  ClearBytes(const ClearBytes&) = delete;
  ClearBytes& operator=(const ClearBytes&) = delete;
  Bytes all() const { return all_; }

 private:
  std::array<uint8_t, 16> joined_;
  Bytes all_;
};

}  // namespace

void PacketCipher::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

PacketCipher::PacketCipher(const MasterKey& master, Stream stream, Use use)
    : PacketCipher(master.profile, SessionKey(master, stream), use) {}

PacketCipher::PacketCipher(Profile profile, const SessionKey& key, Use use) : profile_(profile) {
  PARLEY_CHECK(key.encryption.size() == key_size(profile) && key.salt.size() == salt_size(profile));
  std::copy(key.salt.begin(), key.salt.end(), salt_.begin());
  const Bytes encryption(key.encryption.data(), key.encryption.size());
  if (is_gcm(profile_)) {
    gcm_ = Gcm::create(encryption, use == Use::Seal ? Gcm::Use::Seal : Gcm::Use::Open);
    return;
  }
  hmac_.emplace(Bytes(key.authentication.data(), key.authentication.size()));
  context_.reset(EVP_CIPHER_CTX_new());
  // Counter mode opens as it seals.
  PARLEY_CHECK(context_ &&
               EVP_CipherInit_ex(context_.get(), EVP_aes_128_ctr(), nullptr, encryption.data(), nullptr, 1) == 1);
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

void PacketCipher::apply_key_stream(const Position& position, Bytes in, uint8_t* out) {
  const auto iv = iv_of(position);
  PARLEY_CHECK(EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, iv.data(), -1) == 1);
  int written = 0;
  if (in.empty()) return;
  PARLEY_CHECK(EVP_CipherUpdate(context_.get(), out, &written, in.data(), static_cast<int>(in.size())) == 1);
}

void PacketCipher::seal(const Position& position, const ClearParts& clear, Bytes plain, uint8_t* cipher, uint8_t* tag) {
  if (gcm_) return gcm_->seal(iv_of(position).data(), ClearBytes(clear).all(), plain, cipher, tag);
  apply_key_stream(position, plain, cipher);
  const auto digest = hmac_->compute({clear.header, Bytes(cipher, plain.size()), clear.trailer});
  std::copy_n(digest.begin(), tag_size(profile_), tag);
}

bool PacketCipher::open(const Position& position, const ClearParts& clear, MutableBytes data, Bytes tag) {
  PARLEY_CHECK(tag.size() == tag_size(profile_));
  if (gcm_) return gcm_->open(iv_of(position).data(), ClearBytes(clear).all(), data, tag.data());
  const auto digest = hmac_->compute({clear.header, data, clear.trailer});
  if (!crypto::constant_time_equal(Bytes(digest).first(tag.size()), tag)) return false;
  apply_key_stream(position, data, data.data());
  return true;
}

}  // namespace parley::srtp
