#include "transport/negotiation/candidates.hpp"

#include <algorithm>

namespace parley::transport::negotiation {

uint32_t candidate_priority(LocalCandidate::Kind kind, size_t index) {
  // Type preferences: 126 is what RFC 8445 recommends for hosts; TCP has to be below (RFC 6544 section 4.2), since a
  // lost segment holds up all media behind it.
  constexpr uint32_t kUdpHost = 126;
  constexpr uint32_t kTcpHost = 90;
  constexpr uint32_t kPassiveDirection = 4;  // direction preference of a passive host candidate, RFC 6544 section 4.2
  constexpr uint32_t kComponent = 1;         // RTP and RTCP are multiplexed
  const bool tcp = kind == LocalCandidate::Kind::TcpPassive;
  const uint32_t most = tcp ? 0x1FFF : 0xFFFF;  // other-pref has 13 bits, a UDP local preference 16
  const uint32_t other = most - static_cast<uint32_t>(std::min<size_t>(index, most));
  const uint32_t local = tcp ? kPassiveDirection << 13 | other : other;
  return (tcp ? kTcpHost : kUdpHost) << 24 | local << 8 | (256 - kComponent);
}

std::vector<std::string> candidate_lines(std::span<const LocalCandidate> candidates) {
  std::vector<std::string> lines;
  for (size_t i = 0; i < candidates.size(); ++i) {
    const LocalCandidate& candidate = candidates[i];
    const auto same = std::ranges::find_if(candidates, [&](const LocalCandidate& other) {
      return other.kind == candidate.kind && other.address == candidate.address;
    });
    const bool tcp = candidate.kind == LocalCandidate::Kind::TcpPassive;
    lines.push_back(std::to_string(same - candidates.begin() + 1) + (tcp ? " 1 tcp " : " 1 udp ") +
                    std::to_string(candidate_priority(candidate.kind, i)) + ' ' + candidate.address + ' ' +
                    std::to_string(candidate.port) + " typ host" + (tcp ? " tcptype passive" : ""));
  }
  return lines;
}

DefaultDestination default_destination(std::span<const LocalCandidate> candidates) {
  for (const LocalCandidate& candidate : candidates) {
    if (candidate.kind != LocalCandidate::Kind::UdpHost) continue;
    const bool v6 = candidate.address.find(':') != std::string::npos;
    return {candidate.port, (v6 ? "IN IP6 " : "IN IP4 ") + candidate.address};
  }
  return {};
}

}  // namespace parley::transport::negotiation
