#include "media/ffmpeg/destination.hpp"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "base/bytes.hpp"

namespace parley::media {

namespace {

// Longer than any platform's; libavformat's own buffers end at 1024 (app) and 256 (host).
constexpr size_t kMaxUrl = 512;
constexpr size_t kMaxKey = 512;
constexpr size_t kMaxHost = 253;  // RFC 1035 section 2.3.4

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

std::unexpected<Error> bad(std::string_view why) {
  return fail(Error::Code::BadInput, fmt::format("the stream URL {}", why));
}

// Takes host and port off the front of "host:port/…".
Result<> take_authority(std::string_view authority, Destination& out) {
  if (authority.find('@') != std::string_view::npos) return bad("must not hold a user name");
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return bad("has no valid host");
    out.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
    if (!IpAddress::parse(out.host)) return bad("has no valid host");
  } else {
    out.host = authority.substr(0, authority.find(':'));
    port = authority.substr(out.host.size());
  }
  if (out.host.empty() || out.host.size() > kMaxHost) return bad("has no valid host");
  if (port.empty()) return {};
  const char* end = port.data() + port.size();
  const auto [rest, error] = std::from_chars(port.data() + 1, end, out.port);
  if (port[0] != ':' || error != std::errc() || rest != end || out.port == 0) return bad("has no valid port");
  return {};
}

struct Range {
  uint32_t address;
  int bits;
};
// IANA's special-purpose registry (RFC 6890) and its successors, without those that are globally reachable.
constexpr std::array kSpecialV4{
    Range{0x00000000, 8},  Range{0x0a000000, 8},  Range{0x64400000, 10}, Range{0x7f000000, 8},  Range{0xa9fe0000, 16},
    Range{0xac100000, 12}, Range{0xc0000000, 24}, Range{0xc0000200, 24}, Range{0xc0586300, 24}, Range{0xc0a80000, 16},
    Range{0xc6120000, 15}, Range{0xc6336400, 24}, Range{0xcb007100, 24}, Range{0xe0000000, 4},  Range{0xf0000000, 4}};

bool is_public_v4(uint32_t address) {
  return std::ranges::none_of(kSpecialV4, [&](const Range& r) { return (address ^ r.address) >> (32 - r.bits) == 0; });
}

bool is_public_v6(const std::array<uint8_t, 16>& b) {
  static constexpr std::array<uint8_t, 12> kNat64{0x00, 0x64, 0xff, 0x9b};  // RFC 6052: wraps an IPv4 address
  if (std::equal(kNat64.begin(), kNat64.end(), b.begin())) return is_public_v4(load_be32(&b[12]));
  if ((b[0] & 0xe0) != 0x20) return false;                                         // only 2000::/3 is global unicast
  if (b[0] == 0x20 && b[1] == 0x02) return is_public_v4(load_be32(&b[2]));         // 6to4, RFC 3056
  if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8) return false;  // documentation, RFC 3849
  if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x00 && b[3] == 0x00) return false;  // Teredo, RFC 4380
  return true;
}

IpAddress address_of(const addrinfo& info) {
  if (info.ai_family == AF_INET) {
    return IpAddress::v4(ntohl(reinterpret_cast<const sockaddr_in*>(info.ai_addr)->sin_addr.s_addr));
  }
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(info.ai_addr)->sin6_addr, bytes.size());
  return IpAddress::v6(bytes);
}

}  // namespace

std::string Destination::place() const {
  return fmt::format("{}:{}", host.find(':') == std::string::npos ? host : fmt::format("[{}]", host), port);
}

std::string Destination::tc_url() const { return fmt::format("{}://{}/{}", secure ? "rtmps" : "rtmp", place(), app); }

Result<Destination> parse_destination(std::string_view url, std::string_view stream_key) {
  Destination out;
  if (url.size() > kMaxUrl || !printable(url)) return bad("is too long or holds characters that no URL has");
  if (stream_key.size() > kMaxKey || !printable(stream_key)) {
    return fail(Error::Code::BadInput, "the stream key is too long or holds spaces or control characters");
  }
  if (url.starts_with("rtmps://")) {
    out.secure = true;
    out.port = 443;
    url.remove_prefix(8);
  } else if (url.starts_with("rtmp://")) {
    url.remove_prefix(7);
  } else {
    return bad("must begin with rtmp:// or rtmps://");
  }
  const std::string_view authority = url.substr(0, url.find('/'));
  if (auto taken = take_authority(authority, out); !taken) return std::unexpected(taken.error());
  url.remove_prefix(std::min(url.size(), authority.size() + 1));
  while (url.ends_with('/')) url.remove_suffix(1);
  out.app = url;
  out.key = stream_key;
  if (out.key.empty()) {
    const size_t slash = out.app.rfind('/');
    if (slash == std::string::npos) return fail(Error::Code::BadInput, "there is no stream key");
    out.key = out.app.substr(slash + 1);
    out.app.resize(slash);
  }
  if (out.app.empty()) return bad("has no application after the host, such as /live");
  return out;
}

bool is_public(const IpAddress& address) {
  return address.is_v4() ? is_public_v4(load_be32(&address.bytes()[12])) : is_public_v6(address.bytes());
}

Result<std::vector<IpAddress>> resolve(const Destination& destination, bool allow_private) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(destination.host.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  if (error != 0) {
    return fail(Error::Code::Io,
                fmt::format("the name {} cannot be resolved: {}", destination.host, gai_strerror(error)));
  }
  std::vector<IpAddress> addresses;
  for (const addrinfo* info = found; info; info = info->ai_next) {
    if (info->ai_family != AF_INET && info->ai_family != AF_INET6) continue;
    const IpAddress address = address_of(*info);
    if (allow_private || is_public(address)) addresses.push_back(address);
  }
  if (addresses.empty()) {
    return fail(
        Error::Code::Unsupported,
        fmt::format("{} is an address in a private network, which this server does not stream to", destination.host));
  }
  return addresses;
}

std::string without_secret(std::string text, const std::string& secret) {
  if (secret.empty()) return text;
  for (size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += 3)
    text.replace(at, secret.size(), "***");
  return text;
}

}  // namespace parley::media
