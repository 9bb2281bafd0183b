#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "storage/http.hpp"

/// AWS Signature Version 4 as S3 has it: every S3-compatible server checks it.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
namespace parley::storage {

struct Credentials {
  std::string access_key;
  std::string secret_key;
};

using Query = std::vector<std::pair<std::string, std::string>>;

/// What is signed: all of these headers, which must have `host`.
struct SignableRequest {
  std::string method;
  std::string path;  ///< encoded by uri_encode(), starts with '/'
  Query query;       ///< not encoded
  std::vector<Header> headers;
  std::string payload_hash;  ///< SHA-256 in hex, or kUnsignedPayload
};

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

struct Signing {
  const Credentials& credentials;
  std::string_view region;
  UtcTime now;
};

/// The value of the Authorization header. `request.headers` must have x-amz-date and x-amz-content-sha256 already.
std::string authorization(const SignableRequest& request, const Signing& signing);

/// The whole query of a URL that may be used by anybody until it expires.
std::string presigned_query(SignableRequest request, const Signing& signing, TimeDelta valid_for);

/// Everything but A-Z a-z 0-9 - . _ ~ becomes %XX; a slash stays if told so.
std::string uri_encode(std::string_view text, bool keep_slashes);
/// "name=value&…", encoded and in the order that signatures want.
std::string encode_query(const Query& query);
/// "20130524T000000Z".
std::string amz_date(UtcTime time);

}  // namespace parley::storage
