#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "base/prefetch.hpp"

namespace parley::srtp {

/// AES-GCM with one key, 12 bytes of nonce and 16 of tag, for packets: the key schedule is done once. Two libraries
/// stand behind it; both give the same bytes.
class Gcm {
 public:
  enum class Use : bool { Open, Seal };
  static constexpr size_t kNonceSize = 12;
  static constexpr size_t kTagSize = 16;
  /// What ipsec-mb's round keys and powers of the hash key take. Prefetching beyond a smaller object does no harm.
  static constexpr size_t kKeyArea = 1152;

  /// Keys of 16 or 32 bytes. The fastest that this build and this CPU have.
  static std::unique_ptr<Gcm> create(Bytes key, Use use);
  /// OpenSSL's EVP: everywhere.
  static std::unique_ptr<Gcm> create_evp(Bytes key, Use use);
  /// Intel's ipsec-mb: some three times faster on packets, as EVP's calls cost more than AES. Null if the build
  /// lacks it or the CPU lacks AES instructions.
  static std::unique_ptr<Gcm> create_ipsec_mb(Bytes key);
  virtual ~Gcm() = default;

  /// Asks for the cache lines of the key. Reads nothing of the object but its own address.
  void prefetch() const { parley::prefetch(this, kKeyArea); }

  /// Encrypts `plain` to `cipher` (the same size; the same place or apart) and writes the tag.
  virtual void seal(const uint8_t* nonce, Bytes clear, Bytes plain, uint8_t* cipher, uint8_t* tag) = 0;
  /// Checks the tag and decrypts in place; false if it is wrong, and `data` is then undefined.
  virtual bool open(const uint8_t* nonce, Bytes clear, MutableBytes data, const uint8_t* tag) = 0;
};

}  // namespace parley::srtp
