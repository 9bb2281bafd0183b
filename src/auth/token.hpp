#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "auth/claims.hpp"
#include "auth/key_ring.hpp"
#include "base/time.hpp"

/// JSON Web Tokens signed with HMAC-SHA256 (RFC 7519, RFC 7515, RFC 7518 section 3.2): the one algorithm that
/// VideoSDK's tokens use, and therefore the only one that exists here.
namespace parley::auth {

/// A real token has 200 to 500 characters; a longer one only costs us hashing.
inline constexpr size_t kMaxTokenSize = 4096;
/// Clocks of a signer and this server may differ by this much.
inline constexpr TimeDelta kDefaultLeeway = TimeDelta::seconds(30);

/// Checks signature, algorithm and times, and reads the claims. Refusals: 4001 unknown or missing apikey, 4053
/// deactivated apikey, 4002 anything wrong with the token itself, 4008 permissions missing, unknown or contradicting
/// each other.
///
/// A token must name its permissions and must expire. VideoSDK's own signer quietly makes a moderator of a token that
/// names none; here that is a refusal that says what is missing.
std::expected<Claims, Refusal> verify(std::string_view token, const KeyRing& keys, UtcTime now,
                                      TimeDelta leeway = kDefaultLeeway);

/// The compact serialization of a token with these claims. It writes what it is given: `verify` may refuse it later.
std::string issue(const Claims& claims, std::string_view secret);

}  // namespace parley::auth
