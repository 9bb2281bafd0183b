#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

namespace parley {

/// An IPv4 or IPv6 address. IPv4 is kept in its IPv6-mapped form (RFC 4291 section 2.5.5.2).
class IpAddress {
 public:
  IpAddress() = default;
  static IpAddress v4(uint32_t host_order);
  static IpAddress v6(const std::array<uint8_t, 16>& bytes) { return IpAddress(bytes); }
  /// Textual form, RFC 4291 or dotted quad; no zone, no port.
  static std::expected<IpAddress, std::string> parse(std::string_view text);

  bool is_v4() const;
  bool is_loopback() const;
  bool is_unspecified() const { return *this == IpAddress(); }
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  std::string to_string() const;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  explicit IpAddress(const std::array<uint8_t, 16>& bytes) : bytes_(bytes) {}
  std::array<uint8_t, 16> bytes_{};
};

struct SocketAddress {
  IpAddress ip;
  uint16_t port = 0;
  std::string to_string() const;  ///< "192.0.2.1:5000", "[2001:db8::1]:5000"
  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

/// Where a datagram came from or goes to: a UDP peer, or a frame of one accepted TCP stream (RFC 6544, RFC 4571).
struct Path {
  enum class Protocol : uint8_t { Udp, Tcp };
  Protocol protocol = Protocol::Udp;
  uint32_t stream = 0;  ///< TCP: number of the accepted stream on this shard, never reused; UDP: 0
  SocketAddress remote;
  /// UDP: the address of ours that the peer sent to, so that answers leave from it on a host with several (an ICE pair
  /// is local and remote). Unspecified: the kernel chooses.
  IpAddress local;
  friend auto operator<=>(const Path&, const Path&) = default;
};

}  // namespace parley

template <>
struct std::hash<parley::SocketAddress> {
  size_t operator()(const parley::SocketAddress& a) const noexcept;
};
template <>
struct std::hash<parley::Path> {
  size_t operator()(const parley::Path& p) const noexcept {
    return std::hash<parley::SocketAddress>{}(p.remote) ^ (size_t{p.stream} << 1 | static_cast<size_t>(p.protocol));
  }
};
