#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "storage/bucket.hpp"
#include "storage/error.hpp"
#include "storage/s3_reply.hpp"

namespace parley::storage {

/// How far one file has come.
struct FileProgress {
  uint64_t size = 0;
  int64_t modified_ns = 0;  ///< with the size: whether the file is still the same
  bool done = false;
  std::string upload_id;  ///< empty: no upload in parts has begun
  uint64_t part_size = 0;
  std::vector<Part> parts;  ///< those that the server has confirmed
  bool completing = false;  ///< it was asked to join them: if it knows the upload no more, it probably has
};

/// Where a folder's objects go, in words that differ if it does.
std::string destination_of(const BucketAddress& address, std::string_view prefix);

/// What an interrupted upload of a folder needs to go on: one small JSON file in that folder, replaced as a whole (so
/// that a crash leaves the old or the new one) and flushed. It holds no keys. A file that cannot be read, or that is of
/// another bucket, counts as none.
class UploadState {
 public:
  static constexpr std::string_view kFileName = ".upload.json";

  /// `destination`: of destination_of().
  static UploadState load(std::string folder, std::string destination);
  std::expected<void, StorageError> save() const;

  std::map<std::string, FileProgress> files;  ///< by name, relative to the folder

 private:
  UploadState(std::string folder, std::string destination)
      : folder_(std::move(folder)), destination_(std::move(destination)) {}
  std::string folder_;
  std::string destination_;
};

}  // namespace parley::storage
