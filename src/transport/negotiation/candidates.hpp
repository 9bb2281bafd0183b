#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "transport/description.hpp"

namespace parley::transport::negotiation {

/// RFC 8445 section 5.1.2.1 for a host candidate of component 1; for TCP the local preference of RFC 6544 section 4.2.
/// `index`: position in the list of candidates, preferred first.
uint32_t candidate_priority(LocalCandidate::Kind kind, size_t index);

/// The texts after "a=candidate:" (RFC 8839 section 5.1, RFC 6544 section 4.5). Candidates with the same address and
/// protocol share a foundation.
std::vector<std::string> candidate_lines(std::span<const LocalCandidate> candidates);

/// The peer's candidates that a full agent can use, from the same texts: UDP, and passive TCP. Others (names, component
/// 2, simultaneous-open) and damaged ones are left out, as RFC 8839 section 5.1 has unknown ones ignored.
std::vector<ice::RemoteCandidate> read_candidates(std::span<const std::string> lines);

/// The default destination of m= and c= (RFC 8839 section 4.2.1): the first UDP candidate, else port 9 of 0.0.0.0.
struct DefaultDestination {
  uint16_t port = 9;
  std::string connection = "IN IP4 0.0.0.0";
};
DefaultDestination default_destination(std::span<const LocalCandidate> candidates);

}  // namespace parley::transport::negotiation
