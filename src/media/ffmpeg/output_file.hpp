#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/bytes.hpp"
#include "media/ffmpeg/error.hpp"

namespace parley::media {

/// A file that grows at its end. A write that fails (disk full) is taken back, so that the file stays what it was
/// before it.
class OutputFile {
 public:
  static Result<OutputFile> create(std::filesystem::path path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile();

  Result<> append(Bytes bytes);
  Result<> sync();
  int64_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  OutputFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::filesystem::path path_;
  int fd_ = -1;
  int64_t size_ = 0;
};

/// Makes `from` appear under the name `to`, whole or not at all, and durable: fsync, rename, fsync of the folder.
Result<> replace_file(const std::filesystem::path& from, const std::filesystem::path& to);
/// Writes a small file so (through a temporary one beside it). Not synced to the disk: it will soon be written again.
Result<> write_whole(const std::filesystem::path& path, std::string_view text);

}  // namespace parley::media
