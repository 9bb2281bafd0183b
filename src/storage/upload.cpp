#include "storage/upload.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "storage/upload_state.hpp"

namespace parley::storage {
namespace {

constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kLargestObject = uint64_t{5} << 40;  // S3's: 5 TiB

std::unexpected<StorageError> local(std::string message) {
  return std::unexpected(StorageError{Failure::LocalFile, std::move(message)});
}

bool stays_inside(std::string_view file) {
  const std::filesystem::path path(file);
  return !file.empty() && path.is_relative() && std::ranges::find(path, "..") == path.end();
}

struct FileFacts {
  uint64_t size = 0;
  int64_t modified_ns = 0;
};

std::expected<FileFacts, StorageError> facts_of(const std::string& folder, const std::string& file) {
  if (!stays_inside(file)) return local("\"" + file + "\" is not a file of this folder");
  struct stat found{};
  if (::stat((folder + "/" + file).c_str(), &found) != 0)
    return local("cannot read " + file + ": " + std::strerror(errno));
  if (!S_ISREG(found.st_mode)) return local(file + " is not a file");
  const FileFacts facts{static_cast<uint64_t>(found.st_size),
                        int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec};
  if (facts.size > kLargestObject) return local(file + " is larger than S3's largest object");
  return facts;
}

/// One call of upload().
class Uploader {
 public:
  Uploader(const UploadTask& task, S3Client client, UploadState state, const ProgressCallback& progress)
      : task_(task), client_(std::move(client)), state_(std::move(state)), callback_(progress) {}

  std::expected<std::vector<UploadedFile>, StorageError> run() {
    if (const auto looked = look_at_files(); !looked) return std::unexpected(looked.error());
    auto uploaded = send_all();
    if (unsaved_files_ == 0) return uploaded;
    const auto saved = state_.save();  // of a failed one too: the next try goes on from there
    if (uploaded && !saved) return std::unexpected(saved.error());
    return uploaded;
  }

 private:
  using Done = std::expected<void, StorageError>;

  std::expected<std::vector<UploadedFile>, StorageError> send_all() {
    std::vector<UploadedFile> uploaded;
    for (const std::string& file : task_.files) {
      FileProgress& now = state_.files[file];
      progress_.file = file;
      report();
      if (!now.done) {
        const auto sent = now.size <= kPartSize ? send_whole(file, now) : send_in_parts(file, now);
        if (!sent) return std::unexpected(named(file, sent.error()));
        now = {.size = now.size, .modified_ns = now.modified_ns, .done = true};
        if (const auto saved = save_in_time(now.size); !saved) return std::unexpected(saved.error());
      }
      ++progress_.files_done;
      report();
      uploaded.push_back({file, task_.prefix + file, now.size});
    }
    return uploaded;
  }

  /// See kUnsavedShare; what is as large as a part is saved at once.
  Done save_in_time(uint64_t size) {
    ++unsaved_files_;
    unsaved_bytes_ += size;
    if (unsaved_bytes_ < kPartSize || unsaved_files_ * kUnsavedShare < task_.files.size()) return {};
    unsaved_files_ = 0;
    unsaved_bytes_ = 0;
    return state_.save();
  }

  static StorageError named(const std::string& file, StorageError error) {
    error.message = "uploading " + file + ": " + error.message;
    return error;
  }

  /// All of them, before any is sent: a task that cannot succeed fails at once. Forgets what is known of files that
  /// changed.
  Done look_at_files() {
    progress_.files_total = task_.files.size();
    for (const std::string& file : task_.files) {
      const auto facts = facts_of(task_.folder, file);
      if (!facts) return std::unexpected(facts.error());
      FileProgress& known = state_.files[file];
      if (known.size != facts->size || known.modified_ns != facts->modified_ns) {
        if (!known.upload_id.empty()) (void)client_.abort_upload(task_.prefix + file, known.upload_id);
        known = {.size = facts->size, .modified_ns = facts->modified_ns};
      }
      progress_.bytes_total += facts->size;
      if (known.done) progress_.bytes_done += facts->size;
    }
    return {};
  }

  Done send_whole(const std::string& file, const FileProgress& now) {
    const FileRange all{task_.folder + "/" + file, 0, now.size};
    if (auto sent = client_.put(task_.prefix + file, all, content_type_of(file)); !sent) return sent;
    progress_.bytes_done += now.size;
    return {};
  }

  Done send_in_parts(const std::string& file, FileProgress& now) {
    const std::string object = task_.prefix + file;
    if (!now.upload_id.empty()) {
      const auto resumed = resume(object, now);
      if (!resumed) return std::unexpected(resumed.error());
      if (*resumed == Resumed::WasComplete) return {};
      report();
    }
    if (now.upload_id.empty()) {
      if (const auto begun = begin(object, file, now); !begun) return begun;
    }
    if (const auto sent = send_missing_parts(object, file, now); !sent) return sent;
    now.completing = true;
    if (const auto saved = state_.save(); !saved) return saved;
    auto completed = client_.complete_upload(object, now.upload_id, now.parts);
    // A first try may have joined them and its answer been lost.
    const bool gone = !completed && completed.error().failure == Failure::NotFound;
    return gone && is_there(object, now.size) ? Done() : completed;
  }

