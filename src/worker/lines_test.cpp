#include "worker/lines.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <future>
#include <string>
#include <vector>

namespace parley::worker {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(pipe2(fds, O_CLOEXEC), 0); }
  ~Pipe() {
    close(fds[0]);
    close_writer();
  }
  void write(std::string_view text) { EXPECT_EQ(::write(fds[1], text.data(), text.size()), ssize_t(text.size())); }
  void close_writer() {
    if (fds[1] >= 0) close(fds[1]);
    fds[1] = -1;
  }
  int fds[2];
};

TEST(LineReader, HandsOverLinesAsTheyComeInAnyPieces) {
  Pipe pipe;
  std::vector<std::string> lines;
  std::promise<void> ended;
  LineReader reader(
      pipe.fds[0], 100, [&](std::string line) { lines.push_back(std::move(line)); }, [&] { ended.set_value(); });
  for (const char* piece : {"one\ntw", "o", "\n\n", "three\nunfinished"}) pipe.write(piece);
  pipe.close_writer();
  ended.get_future().wait();
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "three"}));
}

TEST(LineReader, EndsAtALineWithoutEnd) {
  Pipe pipe;
  std::promise<void> ended;
  LineReader reader(pipe.fds[0], 100, [](const std::string&) { FAIL(); }, [&] { ended.set_value(); });
  pipe.write(std::string(101, 'x'));
  ended.get_future().wait();
}

TEST(LineReader, CanBeLeftWhileItWaits) {
  Pipe pipe;
  LineReader reader(pipe.fds[0], 100, [](const std::string&) {}, [] {});
}

TEST(LineWriter, WritesWholeLines) {
  Pipe pipe;
  LineWriter writer(pipe.fds[1]);
  writer.write("a");
  writer.write("b");
  char buffer[8];
  EXPECT_EQ(read(pipe.fds[0], buffer, sizeof buffer), 4);
  EXPECT_EQ(std::string_view(buffer, 4), "a\nb\n");
}

}  // namespace
}  // namespace parley::worker
