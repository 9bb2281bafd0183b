#pragma once

#include <cstddef>
#include <expected>
#include <string>

#include "storage/bucket.hpp"
#include "storage/s3_client.hpp"

namespace parley::storage {

/// All objects of a bucket whose names begin with `prefix`, which must name a folder ("recordings/17/"): an empty one
/// would mean the whole bucket.
struct EraseTask {
  std::string folder;  ///< of the upload that brought them there; it need not exist any more
  Bucket bucket;
  std::string prefix;
};

/// Takes back what upload() brought up, whole or in part: frees the parts of unfinished uploads that the folder's
/// UploadState knows of, and deletes the objects page by page, however many there are. Gives their number. Whoever is
/// interrupted calls again: what is gone already is no error. Blocks.
std::expected<size_t, StorageError> erase(const EraseTask& task, Surroundings surroundings,
                                          const RetryPolicy& policy = {});

}  // namespace parley::storage
