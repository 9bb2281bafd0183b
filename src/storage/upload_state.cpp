#include "storage/upload_state.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace parley::storage {
namespace {

using Json = nlohmann::json;
constexpr int kVersion = 1;
/// Ten thousand parts take about a megabyte, a file that is done 80 bytes: two weeks of HLS segments.
constexpr uintmax_t kMaxBytes = 128 << 20;

/// Of a file that is done, which may be one of many thousands, no more than must be known.
Json to_json(const FileProgress& file) {
  if (file.done) return {{"size", file.size}, {"modified", file.modified_ns}, {"done", true}};
  Json parts = Json::array();
  for (const Part& part : file.parts) {
    parts.push_back({{"number", part.number}, {"etag", part.etag}, {"size", part.size}});
  }
  return {{"size", file.size},
          {"modified", file.modified_ns},
          {"done", file.done},
          {"uploadId", file.upload_id},
          {"partSize", file.part_size},
          {"parts", std::move(parts)},
          {"completing", file.completing}};
}

FileProgress from_json(const Json& json) {
  FileProgress file{.size = json.at("size").get<uint64_t>(),
                    .modified_ns = json.at("modified").get<int64_t>(),
                    .done = json.at("done").get<bool>(),
                    .upload_id = json.value("uploadId", ""),
                    .part_size = json.value("partSize", uint64_t{0}),
                    .completing = json.value("completing", false)};
  if (file.done) return file;
  for (const Json& part : json.at("parts")) {
    file.parts.push_back(
        {part.at("number").get<int>(), part.at("etag").get<std::string>(), part.at("size").get<uint64_t>()});
  }
  return file;
}

std::string read_whole(const std::filesystem::path& path) {
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(path, error);
  if (error || size > kMaxBytes) return {};
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool write_flushed(const std::string& path, std::string_view text) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return false;
  bool ok = true;
  while (ok && !text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    ok = written > 0;
    if (ok) text.remove_prefix(static_cast<size_t>(written));
  }
  ok = ok && ::fsync(descriptor) == 0;
  return ::close(descriptor) == 0 && ok;
}

}  // namespace

std::string destination_of(const BucketAddress& address, std::string_view prefix) {
  return address.origin + address.base_path + "/" + std::string(prefix);
}

UploadState UploadState::load(std::string folder, std::string destination) {
  UploadState state(std::move(folder), std::move(destination));
  try {
    const Json json = Json::parse(read_whole(std::filesystem::path(state.folder_) / kFileName));
    if (json.at("version") != kVersion || json.at("destination") != state.destination_) return state;
    std::map<std::string, FileProgress> files;
    for (const auto& [name, file] : json.at("files").items()) files.emplace(name, from_json(file));
    state.files = std::move(files);
  } catch (const Json::exception&) {
    // None, or half of one: everything is uploaded anew.
  }
  return state;
}

std::expected<void, StorageError> UploadState::save() const {
  Json json{{"version", kVersion}, {"destination", destination_}, {"files", Json::object()}};
  for (const auto& [name, file] : files) json["files"][name] = to_json(file);
  const std::string path = (std::filesystem::path(folder_) / kFileName).string();
  const std::string fresh = path + ".new";
  // File names need not be UTF-8; what JSON cannot hold is replaced, and such a file is uploaded anew after a crash.
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (!write_flushed(fresh, text) || std::rename(fresh.c_str(), path.c_str()) != 0) {
    const std::string why = std::strerror(errno);
    ::unlink(fresh.c_str());
    return std::unexpected(StorageError{Failure::LocalFile, "cannot write the state of the upload: " + why});
  }
  return {};
}

}  // namespace parley::storage
