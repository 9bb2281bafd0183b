#pragma once

#include <algorithm>
#include <cstdint>

#include "base/address.hpp"

/// Candidates as a full agent pairs them, and the priorities of RFC 8445 and RFC 6544.
namespace parley::ice {

/// An address of ours that datagrams can leave from: a bound UDP socket. TCP needs none, as its candidates are active:
/// whatever address the connecting socket gets.
struct HostCandidate {
  /// As paths of its datagrams have it in `Path::local`. "::" (`IpAddress()`) stands for a socket on all addresses and
  /// of both families, "0.0.0.0" for one of all IPv4 addresses: the kernel chooses then.
  SocketAddress address;
  uint16_t preference = 0xffff;  ///< among our own, the preferred one highest (RFC 8445 section 5.1.2.1)
  friend bool operator==(const HostCandidate&, const HostCandidate&) = default;
};

/// An address of the peer. TCP: a passive one, to which we connect (RFC 6544 section 4.5).
struct RemoteCandidate {
  Path::Protocol protocol = Path::Protocol::Udp;
  SocketAddress address;
  uint32_t priority = 0;  ///< as the peer says
  friend bool operator==(const RemoteCandidate&, const RemoteCandidate&) = default;
};

/// Type preferences: what RFC 8445 section 5.1.2.2 recommends for UDP. TCP has to be below (RFC 6544 section 4.2),
/// since a lost segment holds up all media behind it.
inline constexpr uint8_t kHostPreference = 126;
inline constexpr uint8_t kPeerReflexivePreference = 110;
inline constexpr uint8_t kTcpHostPreference = 90;
inline constexpr uint8_t kTcpPeerReflexivePreference = 80;

/// Direction preferences of TCP host candidates (RFC 6544 section 4.2): the upper 3 bits of the local preference.
enum class TcpDirection : uint8_t { Passive = 4, Active = 6 };
constexpr uint16_t tcp_local_preference(TcpDirection direction, uint16_t other) {
  return static_cast<uint16_t>(static_cast<uint16_t>(direction) << 13 | std::min<uint16_t>(other, 0x1fff));
}

/// RFC 8445 section 5.1.2.1 for component 1: RTP and RTCP are multiplexed.
constexpr uint32_t candidate_priority(uint8_t type_preference, uint16_t local_preference) {
  constexpr uint32_t kComponent = 1;
  return uint32_t{type_preference} << 24 | uint32_t{local_preference} << 8 | (256 - kComponent);
}

/// RFC 8445 section 6.1.2.3.
constexpr uint64_t pair_priority(uint32_t controlling, uint32_t controlled) {
  return (uint64_t{std::min(controlling, controlled)} << 32) + 2 * uint64_t{std::max(controlling, controlled)} +
         (controlling > controlled ? 1 : 0);
}

}  // namespace parley::ice
