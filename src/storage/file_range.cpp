#include "storage/file_range.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "crypto/sha256.hpp"

namespace parley::storage {
namespace {

constexpr size_t kPiece = 64 << 10;  // large enough for the disk, small enough for the cache

std::unexpected<StorageError> unreadable(const FileRange& range, std::string_view why) {
  const std::string name = std::filesystem::path(range.path).filename();
  return std::unexpected(StorageError{Failure::LocalFile, "cannot read " + name + ": " + std::string(why)});
}

}  // namespace

std::expected<RangeReader, StorageError> RangeReader::open(const FileRange& range) {
  const int descriptor = ::open(range.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return unreadable(range, std::strerror(errno));
  return RangeReader(descriptor, range);
}

RangeReader::RangeReader(RangeReader&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), range_(std::move(other.range_)), position_(other.position_) {}

RangeReader::~RangeReader() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<size_t> RangeReader::read(MutableBytes buffer) {
  const uint64_t left = range_.size - std::min(range_.size, position_);
  const size_t wanted = std::min<uint64_t>(buffer.size(), left);
  if (wanted == 0) return 0;
  ssize_t got = 0;
  do {
    got = ::pread(descriptor_, buffer.data(), wanted, static_cast<off_t>(range_.offset + position_));
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return std::nullopt;
  position_ += static_cast<uint64_t>(got);
  return static_cast<size_t>(got);
}

std::expected<std::string, StorageError> hash_file_range(const FileRange& range) {
  auto reader = RangeReader::open(range);
  if (!reader) return std::unexpected(reader.error());
  crypto::Sha256 hash;
  std::vector<uint8_t> piece(kPiece);
  for (;;) {
    const auto got = reader->read(piece);
    if (!got) return unreadable(range, "it is shorter than it was");
    if (*got == 0) return crypto::to_hex(hash.finish());
    hash.update(Bytes(piece.data(), *got));
  }
}

}  // namespace parley::storage
