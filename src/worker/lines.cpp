#include "worker/lines.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace parley::worker {

LineReader::LineReader(int fd, size_t max_line, OnLine on_line, OnEnd on_end)
    : fd_(fd),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      max_line_(max_line),
      on_line_(std::move(on_line)),
      on_end_(std::move(on_end)),
      thread_([this] { run(); }) {}

LineReader::~LineReader() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = write(wake_, &one, sizeof one);
  thread_.join();
  close(wake_);
}

bool LineReader::wait_readable() const {
  std::array<pollfd, 2> sources{{{fd_, POLLIN, 0}, {wake_, POLLIN, 0}}};
  while (poll(sources.data(), sources.size(), -1) < 0) {
    if (errno != EINTR) return false;
  }
  return sources[1].revents == 0;
}

void LineReader::run() {
  std::string pending;
  std::array<char, 65536> chunk;
  while (wait_readable()) {
    const ssize_t got = read(fd_, chunk.data(), chunk.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return on_end_();
    pending.append(chunk.data(), static_cast<size_t>(got));
    size_t begin = 0;
    for (size_t end; (end = pending.find('\n', begin)) != std::string::npos; begin = end + 1) {
      if (end > begin) on_line_(pending.substr(begin, end - begin));
    }
    pending.erase(0, begin);
    if (pending.size() > max_line_) return on_end_();
  }
}

void LineWriter::write(std::string line) {
  line += '\n';
  const std::lock_guard lock(mutex_);
  for (size_t done = 0; done < line.size();) {
    const ssize_t n = ::write(fd_, line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;
    done += static_cast<size_t>(n);
  }
}

}  // namespace parley::worker
