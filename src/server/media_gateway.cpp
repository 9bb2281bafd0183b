#include "server/media_gateway.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <array>

namespace parley::server {
namespace {

constexpr size_t kMaxAddresses = 8;

/// The address as text, or "" if clients could not use it.
std::string text_of(const ifaddrs& interface, bool ipv6) {
  if (!interface.ifa_addr || !(interface.ifa_flags & IFF_UP)) return "";
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (interface.ifa_addr->sa_family == AF_INET) {
    const auto* address = reinterpret_cast<const sockaddr_in*>(interface.ifa_addr);
    return inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
  }
  if (interface.ifa_addr->sa_family != AF_INET6 || !ipv6) return "";
  const auto* address = reinterpret_cast<const sockaddr_in6*>(interface.ifa_addr);
  if (IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr) || IN6_IS_ADDR_LOOPBACK(&address->sin6_addr)) return "";
  return inet_ntop(AF_INET6, &address->sin6_addr, text.data(), text.size());
}

}  // namespace

std::vector<std::string> local_addresses(bool ipv6) {
  std::vector<std::string> reachable;
  std::vector<std::string> loopback;
  ifaddrs* interfaces = nullptr;
  if (getifaddrs(&interfaces) != 0) return {"127.0.0.1"};
  for (const ifaddrs* i = interfaces; i; i = i->ifa_next) {
    std::string text = text_of(*i, ipv6);
    if (!text.empty()) (i->ifa_flags & IFF_LOOPBACK ? loopback : reachable).push_back(std::move(text));
  }
  freeifaddrs(interfaces);
  reachable.resize(std::min(reachable.size(), kMaxAddresses - 1));
  if (!loopback.empty()) reachable.push_back(loopback.front());
  return reachable;
}

std::vector<transport::LocalCandidate> MediaGateway::candidates(ShardIndex shard) const {
  using Kind = transport::LocalCandidate::Kind;
  std::vector<transport::LocalCandidate> out;
  for (const std::string& address : addresses_) out.push_back({Kind::UdpHost, address, threads_.udp_port(shard)});
  for (const std::string& address : addresses_) out.push_back({Kind::TcpPassive, address, threads_.tcp_port(shard)});
  return out;
}

}  // namespace parley::server
