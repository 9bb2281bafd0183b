#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace parley::worker {

/// Reads lines of a file descriptor (stdin) on a thread of its own, so that nobody else waits for it.
class LineReader {
 public:
  /// On the reading thread, without the line break.
  using OnLine = std::function<void(std::string line)>;
  /// The other side closed it, or a line was longer than `max_line`; nothing comes after it.
  using OnEnd = std::function<void()>;

  LineReader(int fd, size_t max_line, OnLine on_line, OnEnd on_end);
  /// Stops reading and joins the thread.
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

 private:
  void run();
  bool wait_readable() const;

  int fd_;
  int wake_;  // eventfd
  size_t max_line_;
  OnLine on_line_;
  OnEnd on_end_;
  std::thread thread_;
};

/// Writes whole lines to a file descriptor (stdout), from any thread. A reader that is gone is not an error: the server
/// that would read has ended, and the end of stdin says so.
class LineWriter {
 public:
  explicit LineWriter(int fd) : fd_(fd) {}
  void write(std::string line);

 private:
  int fd_;
  std::mutex mutex_;
};

}  // namespace parley::worker
