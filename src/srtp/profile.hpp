#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/fixed_vector.hpp"

namespace parley::srtp {

/// Protection profiles by their number in use_srtp (RFC 5764 section 4.1.2, RFC 7714 section 14.2).
enum class Profile : uint16_t {
  Aes128CmSha1_80 = 0x0001,
  AeadAes128Gcm = 0x0007,
  AeadAes256Gcm = 0x0008,
};

constexpr bool is_gcm(Profile profile) { return profile != Profile::Aes128CmSha1_80; }
constexpr size_t key_size(Profile profile) { return profile == Profile::AeadAes256Gcm ? 32 : 16; }
constexpr size_t salt_size(Profile profile) { return is_gcm(profile) ? 12 : 14; }
/// What SRTP adds to a packet: the tag.
constexpr size_t tag_size(Profile profile) { return is_gcm(profile) ? 16 : 10; }
/// What SRTCP adds: the tag and the index word (RFC 3711 section 3.4).
constexpr size_t rtcp_overhead(Profile profile) { return tag_size(profile) + 4; }

inline constexpr size_t kMaxOverhead = rtcp_overhead(Profile::AeadAes128Gcm);

/// The master key and salt of one direction.
struct MasterKey {
  Profile profile = Profile::AeadAes128Gcm;
  FixedVector<uint8_t, 32> key;   ///< `key_size(profile)` bytes
  FixedVector<uint8_t, 14> salt;  ///< `salt_size(profile)` bytes
};

/// Both directions, as this end sees them.
struct SessionKeys {
  MasterKey local;   ///< protects what we send
  MasterKey remote;  ///< opens what we receive
};

}  // namespace parley::srtp
