#pragma once

#include <expected>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "storage/error.hpp"
#include "storage/http.hpp"

namespace parley::storage {

/// Reads a range of a file piece by piece.
class RangeReader {
 public:
  static std::expected<RangeReader, StorageError> open(const FileRange& range);
  RangeReader(RangeReader&& other) noexcept;
  RangeReader& operator=(RangeReader&&) = delete;
  ~RangeReader();

  /// How much was read, at most `buffer`; 0 at the end of the range, nullopt if the file cannot be read, or has become
  /// too short.
  std::optional<size_t> read(MutableBytes buffer);
  /// To a position within the range.
  void seek(uint64_t position) { position_ = position; }

 private:
  RangeReader(int descriptor, const FileRange& range) : descriptor_(descriptor), range_(range) {}
  int descriptor_;
  FileRange range_;
  uint64_t position_ = 0;
};

/// SHA-256 of the range, in hex.
std::expected<std::string, StorageError> hash_file_range(const FileRange& range);

}  // namespace parley::storage
