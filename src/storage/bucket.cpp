#include "storage/bucket.hpp"

#include <algorithm>

namespace parley::storage {
namespace {

// RFC 3986 section 3.2.2, without names in brackets other than IPv6 addresses; S3's host names have no other
// characters.
bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(".-_:[]").find(c) != std::string_view::npos;
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, with the capitals and underscores of
// old.
bool is_bucket_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  };
  return name.size() >= 3 && name.size() <= 255 && std::ranges::all_of(name, allowed) && name.front() != '.' &&
         name.find("..") == std::string_view::npos;
}

bool in_host(const Bucket& bucket, std::string_view host) {
  if (bucket.addressing != Addressing::Automatic) return bucket.addressing == Addressing::Host;
  return host.ends_with(".amazonaws.com") && bucket.name.find('.') == std::string::npos;
}

std::unexpected<StorageError> bad(std::string message) {
  return std::unexpected(StorageError{Failure::BadConfig, std::move(message)});
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

std::string region_of(const Bucket& bucket) { return bucket.region.empty() ? "us-east-1" : bucket.region; }

std::string BucketAddress::path_of(std::string_view object) const { return base_path + "/" + uri_encode(object, true); }

std::expected<BucketAddress, StorageError> address_of(const Bucket& bucket) {
  if (!is_bucket_name(bucket.name)) return bad("the bucket's name is not one that S3 allows");
  const std::string region = region_of(bucket);
  if (!is_plain(region) || region.find('/') != std::string::npos) return bad("the region is not one");
  if (bucket.credentials.access_key.empty()) return bad("the access key is missing");
  if (bucket.credentials.secret_key.empty()) return bad("the secret key is missing");
  if (!is_plain(bucket.credentials.access_key)) return bad("the access key has characters that no key has");
  std::string endpoint = bucket.endpoint.empty() ? "https://s3." + region + ".amazonaws.com" : bucket.endpoint;
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const size_t scheme_end = endpoint.find("://");
  if (scheme_end == std::string::npos) return bad("the endpoint must begin with https:// or http://");
  const std::string scheme = endpoint.substr(0, scheme_end);
  if (scheme != "https" && scheme != "http") return bad("the endpoint must begin with https:// or http://");
  std::string host = endpoint.substr(scheme_end + 3);
  if (host.empty() || host.size() > 255 || !std::ranges::all_of(host, is_host_character)) {
    return bad("the endpoint must be a host, with a port perhaps, and nothing after it");
  }
  const bool bucket_in_host = in_host(bucket, host);
  if (bucket_in_host) host = bucket.name + "." + host;
  // Clients leave a scheme's own port out of the Host header, which is signed.
  const std::string_view usual = scheme == "https" ? ":443" : ":80";
  if (host.ends_with(usual)) host.resize(host.size() - usual.size());
  return BucketAddress{
      .origin = scheme + "://" + host, .host = host, .base_path = bucket_in_host ? "" : "/" + bucket.name};
}

std::expected<std::string, StorageError> presigned_link(const Bucket& bucket, std::string_view object, UtcTime now,
                                                        const LinkOptions& options) {
  const auto address = address_of(bucket);
  if (!address) return std::unexpected(address.error());
  SignableRequest request{.method = "GET", .path = address->path_of(object), .headers = {{"host", address->host}}};
  if (!options.download_as.empty()) {
    // RFC 6266 with RFC 8187: any name, in ASCII.
    request.query.emplace_back("response-content-disposition",
                               "attachment; filename*=UTF-8''" + uri_encode(options.download_as, false));
  }
  const TimeDelta valid_for = std::clamp(options.valid_for, TimeDelta::seconds(1), kLongestLink);
  const std::string path = request.path;
  return address->origin + path + "?" +
         presigned_query(std::move(request), {bucket.credentials, region_of(bucket), now}, valid_for);
}

}  // namespace parley::storage
