#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sdp/attributes.hpp"

namespace parley::sdp {

/// a=candidate, RFC 8839 section 5.1, and RFC 6544 section 4.5 for TCP. Related addresses and other extensions are read
/// over.
struct Candidate {
  std::string foundation;
  uint16_t component = 1;
  std::string transport;  ///< lower case: "udp", "tcp"
  uint32_t priority = 0;
  std::string address;  ///< an IP address, or a name such as those of mDNS
  uint16_t port = 0;
  std::string type;      ///< "host", "srflx", "prflx", "relay"
  std::string tcp_type;  ///< "active", "passive", "so"; "" for UDP
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

Parsed<Candidate> parse_candidate(std::string_view text);
void append(std::string& out, const Candidate& value);

}  // namespace parley::sdp
