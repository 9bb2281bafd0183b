#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace parley::sdk {

/// Where the WebSocket of a server is.
struct ServerUrl {
  bool secure = true;
  std::string host;  ///< a name or an address, IPv6 without brackets
  uint16_t port = 443;
  std::string target;  ///< the path, with "/v1/signal" at its end

  std::string host_header() const;
  /// Servers that were not told under which address they are reached name what they serve by path alone ("/hls/…").
  std::string absolute(const std::string& url) const;
};

/// Of a server given as `https://host[:port][/path]`, `wss://…`, `http://…`, `ws://…` or a bare host name. The error is
/// a sentence.
std::expected<ServerUrl, std::string> parse_server_url(std::string_view text);

}  // namespace parley::sdk
