#include "storage/sigv4.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "crypto/sha256.hpp"

namespace parley::storage {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string trimmed(std::string_view value) {
  const size_t first = value.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(value.substr(first, value.find_last_not_of(" \t") - first + 1));
}

std::vector<Header> sorted(std::vector<Header> headers) {
  std::ranges::sort(headers, {}, &Header::name);
  return headers;
}

std::string signed_names(const std::vector<Header>& headers) {
  std::string names;
  for (const Header& header : sorted(headers)) names += (names.empty() ? "" : ";") + header.name;
  return names;
}

std::string canonical_request(const SignableRequest& request) {
  std::string text = request.method + "\n" + request.path + "\n" + encode_query(request.query) + "\n";
  for (const Header& header : sorted(request.headers)) text += header.name + ":" + trimmed(header.value) + "\n";
  return text + "\n" + signed_names(request.headers) + "\n" + request.payload_hash;
}

std::string scope(const Signing& signing) {
  return fmt::format("{}/{}/s3/aws4_request", amz_date(signing.now).substr(0, 8), signing.region);
}

std::string signature(const SignableRequest& request, const Signing& signing) {
  const std::string date = amz_date(signing.now);
  const std::string to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, date, scope(signing),
                                          crypto::to_hex(crypto::sha256(as_bytes(canonical_request(request)))));
  crypto::Sha256Digest key =
      crypto::hmac_sha256(as_bytes("AWS4" + signing.credentials.secret_key), as_bytes(date.substr(0, 8)));
  for (const std::string_view step : {signing.region, std::string_view("s3"), std::string_view("aws4_request")}) {
    key = crypto::hmac_sha256(key, as_bytes(step));
  }
  return crypto::to_hex(crypto::hmac_sha256(key, as_bytes(to_sign)));
}

}  // namespace

std::string authorization(const SignableRequest& request, const Signing& signing) {
  return fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kAlgorithm, signing.credentials.access_key,
                     scope(signing), signed_names(request.headers), signature(request, signing));
}

std::string presigned_query(SignableRequest request, const Signing& signing, TimeDelta valid_for) {
  request.query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  request.query.emplace_back("X-Amz-Credential", signing.credentials.access_key + "/" + scope(signing));
  request.query.emplace_back("X-Amz-Date", amz_date(signing.now));
  request.query.emplace_back("X-Amz-Expires", std::to_string(valid_for.us() / 1'000'000));
  request.query.emplace_back("X-Amz-SignedHeaders", signed_names(request.headers));
  request.payload_hash = kUnsignedPayload;
  return encode_query(request.query) + "&X-Amz-Signature=" + signature(request, signing);
}

std::string uri_encode(std::string_view text, bool keep_slashes) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos || (c == '/' && keep_slashes)) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<uint8_t>(c));
    }
  }
  return encoded;
}

std::string encode_query(const Query& query) {
  Query encoded;
  for (const auto& [name, value] : query) encoded.emplace_back(uri_encode(name, false), uri_encode(value, false));
  std::ranges::sort(encoded);
  std::string text;
  for (const auto& [name, value] : encoded) text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

std::string amz_date(UtcTime time) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds(time.ms())};
  const auto day = floor<days>(point);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<seconds>(point - day));
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", int(date.year()), unsigned(date.month()), unsigned(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace parley::storage
