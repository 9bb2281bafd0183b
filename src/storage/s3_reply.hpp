#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "storage/error.hpp"
#include "storage/http.hpp"

/// What S3 answers, read from its XML. Bytes from a server: anything may stand there.
namespace parley::storage {

struct Part {
  int number = 0;    ///< from 1
  std::string etag;  ///< without quotes
  uint64_t size = 0;
  friend bool operator==(const Part&, const Part&) = default;
};

struct PartList {
  std::vector<Part> parts;
  int next_marker = 0;  ///< 0: that was all
};

/// S3 has at most so many in an upload.
inline constexpr int kMaxParts = 10'000;
/// Names in one page of a listing: S3's own limit.
inline constexpr size_t kMaxListed = 1000;

std::expected<std::string, StorageError> read_upload_id(const HttpResponse& response);
std::expected<PartList, StorageError> read_part_list(const HttpResponse& response);
/// Names only that begin with `prefix` and come after `after`, as was asked for: what is not asked for must not be
/// deleted, whatever a server says.
std::expected<std::vector<std::string>, StorageError> read_object_list(const HttpResponse& response,
                                                                       std::string_view prefix, std::string_view after);
/// ETags come with quotes or without, from one server both.
std::string without_quotes(std::string_view etag);
/// CompleteMultipartUpload may say 200 and then, in the body, that it failed.
bool says_error(const HttpResponse& response);

/// The error that a refusal tells of, for the operator.
StorageError read_refusal(const HttpResponse& response);
/// Whether the same request may succeed a little later.
bool is_temporary(const HttpResponse& response);

std::string complete_upload_body(const std::vector<Part>& parts);

}  // namespace parley::storage
