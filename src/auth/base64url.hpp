#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

/// base64url without padding (RFC 4648 section 5, RFC 7515 appendix C).
namespace parley::auth {

std::string base64url_encode(Bytes bytes);
/// None for padding, white space, foreign characters, an impossible length, or spare bits that are not zero: each value
/// has one spelling, so that a token cannot be respelled and still verify.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace parley::auth