  Done begin(const std::string& object, const std::string& file, FileProgress& now) {
    auto id = client_.begin_upload(object, content_type_of(file));
    if (!id) return std::unexpected(id.error());
    now.upload_id = std::move(*id);
    now.part_size = part_size_for(now.size);
    return state_.save();
  }

  enum class Resumed : uint8_t { GoOn, WasComplete };

  /// Keeps of our parts those that the server has too.
  std::expected<Resumed, StorageError> resume(const std::string& object, FileProgress& now) {
    auto listed = client_.list_parts(object, now.upload_id);
    if (!listed && listed.error().failure == Failure::NotFound) {
      // Joined just before the crash, or thrown away by the server's own rules.
      const bool complete = now.completing && is_there(object, now.size);
      if (complete) progress_.bytes_done += now.size;
      now = {.size = now.size, .modified_ns = now.modified_ns};
      return complete ? Resumed::WasComplete : Resumed::GoOn;
    }
    if (!listed) return std::unexpected(listed.error());
    std::erase_if(now.parts, [&](const Part& part) { return std::ranges::find(*listed, part) == listed->end(); });
    for (const Part& part : now.parts) progress_.bytes_done += part.size;
    return Resumed::GoOn;
  }

  bool is_there(const std::string& object, uint64_t size) {
    const auto info = client_.head(object);
    return info && info->size == size;
  }

  Done send_missing_parts(const std::string& object, const std::string& file, FileProgress& now) {
    const uint64_t count = (now.size + now.part_size - 1) / now.part_size;
    for (uint64_t i = 0; i < count; ++i) {
      const int number = static_cast<int>(i) + 1;
      const auto place = std::ranges::lower_bound(now.parts, number, {}, &Part::number);
      if (place != now.parts.end() && place->number == number) continue;
      const uint64_t offset = i * now.part_size;
      const FileRange range{task_.folder + "/" + file, offset, std::min(now.part_size, now.size - offset)};
      auto part = client_.upload_part(object, now.upload_id, number, range);
      if (!part) return std::unexpected(part.error());
      now.parts.insert(place, std::move(*part));
      if (const auto saved = state_.save(); !saved) return saved;
      progress_.bytes_done += range.size;
      report();
    }
    return {};
  }

  void report() const {
    if (callback_) callback_(progress_);
  }

  const UploadTask& task_;
  S3Client client_;
  UploadState state_;
  const ProgressCallback& callback_;
  UploadProgress progress_;
  size_t unsaved_files_ = 0;
  uint64_t unsaved_bytes_ = 0;
};

}  // namespace

std::expected<std::vector<UploadedFile>, StorageError> upload(const UploadTask& task, Surroundings surroundings,
                                                              const ProgressCallback& progress,
                                                              const RetryPolicy& policy) {
  auto client = S3Client::make(task.bucket, surroundings, policy);
  if (!client) return std::unexpected(client.error());
  UploadState state = UploadState::load(task.folder, destination_of(*address_of(task.bucket), task.prefix));
  return Uploader(task, std::move(*client), std::move(state), progress).run();
}

std::expected<std::vector<std::string>, StorageError> list_folder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const bool hidden = it->path().filename().native().starts_with('.');
    if (hidden) it.disable_recursion_pending();
    if (!hidden && it->symlink_status(error).type() == fs::file_type::regular) {
      files.push_back(it->path().lexically_relative(folder).string());
    }
    if (error) break;
  }
  if (error) return local("cannot list the folder: " + error.message());
  const auto rank = [](const std::string& file) { return file.ends_with(".m3u8"); };
  std::ranges::sort(files, [&](const std::string& a, const std::string& b) {
    return std::pair(rank(a), std::string_view(a)) < std::pair(rank(b), std::string_view(b));
  });
  return files;
}

uint64_t part_size_for(uint64_t file_size) {
  const uint64_t least = (file_size + kMaxParts - 1) / kMaxParts;
  return std::max(kPartSize, (least + kMiB - 1) / kMiB * kMiB);
}

std::string_view content_type_of(std::string_view file) {
  struct Type {
    std::string_view ending, type;
  };
  static constexpr std::array kTypes = {
      Type{".mp4", "video/mp4"},   Type{".m4s", "video/iso.segment"}, Type{".m4a", "audio/mp4"},
      Type{".webm", "video/webm"}, Type{".ts", "video/mp2t"},         Type{".m3u8", "application/vnd.apple.mpegurl"},
      Type{".mp3", "audio/mpeg"},  Type{".jpg", "image/jpeg"},        Type{".png", "image/png"},
      Type{".webp", "image/webp"}, Type{".json", "application/json"}, Type{".vtt", "text/vtt"}};
  const auto found = std::ranges::find_if(kTypes, [&](const Type& type) { return file.ends_with(type.ending); });
  return found == kTypes.end() ? "application/octet-stream" : found->type;
}

}  // namespace parley::storage
