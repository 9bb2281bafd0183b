#pragma once

#include <string>

#include "base/rng.hpp"
#include "transport/description.hpp"

/// The random names that either side of a negotiation makes up.
namespace parley::transport::negotiation {

inline IceParameters new_ice_parameters(Rng& rng) {
  constexpr size_t kUfragSize = 8;  // 47 bits; RFC 8839 section 5.4 wants at least 24
  constexpr size_t kPwdSize = 24;   // 142 bits; at least 128
  std::string ufrag = rng.text(kUfragSize);
  return {std::move(ufrag), rng.text(kPwdSize)};
}

inline std::string new_cname(Rng& rng) {
  constexpr size_t kCnameSize = 16;  // 95 bits; RFC 7022 section 4.2 wants 96 or about
  return rng.text(kCnameSize);
}

}  // namespace parley::transport::negotiation
