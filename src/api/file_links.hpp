#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/time.hpp"

namespace parley::api {

/// Links to files that work without a token until they expire, so that a browser's player or a download manager can use
/// them: `/files/<egress>/<path>?expires=<unix seconds>&signature=<HMAC-SHA256, base64url>`. A playlist's has time and
/// signature in its path, `/files/<egress>/~<unix seconds>~<signature>/<path>?expires=<unix seconds>`, and is good for
/// all of the egress' files: what a playlist names is relative to it, so that one link plays the whole. (Its query only
/// tells: both kinds have one, so that more can be appended alike.)
class FileLinks {
 public:
  /// `key`: 32 random bytes that the store keeps.
  FileLinks(std::string key, TimeDelta life) : key_(std::move(key)), life_(life) {}

  /// Absolute, valid from now on for the links' life.
  std::string sign(const std::string& base_url, const EgressId& egress, const std::string& path, UtcTime now) const;

  /// The same for a playlist and all that it names.
  std::string sign_folder(const std::string& base_url, const EgressId& egress, const std::string& path,
                          UtcTime now) const;

  enum class Bad : uint8_t { Signature, Expired };
  /// Whether what a request for a file says is right; signatures are compared in constant time.
  std::expected<void, Bad> verify(const EgressId& egress, std::string_view path, std::string_view expires,
                                  std::string_view signature, UtcTime now) const;
  std::expected<void, Bad> verify_folder(const EgressId& egress, std::string_view expires, std::string_view signature,
                                         UtcTime now) const {
    return verify(egress, kFolder, expires, signature, now);
  }

 private:
  /// What is signed in the place of a path: no file's path begins so.
  static constexpr std::string_view kFolder = "/";
  std::string signature_of(const EgressId& egress, std::string_view path, int64_t expires_s) const;

  std::string key_;
  TimeDelta life_;
};

/// Percent-encodes all but unreserved characters (RFC 3986 section 2.3) and slashes.
std::string encode_path(std::string_view path);

}  // namespace parley::api
