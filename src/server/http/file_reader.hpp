#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "net/file_descriptor.hpp"

namespace parley::server {

/// Reads a part of a file piece by piece on another thread.
class FileReader {
 public:
  /// Two TCP windows: large enough for a disk, small enough for ten thousand readers.
  static constexpr size_t kPiece = 256 * 1024;

  /// A file that is not there (any more) gives no piece.
  FileReader(boost::asio::thread_pool& disk, const std::string& path, uint64_t offset, uint64_t length);

  bool done() const { return left_ == 0; }
  /// The next piece, valid until the next call; empty if the file ended early or cannot be read.
  boost::asio::awaitable<std::span<const char>> read();

 private:
  boost::asio::thread_pool& disk_;
  net::FileDescriptor file_;
  uint64_t offset_;
  uint64_t left_;
  std::vector<char> buffer_;
};

}  // namespace parley::server
