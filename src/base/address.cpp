#include "base/address.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "base/bytes.hpp"

namespace parley {

IpAddress IpAddress::v4(uint32_t host_order) {
  std::array<uint8_t, 16> bytes{};
  bytes[10] = bytes[11] = 0xff;
  store_be32(bytes.data() + 12, host_order);
  return IpAddress(bytes);
}

std::expected<IpAddress, std::string> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  in_addr four{};
  if (inet_pton(AF_INET, terminated.c_str(), &four) == 1) return v4(ntohl(four.s_addr));
  std::array<uint8_t, 16> six{};
  if (inet_pton(AF_INET6, terminated.c_str(), six.data()) == 1) return v6(six);
  return std::unexpected("'" + terminated + "' is not an IP address");
}

bool IpAddress::is_v4() const {
  return std::all_of(bytes_.begin(), bytes_.begin() + 10, [](uint8_t b) { return b == 0; }) && bytes_[10] == 0xff &&
         bytes_[11] == 0xff;
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[12] == 127;
  std::array<uint8_t, 16> one{};
  one[15] = 1;
  return bytes_ == one;
}

std::string IpAddress::to_string() const {
  char text[INET6_ADDRSTRLEN];
  const bool four = is_v4();
  return inet_ntop(four ? AF_INET : AF_INET6, bytes_.data() + (four ? 12 : 0), text, sizeof text);
}

std::string SocketAddress::to_string() const {
  const std::string host = ip.is_v4() ? ip.to_string() : "[" + ip.to_string() + "]";
  return host + ":" + std::to_string(port);
}

}  // namespace parley

size_t std::hash<parley::SocketAddress>::operator()(const parley::SocketAddress& a) const noexcept {
  // FNV-1a over the two halves and the port, finished with a multiply-shift: addresses differ mostly in the low bytes.
  const uint64_t high = parley::load_be64(a.ip.bytes().data());
  const uint64_t low = parley::load_be64(a.ip.bytes().data() + 8);
  uint64_t h = 0xcbf29ce484222325;
  for (uint64_t part : {high, low, uint64_t{a.port}}) h = (h ^ part) * 0x100000001b3;
  return static_cast<size_t>((h ^ (h >> 29)) * 0x9e3779b97f4a7c15);
}
