#include "storage/erase.hpp"

#include "storage/upload_state.hpp"

namespace parley::storage {
namespace {

std::expected<void, StorageError> free_parts(const EraseTask& task, S3Client& client) {
  const UploadState state = UploadState::load(task.folder, destination_of(*address_of(task.bucket), task.prefix));
  for (const auto& [file, progress] : state.files) {
    if (progress.upload_id.empty()) continue;
    if (const auto freed = client.abort_upload(task.prefix + file, progress.upload_id); !freed) return freed;
  }
  return {};
}

}  // namespace

std::expected<size_t, StorageError> erase(const EraseTask& task, Surroundings surroundings, const RetryPolicy& policy) {
  if (task.prefix.size() < 2 || !task.prefix.ends_with('/')) {
    return std::unexpected(StorageError{Failure::BadConfig, "only a folder's objects can be erased"});
  }
  auto client = S3Client::make(task.bucket, surroundings, policy);
  if (!client) return std::unexpected(client.error());
  if (const auto freed = free_parts(task, *client); !freed) return std::unexpected(freed.error());
  size_t erased = 0;
  // Each page begins where the last one ended, so that a server which still lists what is gone does not keep us here.
  for (std::string after;;) {
    const auto names = client->list(task.prefix, after);
    if (!names) return std::unexpected(names.error());
    if (names->empty()) return erased;
    for (const std::string& object : *names) {
      if (const auto removed = client->remove(object); !removed) return std::unexpected(removed.error());
      ++erased;
    }
    after = names->back();
  }
}

}  // namespace parley::storage
