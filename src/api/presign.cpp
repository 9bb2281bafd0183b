#include "api/presign.hpp"

#include <openssl/sha.h>

#include <array>
#include <cctype>
#include <span>
#include <string_view>

#include "api/file_links.hpp"
#include "api/resources.hpp"
#include "auth/hs256.hpp"

namespace parley::api {
namespace {

std::string hex(std::span<const uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const uint8_t byte : bytes) out += {kDigits[byte >> 4], kDigits[byte & 15]};
  return out;
}

std::string sha256_hex(std::string_view text) {
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(), digest.data());
  return hex(digest);
}

std::string hmac(std::string_view key, std::string_view text) {
  const auth::Hs256 bytes = auth::hs256_sign(text, key);
  return std::string(bytes.begin(), bytes.end());
}

/// A query's value: slashes too.
std::string encode_value(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '/' ? std::string("%2F") : encode_path(std::string_view(&c, 1));
  return out;
}

/// "20261124T065041Z"
std::string basic_time(UtcTime time) {
  std::string out;
  for (const char c : iso_time(time).substr(0, 19)) {
    if (std::isalnum(static_cast<unsigned char>(c))) out += c;
  }
  return out + "Z";
}

}  // namespace

std::string presign_get(const egress::Bucket& bucket, const ObjectLink& link, UtcTime now) {
  const std::string time = basic_time(now);
  const std::string date = time.substr(0, 8);
  const std::string scope = date + "/" + bucket.region + "/s3/aws4_request";
  const size_t scheme = bucket.endpoint.find("://");
  const std::string host = bucket.endpoint.substr(scheme == std::string::npos ? 0 : scheme + 3);
  // Without a name the endpoint is the bucket's own ("https://bucket.s3.amazonaws.com").
  const std::string folder = bucket.name.empty() ? "/" : "/" + encode_path(bucket.name) + "/";
  const std::string path = folder + encode_path(link.object);
  // The names in the order of their bytes, as the canonical request wants them.
  std::string query =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + encode_value(bucket.access_key + "/" + scope) +
      "&X-Amz-Date=" + time + "&X-Amz-Expires=" + std::to_string(link.life.ms() / 1000) + "&X-Amz-SignedHeaders=host";
  if (!link.content_disposition.empty()) {
    query += "&response-content-disposition=" + encode_value(link.content_disposition);
  }
  const std::string canonical = "GET\n" + path + "\n" + query + "\nhost:" + host + "\n\nhost\nUNSIGNED-PAYLOAD";
  const std::string to_sign = "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + sha256_hex(canonical);
  std::string key = hmac("AWS4" + bucket.secret_key, date);
  for (const std::string_view step :
       {std::string_view(bucket.region), std::string_view("s3"), std::string_view("aws4_request")}) {
    key = hmac(key, step);
  }
  const std::string signature = hmac(key, to_sign);
  const auto* bytes = reinterpret_cast<const uint8_t*>(signature.data());
  return bucket.endpoint + path + "?" + query + "&X-Amz-Signature=" + hex({bytes, signature.size()});
}

}  // namespace parley::api
