#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "media/ffmpeg/error.hpp"

namespace parley::media {

/// Where a stream goes to. `key` is a secret.
struct Destination {
  bool secure = false;  ///< rtmps
  std::string host;     ///< name or address, without brackets
  uint16_t port = 1935;
  std::string app;  ///< path of the URL, without the slash in front
  std::string key;

  std::string place() const;   ///< "host:port", for messages
  std::string tc_url() const;  ///< what RTMP's connect command calls tcUrl: the URL without the key
};

/// Reads "rtmp[s]://host[:port]/app" and a stream key. Without key the last part of the path is the key. The error is a
/// sentence without the key.
Result<Destination> parse_destination(std::string_view url, std::string_view stream_key);

/// Whether an address is one that anybody on the Internet could be reached at: not loopback, private (RFC 1918, RFC
/// 4193), link-local, shared (RFC 6598), multicast, reserved or for documentation, nor one that only wraps such.
bool is_public(const IpAddress& address);

/// The host's addresses that may be connected to. Blocks as long as the resolver does. Errors: Io if the name is not
/// known, Unsupported if all its addresses are private and those are not allowed.
Result<std::vector<IpAddress>> resolve(const Destination& destination, bool allow_private);

/// The text with every occurrence of the secret replaced.
std::string without_secret(std::string text, const std::string& secret);

}  // namespace parley::media
