#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/bucket.hpp"
#include "storage/s3_client.hpp"

namespace parley::storage {

/// Files of one folder, to become objects of a bucket: "<prefix><file>".
struct UploadTask {
  std::string folder;              ///< absolute
  std::vector<std::string> files;  ///< relative to it, without ".."
  Bucket bucket;
  std::string prefix;  ///< "recordings/2026/", may be empty
};

struct UploadedFile {
  std::string file;
  std::string object;
  uint64_t size = 0;
};

struct UploadProgress {
  std::string_view file;  ///< the one that goes up now
  size_t files_done = 0;
  size_t files_total = 0;
  uint64_t bytes_done = 0;  ///< of all files, with what an earlier try brought up
  uint64_t bytes_total = 0;
};
using ProgressCallback = std::function<void(const UploadProgress&)>;

/// Brings the files up, one after the other, large ones in parts. It may be killed at any moment: called again with the
/// same task it goes on after the last part that the server confirmed, by what stands in the folder's UploadState. That
/// file stays when all is done, so that calling again then costs nothing; it goes with the folder. Memory does not grow
/// with the files. Blocks; `progress` is called on this thread after each part and each file, and may be empty.
std::expected<std::vector<UploadedFile>, StorageError> upload(const UploadTask& task, Surroundings surroundings,
                                                              const ProgressCallback& progress,
                                                              const RetryPolicy& policy = {});

/// For UploadTask::files: all files in the folder and its folders, but for hidden ones (names that begin with a dot).
/// Playlists come last, so that what they name is there when they are.
std::expected<std::vector<std::string>, StorageError> list_folder(const std::string& folder);

/// How far an upload of small files may be ahead of its UploadState, in shares of all of them: each save writes the
/// whole state, and so thousands of segments would otherwise cost the square of their number. Those are sent again
/// after a kill.
inline constexpr size_t kUnsavedShare = 64;

/// S3's smallest part is 5 MiB; 8 MiB is what AWS's own tools take, lose and send again after a break.
inline constexpr uint64_t kPartSize = 8 << 20;
/// Parts grow, in whole MiB, so that kMaxParts of them hold the file.
uint64_t part_size_for(uint64_t file_size);

/// By the name's ending; browsers go by it when they open a link.
std::string_view content_type_of(std::string_view file);

}  // namespace parley::storage
