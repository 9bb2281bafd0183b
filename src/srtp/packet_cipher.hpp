#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "crypto/hmac_sha1.hpp"
#include "srtp/gcm.hpp"
#include "srtp/key_derivation.hpp"
#include "srtp/profile.hpp"

struct evp_cipher_ctx_st;

namespace parley::srtp {

/// Encrypts and authenticates the packets of one direction and kind (RTP or RTCP). The keys are scheduled once; a
/// packet sets the nonce and no more, and allocates nothing.
class PacketCipher {
 public:
  enum class Use : bool { Open, Seal };
  PacketCipher(const MasterKey& master, Stream stream, Use use);
  /// With session keys that were derived elsewhere.
  PacketCipher(Profile profile, const SessionKey& key, Use use);

  /// What makes the nonce (RFC 3711 section 4.1.1, RFC 7714 sections 8.1 and 9.1).
  struct Position {
    uint32_t ssrc = 0;
    uint64_t index = 0;  ///< RTP: roll-over count and sequence number, 48 bits; RTCP: the SRTCP index, 31 bits
  };
  /// What is authenticated and not encrypted. `trailer` is the SRTCP index word, or with SHA-1 the RTP roll-over count.
  struct ClearParts {
    Bytes header;
    Bytes trailer;
  };

  /// Encrypts `plain` to `cipher` (the same size; the same place or apart) and writes the tag, `tag_size` bytes.
  void seal(const Position& position, const ClearParts& clear, Bytes plain, uint8_t* cipher, uint8_t* tag);
  /// Checks the tag and decrypts in place; false if it is wrong, and `data` is then undefined.
  bool open(const Position& position, const ClearParts& clear, MutableBytes data, Bytes tag);

  Profile profile() const { return profile_; }
  /// Asks for the cache lines of the key.
  void prefetch() const {
    if (gcm_) gcm_->prefetch();
  }

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  std::array<uint8_t, 16> iv_of(const Position& position) const;
  void apply_key_stream(const Position& position, Bytes in, uint8_t* out);

  Profile profile_;
  std::array<uint8_t, 16> salt_{};  // as it is XORed into the IV
  std::unique_ptr<Gcm> gcm_;        // GCM profiles
  // SHA-1 profile:
  std::unique_ptr<evp_cipher_ctx_st, Free> context_;
  std::optional<crypto::HmacSha1> hmac_;
};

}  // namespace parley::srtp
