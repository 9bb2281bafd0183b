#pragma once

#include <cstdint>

namespace parley::stun {

/// Attribute types that this code knows (RFC 8489 section 18.3, RFC 8445 section 21.2). Those below 0x8000 must be
/// understood by who receives them.
enum class Attribute : uint16_t {
  MappedAddress = 0x0001,
  Username = 0x0006,
  MessageIntegrity = 0x0008,
  ErrorCode = 0x0009,
  UnknownAttributes = 0x000a,
  Realm = 0x0014,
  Nonce = 0x0015,
  MessageIntegritySha256 = 0x001c,
  XorMappedAddress = 0x0020,
  Priority = 0x0024,
  UseCandidate = 0x0025,
  Software = 0x8022,
  Fingerprint = 0x8028,
  IceControlled = 0x8029,
  IceControlling = 0x802a,
};

inline constexpr uint16_t kFirstOptional = 0x8000;
inline constexpr uint32_t kMagicCookie = 0x2112a442;
/// XORed into FINGERPRINT, so that it differs from a CRC that an application protocol may carry (RFC 8489
/// section 14.7).
inline constexpr uint32_t kFingerprintXor = 0x5354554e;

}  // namespace parley::stun
