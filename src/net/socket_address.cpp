#include "net/socket_address.hpp"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/bytes.hpp"

namespace parley::net {
namespace {

std::string problem(const char* what, const SocketAddress& address, int error) {
  const char* why = error == EADDRINUSE      ? "the port is already in use"
                    : error == EACCES        ? "permission denied"
                    : error == EADDRNOTAVAIL ? "this host has no such address"
                                             : std::strerror(error);
  return std::string(what) + " " + address.to_string() + ": " + why;
}

FileDescriptor open_socket(int type) {
  FileDescriptor six(socket(AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!six.valid()) return FileDescriptor(socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int off = 0;
  setsockopt(six.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  return six;
}

}  // namespace

std::expected<FileDescriptor, std::string> open_bound_socket(int type, const SocketAddress& address) {
  const char* what = type == SOCK_DGRAM ? "cannot open UDP port" : "cannot open TCP port";
  FileDescriptor fd = open_socket(type);
  if (!fd.valid()) return std::unexpected(problem(what, address, errno));
  if (type == SOCK_STREAM) {
    const int on = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  }
  sockaddr_storage storage{};
  const socklen_t size = to_sockaddr(address, socket_family(fd.get()), storage);
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), size) != 0) {
    return std::unexpected(problem(what, address, errno));
  }
  return fd;
}

socklen_t to_sockaddr(const SocketAddress& address, int family, sockaddr_storage& out) {
  const auto& bytes = address.ip.bytes();
  if (family == AF_INET6) {
    auto& six = reinterpret_cast<sockaddr_in6&>(out);
    six = {};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(address.port);
    std::memcpy(&six.sin6_addr, bytes.data(), bytes.size());
    return sizeof six;
  }
  auto& four = reinterpret_cast<sockaddr_in&>(out);
  four = {};
  four.sin_family = AF_INET;
  four.sin_port = htons(address.port);
  std::memcpy(&four.sin_addr, bytes.data() + 12, 4);
  return sizeof four;
}

SocketAddress from_sockaddr(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
    std::array<uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
    return {IpAddress::v6(bytes), ntohs(six.sin6_port)};
  }
  const auto& four = reinterpret_cast<const sockaddr_in&>(address);
  return {IpAddress::v4(ntohl(four.sin_addr.s_addr)), ntohs(four.sin_port)};
}

SocketAddress local_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
  return from_sockaddr(storage);
}

int socket_family(int fd) {
  int domain = AF_INET;
  socklen_t size = sizeof domain;
  getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
  return domain;
}

std::vector<IpAddress> interface_addresses() {
  std::vector<IpAddress> found;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return found;
  for (const ifaddrs* entry = list; entry; entry = entry->ifa_next) {
    if (!entry->ifa_addr || !(entry->ifa_flags & IFF_UP)) continue;
    const int family = entry->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    if (family == AF_INET6 &&
        IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr)->sin6_addr)) {
      continue;
    }
    sockaddr_storage storage{};
    std::memcpy(&storage, entry->ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    found.push_back(from_sockaddr(storage).ip);
  }
  freeifaddrs(list);
  std::stable_sort(found.begin(), found.end(),
                   [](const IpAddress& a, const IpAddress& b) { return a.is_loopback() < b.is_loopback(); });
  return found;
}

}  // namespace parley::net
