#include "net/tcp_port.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <string>

#include "net/clock.hpp"
#include "net/socket_address.hpp"

namespace parley::net {
namespace {

class TcpPortTest : public testing::Test {
 protected:
  TcpPortTest() : port_(std::move(*TcpPort::open({IpAddress::v4(0x7f000001), 0}))) {}

  FileDescriptor connect_client() {
    FileDescriptor fd(socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_storage to{};
    const socklen_t size = to_sockaddr(port_.address(), AF_INET, to);
    EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&to), size), 0);
    return fd;
  }
  void serve_until(auto&& done) {
    pollfd waiter{port_.fd(), POLLIN, 0};
    while (!done() && poll(&waiter, 1, 2000) > 0) {
      port_.serve(
          net::monotonic_now(),
          [this](std::span<Datagram> frames) {
            for (const Datagram& f : frames) {
              received_.emplace_back(as_text(f.data));
              last_path_ = f.path;
            }
          },
          [this](uint32_t stream) { closed_.push_back(stream); });
    }
  }
  static std::string framed(const std::string& text) {
    return std::string{static_cast<char>(text.size() >> 8), static_cast<char>(text.size())} + text;
  }

  TcpPort port_;
  std::vector<std::string> received_;
  std::vector<uint32_t> closed_;
  Path last_path_;
};

TEST_F(TcpPortTest, FramesArriveWholeHoweverTheBytesAreCut) {
  FileDescriptor client = connect_client();
  const std::string bytes = framed("first") + framed(std::string(1400, 'x')) + framed("third");
  for (size_t at = 0; at < bytes.size(); at += 7) {
    const std::string part = bytes.substr(at, 7);
    ASSERT_EQ(send(client.get(), part.data(), part.size(), 0), static_cast<ssize_t>(part.size()));
  }
  serve_until([this] { return received_.size() == 3; });
  EXPECT_EQ(received_, (std::vector<std::string>{"first", std::string(1400, 'x'), "third"}));
  EXPECT_EQ(last_path_.protocol, Path::Protocol::Tcp);
}

TEST_F(TcpPortTest, SendsFramesBackOnTheStreamTheyCameFrom) {
  FileDescriptor client = connect_client();
  const std::string ask = framed("ask");
  ASSERT_EQ(send(client.get(), ask.data(), ask.size(), 0), 5);
  serve_until([this] { return received_.size() == 1; });
  DatagramBatch batch;
  batch.append(last_path_, as_bytes("one"));
  batch.append(last_path_, as_bytes("two"));
  port_.send_batch(batch);
  std::string got(10, '\0');
  ASSERT_EQ(recv(client.get(), got.data(), got.size(), MSG_WAITALL), 10);
  EXPECT_EQ(got, framed("one") + framed("two"));
}

TEST_F(TcpPortTest, SlowReaderLosesFramesButNeverHalfOfOne) {
  FileDescriptor client = connect_client();
  const std::string ask = framed("ask");
  ASSERT_EQ(send(client.get(), ask.data(), ask.size(), 0), 5);
  serve_until([this] { return received_.size() == 1; });
  DatagramBatch batch;
  for (int i = 0; i < 400; ++i) batch.append(last_path_, as_bytes(std::string(1000, 'y')));
  for (int i = 0; i < 60; ++i) port_.send_batch(batch);
  EXPECT_GT(port_.stats().frames_dropped, 0u);
  // The client now reads everything that was kept while the port goes on writing.
  const size_t expected = port_.stats().frames_sent * 1002;
  size_t total = 0;
  std::vector<char> buffer(1 << 20);
  while (total < expected) {
    port_.serve(net::monotonic_now(), [](auto) {}, [](auto) {});
    const ssize_t n = recv(client.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n > 0) total += static_cast<size_t>(n);
  }
  EXPECT_EQ(total, expected);
}

TEST_F(TcpPortTest, EndsAStreamThatCannotBeFraming) {
  FileDescriptor client = connect_client();
  const std::string http = "\xff\xff GET / HTTP/1.1\r\n";
  ASSERT_GT(send(client.get(), http.data(), http.size(), 0), 0);
  serve_until([this] { return !closed_.empty(); });
  EXPECT_EQ(port_.stream_count(), 0u);
}

TEST_F(TcpPortTest, EndsAStreamThatSaysNothing) {
  FileDescriptor client = connect_client();
  serve_until([this] { return port_.stream_count() == 1; });
  ASSERT_FALSE(port_.next_deadline().is_never());
  port_.on_deadline(port_.next_deadline() - TimeDelta::millis(1));
  EXPECT_EQ(port_.stream_count(), 1u);
  port_.on_deadline(port_.next_deadline());
  EXPECT_EQ(port_.stream_count(), 0u);
  EXPECT_EQ(port_.stats().timed_out, 1u);
}

TEST_F(TcpPortTest, TellsOfAPeerThatWent) {
  {
    FileDescriptor client = connect_client();
    const std::string ask = framed("ask");
    ASSERT_EQ(send(client.get(), ask.data(), ask.size(), 0), 5);
    serve_until([this] { return received_.size() == 1; });
  }
  serve_until([this] { return !closed_.empty(); });
  EXPECT_EQ(closed_, std::vector<uint32_t>{last_path_.stream});
}

}  // namespace
}  // namespace parley::net
