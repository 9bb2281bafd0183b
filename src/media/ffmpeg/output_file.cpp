#include "media/ffmpeg/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace parley::media {

namespace {

Result<> sync_path(const std::filesystem::path& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return fail_errno(errno, path.string());
  const int result = fsync(fd);
  const int error = errno;
  close(fd);
  if (result != 0) return fail_errno(error, path.string());
  return {};
}

}  // namespace

Result<OutputFile> OutputFile::create(std::filesystem::path path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (fd < 0) return fail_errno(errno, fmt::format("creating {}", path.string()));
  return OutputFile(std::move(path), fd);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(size_, other.size_);
  return *this;
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) close(fd_);
}

Result<> OutputFile::append(Bytes bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(fd_, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const int error = n == 0 ? ENOSPC : errno;
      // Not every file can shrink (a pipe, a device); what is torn at the end is then left to the reader.
      if (ftruncate(fd_, size_) == 0) lseek(fd_, size_, SEEK_SET);
      return fail_errno(error, fmt::format("writing {}", path_.string()));
    }
    done += static_cast<size_t>(n);
  }
  size_ += static_cast<int64_t>(bytes.size());
  return {};
}

Result<> OutputFile::sync() {
  if (fdatasync(fd_) != 0 && errno != EINVAL) return fail_errno(errno, fmt::format("syncing {}", path_.string()));
  return {};
}

Result<> replace_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (auto synced = sync_path(from, O_RDONLY); !synced) return synced;
  if (std::rename(from.c_str(), to.c_str()) != 0) return fail_errno(errno, fmt::format("renaming to {}", to.string()));
  const auto folder = to.parent_path();
  return sync_path(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
}

Result<> write_whole(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::path temporary = path;
  temporary += ".tmp";
  auto file = OutputFile::create(temporary);
  if (!file) return std::unexpected(file.error());
  auto written = file->append(as_bytes(text));
  if (written && std::rename(temporary.c_str(), path.c_str()) != 0) {
    written = fail_errno(errno, fmt::format("renaming to {}", path.string()));
  }
  if (!written) unlink(temporary.c_str());
  return written;
}

}  // namespace parley::media
