#pragma once

#include <array>
#include <cstdint>
#include <string_view>

/// HMAC-SHA256 as a JWS signature (RFC 7518 section 3.2). The only file of this module that knows OpenSSL.
namespace parley::auth {

using Hs256 = std::array<uint8_t, 32>;

Hs256 hs256_sign(std::string_view input, std::string_view secret);
/// Compares in constant time, so that a forger cannot find a signature byte by byte.
bool hs256_verify(std::string_view input, std::string_view signature, std::string_view secret);

}  // namespace parley::auth
