#include "storage/s3_reply.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <pugixml.hpp>
#include <sstream>

namespace parley::storage {
namespace {

/// Of a server's words in our messages: enough for a sentence.
constexpr size_t kMaxMessage = 300;
constexpr size_t kMaxUploadId = 1024;  // Amazon's have some hundred characters
constexpr size_t kMaxEtag = 256;

pugi::xml_document parse(const HttpResponse& response) {
  pugi::xml_document document;
  document.load_buffer(response.body.data(), response.body.size());
  return document;
}

/// Printable and not too long, so that it can go into a log.
std::string cleaned(std::string_view text) {
  std::string clean;
  for (const char c : text.substr(0, kMaxMessage)) clean += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? ' ' : c;
  return clean;
}

std::string error_code(const HttpResponse& response) {
  const pugi::xml_document document = parse(response);
  return cleaned(document.child("Error").child("Code").text().get());
}

bool is_one_of(std::string_view code, std::initializer_list<std::string_view> codes) {
  return std::ranges::find(codes, code) != codes.end();
}

Failure classify(int status, std::string_view code) {
  if (is_one_of(code, {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"})) {
    return Failure::Credentials;
  }
  if (code == "NoSuchBucket") return Failure::NoBucket;
  // Amazon has no limit; the others are MinIO's and Ceph's words.
  if (status == 507 || is_one_of(code, {"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded",
                                        "InsufficientCapacity"})) {
    return Failure::Full;
  }
  if (is_one_of(code, {"NoSuchKey", "NoSuchUpload"}) || status == 404) return Failure::NotFound;
  if (status == 401 || status == 403) return Failure::Denied;
  return Failure::Refused;
}

std::string_view in_words(Failure failure) {
  switch (failure) {
    case Failure::Credentials: return "the storage server does not accept the access key and secret";
    case Failure::NoBucket: return "the bucket does not exist";
    case Failure::Full: return "the storage server has no room left";
    case Failure::NotFound: return "the storage server does not have the object or upload";
    case Failure::Denied: return "the storage server does not allow this with this access key";
    default: return "the storage server refused";
  }
}

StorageError unreadable() {
  return {Failure::Refused, "the storage server's answer is not what S3 answers: is the endpoint right?"};
}

}  // namespace

std::expected<std::string, StorageError> read_upload_id(const HttpResponse& response) {
  const pugi::xml_document document = parse(response);
  std::string id = document.child("InitiateMultipartUploadResult").child("UploadId").text().get();
  if (id.empty() || id.size() > kMaxUploadId) return std::unexpected(unreadable());
  return id;
}

std::expected<PartList, StorageError> read_part_list(const HttpResponse& response) {
  const pugi::xml_document document = parse(response);
  const pugi::xml_node result = document.child("ListPartsResult");
  if (!result) return std::unexpected(unreadable());
  PartList list;
  for (const pugi::xml_node node : result.children("Part")) {
    Part part{.number = node.child("PartNumber").text().as_int(),
              .etag = without_quotes(node.child("ETag").text().get()),
              .size = node.child("Size").text().as_ullong()};
    if (part.number < 1 || part.number > kMaxParts || part.etag.size() > kMaxEtag) continue;
    list.parts.push_back(std::move(part));
  }
  if (result.child("IsTruncated").text().as_bool()) {
    list.next_marker = result.child("NextPartNumberMarker").text().as_int();
  }
  return list;
}

std::expected<std::vector<std::string>, StorageError> read_object_list(const HttpResponse& response,
                                                                       std::string_view prefix,
                                                                       std::string_view after) {
  const pugi::xml_document document = parse(response);
  const pugi::xml_node result = document.child("ListBucketResult");
  if (!result) return std::unexpected(unreadable());
  std::vector<std::string> names;
  for (const pugi::xml_node node : result.children("Contents")) {
    const std::string_view name = node.child("Key").text().get();
    if (!name.starts_with(prefix) || name <= after || names.size() == kMaxListed) return std::unexpected(unreadable());
    names.emplace_back(name);
  }
  return names;
}

std::string without_quotes(std::string_view etag) {
  std::string plain(etag);
  std::erase(plain, '"');
  return plain;
}

bool says_error(const HttpResponse& response) {
  return response.status < 200 || response.status > 299 || !error_code(response).empty();
}

StorageError read_refusal(const HttpResponse& response) {
  const pugi::xml_document document = parse(response);
  const pugi::xml_node error = document.child("Error");
  const std::string code = cleaned(error.child("Code").text().get());
  const Failure failure = classify(response.status, code);
  std::string message = fmt::format("{} (HTTP {}", in_words(failure), response.status);
  if (!code.empty()) message += ", " + code;
  message += ")";
  if (const std::string words = cleaned(error.child("Message").text().get()); !words.empty()) message += ": " + words;
  // Of a bucket elsewhere Amazon says where: the most useful word there is.
  const std::string_view header = response.header("x-amz-bucket-region");
  const std::string region = cleaned(header.empty() ? error.child("Region").text().get() : header);
  const bool elsewhere = response.status == 301 || response.status == 307 || code == "AuthorizationHeaderMalformed";
  if (!region.empty() && elsewhere) message += "; the bucket is in region " + region;
  return {failure, std::move(message)};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. A digest that does not match is damage on the
// way.
bool is_temporary(const HttpResponse& response) {
  const std::string code = error_code(response);
  if (is_one_of(code, {"RequestTimeout", "SlowDown", "InternalError", "ServiceUnavailable", "BadDigest",
                       "XAmzContentSHA256Mismatch", "IncompleteBody", "OperationAborted", "ThrottlingException"})) {
    return true;
  }
  if (classify(response.status, code) == Failure::Full) return false;
  return response.status == 408 || response.status == 429 || response.status == 500 || response.status == 502 ||
         response.status == 503 || response.status == 504;
}

std::string complete_upload_body(const std::vector<Part>& parts) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("CompleteMultipartUpload");
  root.append_attribute("xmlns") = "http://s3.amazonaws.com/doc/2006-03-01/";
  for (const Part& part : parts) {
    pugi::xml_node node = root.append_child("Part");
    node.append_child("PartNumber").text() = part.number;
    node.append_child("ETag").text() = ("\"" + part.etag + "\"").c_str();
  }
  std::ostringstream text;
  document.save(text, "", pugi::format_raw);
  return text.str();
}

}  // namespace parley::storage
