#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <expected>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "net/file_descriptor.hpp"

/// Between `SocketAddress` and the kernel's structures. All media sockets are AF_INET6 and take IPv4 in mapped form;
/// where the kernel has no IPv6 they are AF_INET.
namespace parley::net {

/// A socket of `type` (SOCK_DGRAM or SOCK_STREAM), non-blocking and bound to the address. The error is a sentence.
std::expected<FileDescriptor, std::string> open_bound_socket(int type, const SocketAddress& address);

socklen_t to_sockaddr(const SocketAddress& address, int family, sockaddr_storage& out);
SocketAddress from_sockaddr(const sockaddr_storage& address);
/// The address the socket is bound to (with the port that the kernel chose, if 0 was asked).
SocketAddress local_address(int fd);
int socket_family(int fd);

/// Addresses of this host's interfaces that are up, loopback last; no link-local IPv6.
std::vector<IpAddress> interface_addresses();

}  // namespace parley::net
