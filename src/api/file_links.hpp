#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/time.hpp"

namespace parley::api {

/// Links to files that work without a token until they expire, so that a browser's player or a download manager can use
/// them: `/files/<egress>/<path>?expires=<unix seconds>&signature=<HMAC-SHA256, base64url>`.
class FileLinks {
 public:
  /// `key`: 32 random bytes that the store keeps.
  FileLinks(std::string key, TimeDelta life) : key_(std::move(key)), life_(life) {}

  /// Absolute, valid from now on for the links' life.
  std::string sign(const std::string& base_url, const EgressId& egress, const std::string& path, UtcTime now) const;

  enum class Bad : uint8_t { Signature, Expired };
  /// Whether what a request for a file says is right; signatures are compared in constant time.
  std::expected<void, Bad> verify(const EgressId& egress, std::string_view path, std::string_view expires,
                                  std::string_view signature, UtcTime now) const;

 private:
  std::string key_;
  TimeDelta life_;
};

/// Percent-encodes all but unreserved characters (RFC 3986 section 2.3) and slashes.
std::string encode_path(std::string_view path);

}  // namespace parley::api
