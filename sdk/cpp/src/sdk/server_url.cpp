#include "sdk/server_url.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace parley::sdk {
namespace {

constexpr const char* kSignalPath = "/v1/signal";

/// Takes the scheme off; false for one that is not ours.
bool take_scheme(std::string_view& rest, bool& secure) {
  const size_t end = rest.find("://");
  if (end == std::string_view::npos) return true;
  std::string scheme(rest.substr(0, end));
  std::ranges::transform(scheme, scheme.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  rest.remove_prefix(end + 3);
  secure = scheme == "https" || scheme == "wss";
  return secure || scheme == "http" || scheme == "ws";
}

bool is_host(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
  });
}

/// "host", "host:port", "[v6]" or "[v6]:port".
bool take_authority(std::string_view authority, ServerUrl& out) {
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t close = authority.find(']');
    if (close == std::string_view::npos) return false;
    out.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
  } else {
    const size_t colon = authority.find(':');
    out.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon);
    if (out.host.find(':') != std::string::npos) return false;
  }
  if (!is_host(out.host)) return false;
  if (port.empty()) return true;
  if (port.front() != ':' || port.size() == 1) return false;
  const char* end = port.data() + port.size();
  const auto parsed = std::from_chars(port.data() + 1, end, out.port);
  return parsed.ec == std::errc() && parsed.ptr == end && out.port != 0;
}

}  // namespace

std::string ServerUrl::host_header() const {
  const bool v6 = host.find(':') != std::string::npos;
  const std::string name = v6 ? "[" + host + "]" : host;
  return port == (secure ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

std::string ServerUrl::absolute(const std::string& url) const {
  if (!url.starts_with('/')) return url;
  const std::string path = target.substr(0, target.size() - std::string_view(kSignalPath).size());
  return (secure ? "https://" : "http://") + host_header() + path + url;
}

std::expected<ServerUrl, std::string> parse_server_url(std::string_view text) {
  const auto refused = [&] { return std::unexpected(fmt::format("\"{}\" is not the address of a server.", text)); };
  ServerUrl out;
  std::string_view rest = text;
  if (!take_scheme(rest, out.secure)) return refused();
  out.port = out.secure ? 443 : 80;
  const size_t end = rest.find_first_of("/?#");
  std::string_view path = end == std::string_view::npos ? "" : rest.substr(end);
  path = path.substr(0, path.find_first_of("?#"));
  while (path.ends_with('/')) path.remove_suffix(1);
  const bool printable = std::ranges::all_of(path, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (!printable || !take_authority(rest.substr(0, end), out)) return refused();
  out.target = std::string(path) + kSignalPath;
  return out;
}

}  // namespace parley::sdk
