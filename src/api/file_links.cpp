#include "api/file_links.hpp"

#include <cctype>
#include <charconv>

#include "auth/base64url.hpp"
#include "auth/hs256.hpp"

namespace parley::api {

std::string encode_path(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || std::string_view("-._~/").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

namespace {

/// Neither an id nor a number has a line break, so that no two links have one text.
std::string signed_text(const EgressId& egress, std::string_view path, int64_t expires_s) {
  return egress.value() + "\n" + std::to_string(expires_s) + "\n" + std::string(path);
}

}  // namespace

std::string FileLinks::sign(const std::string& base_url, const EgressId& egress, const std::string& path,
                            UtcTime now) const {
  const int64_t expires = (now + life_).ms() / 1000;
  return base_url + "/files/" + egress.value() + "/" + encode_path(path) + "?expires=" + std::to_string(expires) +
         "&signature=" + signature_of(egress, path, expires);
}

std::string FileLinks::sign_folder(const std::string& base_url, const EgressId& egress, const std::string& path,
                                   UtcTime now) const {
  const int64_t expires = (now + life_).ms() / 1000;
  return base_url + "/files/" + egress.value() + "/~" + std::to_string(expires) + "~" +
         signature_of(egress, kFolder, expires) + "/" + encode_path(path) + "?expires=" + std::to_string(expires);
}

std::string FileLinks::signature_of(const EgressId& egress, std::string_view path, int64_t expires_s) const {
  return auth::base64url_encode(auth::hs256_sign(signed_text(egress, path, expires_s), key_));
}

std::expected<void, FileLinks::Bad> FileLinks::verify(const EgressId& egress, std::string_view path,
                                                      std::string_view expires, std::string_view signature,
                                                      UtcTime now) const {
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(expires.data(), expires.data() + expires.size(), seconds);
  if (error != std::errc() || end != expires.data() + expires.size()) return std::unexpected(Bad::Signature);
  const auto bytes = auth::base64url_decode(signature);
  if (!bytes || !auth::hs256_verify(signed_text(egress, path, seconds), *bytes, key_)) {
    return std::unexpected(Bad::Signature);
  }
  if (seconds < now.ms() / 1000) return std::unexpected(Bad::Expired);
  return {};
}

}  // namespace parley::api
