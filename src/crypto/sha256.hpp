#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "base/bytes.hpp"

namespace parley::crypto {

using Sha256Digest = std::array<uint8_t, 32>;

/// SHA-256 (FIPS 180-4) of bytes that come piece by piece.
class Sha256 {
 public:
  Sha256();
  void update(Bytes bytes);
  /// Ends it; no further call may follow.
  Sha256Digest finish();

 private:
  struct Library;
  struct Destroy {
    void operator()(Library* library) const;
  };
  std::unique_ptr<Library, Destroy> library_;
};

Sha256Digest sha256(Bytes bytes);
/// HMAC-SHA256 (RFC 2104), any length of key. Allocates: not for the packet path.
Sha256Digest hmac_sha256(Bytes key, Bytes bytes);
/// Lower-case hex, as HTTP signatures want it.
std::string to_hex(Bytes bytes);

}  // namespace parley::crypto
