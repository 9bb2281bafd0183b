#include "storage/s3_client.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "crypto/sha256.hpp"
#include "storage/file_range.hpp"

namespace parley::storage {
namespace {

std::expected<std::string, StorageError> hash_of(const std::variant<std::string, FileRange>& body) {
  if (const auto* text = std::get_if<std::string>(&body)) return crypto::to_hex(crypto::sha256(as_bytes(*text)));
  return hash_file_range(std::get<FileRange>(body));
}

std::expected<void, StorageError> nothing(const std::expected<HttpResponse, StorageError>& response) {
  if (!response) return std::unexpected(response.error());
  return {};
}

}  // namespace

std::expected<S3Client, StorageError> S3Client::make(const Bucket& bucket, Surroundings surroundings,
                                                     RetryPolicy policy) {
  auto address = address_of(bucket);
  if (!address) return std::unexpected(address.error());
  return S3Client(bucket, std::move(*address), surroundings, policy);
}

S3Client::S3Client(Bucket bucket, BucketAddress address, Surroundings surroundings, RetryPolicy policy)
    : bucket_(std::move(bucket)), address_(std::move(address)), at_(surroundings), policy_(policy) {}

HttpRequest S3Client::sign(const Request& request, const std::string& payload_hash) const {
  const UtcTime now = at_.clock.now();
  SignableRequest signable{
      .method = request.method,
      .path = address_.path_of(request.object),
      .query = request.query,
      .headers = {{"host", address_.host}, {"x-amz-content-sha256", payload_hash}, {"x-amz-date", amz_date(now)}},
      .payload_hash = payload_hash};
  if (!request.content_type.empty()) signable.headers.push_back({"content-type", request.content_type});
  const std::string query = encode_query(signable.query);
  HttpRequest http{.method = request.method,
                   .url = address_.origin + signable.path + (query.empty() ? "" : "?" + query),
                   .headers = signable.headers,
                   .body = request.body};
  std::erase_if(http.headers, [](const Header& header) { return header.name == "host"; });  // the transport's own
  http.headers.push_back({"authorization", authorization(signable, {bucket_.credentials, region_of(bucket_), now})});
  return http;
}

std::expected<HttpResponse, StorageError> S3Client::perform(const Request& request) {
  const auto payload_hash = hash_of(request.body);
  if (!payload_hash) return std::unexpected(payload_hash.error());
  StorageError last;
  for (int tries = 1; tries <= policy_.tries; ++tries) {
    if (tries > 1) at_.clock.sleep(pause_after(tries - 1));
    auto response = at_.transport.perform(sign(request, *payload_hash));
    if (!response) {
      last = {Failure::Unreachable, "the storage server cannot be reached: " + response.error()};
    } else if (!says_error(*response)) {
      return std::move(*response);
    } else if (is_temporary(*response)) {
      last = {Failure::Unreachable, read_refusal(*response).message};
    } else {
      return std::unexpected(read_refusal(*response));
    }
  }
  last.message += fmt::format(" (at {} tries)", policy_.tries);
  return std::unexpected(last);
}

TimeDelta S3Client::pause_after(int tries) {
  TimeDelta pause = policy_.first_pause;
  for (int i = 1; i < tries && pause < policy_.longest_pause; ++i) pause = pause * 2;
  pause = std::min(pause, policy_.longest_pause);
  return TimeDelta::micros(static_cast<int64_t>(static_cast<double>(pause.us()) * at_.rng.unit()));
}

std::expected<void, StorageError> S3Client::put(std::string_view object, const FileRange& content,
                                                std::string_view type) {
  return nothing(
      perform({.method = "PUT", .object = object, .query = {}, .content_type = std::string(type), .body = content}));
}

std::expected<ObjectInfo, StorageError> S3Client::head(std::string_view object) {
  const auto response = perform({.method = "HEAD", .object = object});
  if (!response) return std::unexpected(response.error());
  ObjectInfo info{.etag = without_quotes(response->header("etag"))};
  for (const char c : response->header("content-length")) {
    if (c < '0' || c > '9') break;
    info.size = info.size * 10 + static_cast<uint64_t>(c - '0');
  }
  return info;
}

std::expected<std::vector<std::string>, StorageError> S3Client::list(std::string_view prefix, std::string_view after) {
  Query query{{"list-type", "2"}, {"max-keys", std::to_string(kMaxListed)}, {"prefix", std::string(prefix)}};
  if (!after.empty()) query.emplace_back("start-after", std::string(after));
  const auto response = perform({.method = "GET", .object = "", .query = query});
  if (!response) return std::unexpected(response.error());
  return read_object_list(*response, prefix, after);
}

std::expected<void, StorageError> S3Client::remove(std::string_view object) {
  auto done = nothing(perform({.method = "DELETE", .object = object}));
  if (!done && done.error().failure == Failure::NotFound) return {};
  return done;
}

std::expected<std::string, StorageError> S3Client::begin_upload(std::string_view object, std::string_view type) {
  const auto response =
      perform({.method = "POST", .object = object, .query = {{"uploads", ""}}, .content_type = std::string(type)});
  if (!response) return std::unexpected(response.error());
  return read_upload_id(*response);
}

std::expected<Part, StorageError> S3Client::upload_part(std::string_view object, std::string_view upload_id, int number,
                                                        const FileRange& content) {
  const auto response =
      perform({.method = "PUT",
               .object = object,
               .query = {{"partNumber", std::to_string(number)}, {"uploadId", std::string(upload_id)}},
               .content_type = {},
               .body = content});
  if (!response) return std::unexpected(response.error());
  Part part{.number = number, .etag = without_quotes(response->header("etag")), .size = content.size};
  if (part.etag.empty()) {
    return std::unexpected(StorageError{Failure::Refused, "the storage server gave a part no ETag"});
  }
  return part;
}

std::expected<std::vector<Part>, StorageError> S3Client::list_parts(std::string_view object,
                                                                    std::string_view upload_id) {
  std::vector<Part> parts;
  for (int marker = 0;;) {
    Query query{{"uploadId", std::string(upload_id)}};
    if (marker > 0) query.emplace_back("part-number-marker", std::to_string(marker));
    const auto response = perform({.method = "GET", .object = object, .query = query});
    if (!response) return std::unexpected(response.error());
    auto list = read_part_list(*response);
    if (!list) return std::unexpected(list.error());
    parts.insert(parts.end(), list->parts.begin(), list->parts.end());
    if (list->next_marker <= marker) return parts;  // the end, or a server that goes in circles
    marker = list->next_marker;
  }
}

std::expected<void, StorageError> S3Client::complete_upload(std::string_view object, std::string_view upload_id,
                                                            const std::vector<Part>& parts) {
  return nothing(perform({.method = "POST",
                          .object = object,
                          .query = {{"uploadId", std::string(upload_id)}},
                          .content_type = "application/xml",
                          .body = complete_upload_body(parts)}));
}

std::expected<void, StorageError> S3Client::abort_upload(std::string_view object, std::string_view upload_id) {
  auto done = nothing(perform({.method = "DELETE", .object = object, .query = {{"uploadId", std::string(upload_id)}}}));
  if (!done && done.error().failure == Failure::NotFound) return {};
  return done;
}

}  // namespace parley::storage
