#include "server/http/file_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace parley::server {

namespace asio = boost::asio;

FileReader::FileReader(asio::thread_pool& disk, const std::string& path, uint64_t offset, uint64_t length)
    : disk_(disk), file_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)), offset_(offset), left_(length) {
  buffer_.resize(static_cast<size_t>(std::min<uint64_t>(kPiece, std::max<uint64_t>(length, 1))));
}

asio::awaitable<std::span<const char>> FileReader::read() {
  const size_t want = static_cast<size_t>(std::min<uint64_t>(left_, buffer_.size()));
  // Named, see Site::call_api.
  auto job = [this, want]() -> asio::awaitable<ssize_t> {
    co_return pread(file_.get(), buffer_.data(), want, static_cast<off_t>(offset_));
  };
  const ssize_t got = co_await asio::co_spawn(disk_, std::move(job), asio::use_awaitable);
  if (got <= 0) {
    left_ = 0;
    co_return std::span<const char>();
  }
  offset_ += static_cast<uint64_t>(got);
  left_ -= static_cast<uint64_t>(got);
  co_return std::span<const char>(buffer_.data(), static_cast<size_t>(got));
}

}  // namespace parley::server
