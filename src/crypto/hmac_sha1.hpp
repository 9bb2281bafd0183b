#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>

#include "base/bytes.hpp"

namespace parley::crypto {

/// HMAC-SHA1 (RFC 2104) under one key. The key schedule is done once, in the constructor; `compute` works on the stack
/// and never allocates, which OpenSSL 3.0's own HMAC does at each reset. A value: copies are independent.
class HmacSha1 {
 public:
  static constexpr size_t kDigestSize = 20;
  using Digest = std::array<uint8_t, kDigestSize>;

  /// Any length of key.
  explicit HmacSha1(Bytes key);

  /// Of the parts, one after the other.
  Digest compute(std::initializer_list<Bytes> parts) const;

 private:
  // Holds an OpenSSL SHA_CTX, so that its header stays out of ours.
  struct alignas(8) Sha1State {
    std::array<uint8_t, 96> storage;
  };
  Sha1State inner_;  // SHA-1 after the block key ^ ipad
  Sha1State outer_;  // SHA-1 after the block key ^ opad
};

/// Compares in a time that depends only on the size; for tags and tokens. Different sizes are unequal.
bool constant_time_equal(Bytes a, Bytes b);

}  // namespace parley::crypto
