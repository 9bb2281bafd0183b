#include "transport/negotiation/candidates.hpp"

#include <algorithm>

#include "sdp/candidate.hpp"

namespace parley::transport::negotiation {

uint32_t candidate_priority(LocalCandidate::Kind kind, size_t index) {
  if (kind == LocalCandidate::Kind::UdpHost) {
    constexpr size_t kMost = 0xffff;
    return ice::candidate_priority(ice::kHostPreference, static_cast<uint16_t>(kMost - std::min(index, kMost)));
  }
  constexpr size_t kMost = 0x1fff;  // what the direction preference leaves
  const auto other = static_cast<uint16_t>(kMost - std::min(index, kMost));
  return ice::candidate_priority(ice::kTcpHostPreference, ice::tcp_local_preference(ice::TcpDirection::Passive, other));
}

std::vector<std::string> candidate_lines(std::span<const LocalCandidate> candidates) {
  std::vector<std::string> lines;
  for (size_t i = 0; i < candidates.size(); ++i) {
    const LocalCandidate& candidate = candidates[i];
    const auto same = std::ranges::find_if(candidates, [&](const LocalCandidate& other) {
      return other.kind == candidate.kind && other.address == candidate.address;
    });
    const bool tcp = candidate.kind == LocalCandidate::Kind::TcpPassive;
    sdp::append(lines.emplace_back(), sdp::Candidate{.foundation = std::to_string(same - candidates.begin() + 1),
                                                     .transport = tcp ? "tcp" : "udp",
                                                     .priority = candidate_priority(candidate.kind, i),
                                                     .address = candidate.address,
                                                     .port = candidate.port,
                                                     .type = "host",
                                                     .tcp_type = tcp ? "passive" : ""});
  }
  return lines;
}

std::vector<ice::RemoteCandidate> read_candidates(std::span<const std::string> lines) {
  std::vector<ice::RemoteCandidate> candidates;
  for (const std::string& line : lines) {
    const auto parsed = sdp::parse_candidate(line);
    if (!parsed || parsed->component != 1 || parsed->port == 0) continue;
    const bool tcp = parsed->transport == "tcp";
    if (tcp ? parsed->tcp_type != "passive" : parsed->transport != "udp") continue;
    const auto ip = IpAddress::parse(parsed->address);
    if (!ip) continue;
    candidates.push_back({tcp ? Path::Protocol::Tcp : Path::Protocol::Udp, {*ip, parsed->port}, parsed->priority});
  }
  return candidates;
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
