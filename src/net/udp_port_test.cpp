#include "net/udp_port.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <vector>

namespace parley::net {
namespace {

SocketAddress loopback(uint16_t port = 0) { return {IpAddress::v4(0x7f000001), port}; }

UdpPort open_port(UdpPort::Options options = {}) {
  auto port = UdpPort::open(loopback(), options);
  EXPECT_TRUE(port) << port.error();
  return std::move(*port);
}

/// Reads until `count` datagrams came (or two seconds passed).
std::vector<std::vector<uint8_t>> receive(UdpPort& port, size_t count, Path* from = nullptr) {
  std::vector<std::vector<uint8_t>> got;
  pollfd waiter{port.fd(), POLLIN, 0};
  while (got.size() < count && poll(&waiter, 1, 2000) > 0) {
    for (const Datagram& d : port.receive_batch()) {
      got.emplace_back(d.data.begin(), d.data.end());
      if (from) *from = d.path;
    }
  }
  return got;
}

std::vector<std::vector<uint8_t>> numbered(size_t count, size_t size) {
  std::vector<std::vector<uint8_t>> made;
  for (size_t i = 0; i < count; ++i) made.emplace_back(size, static_cast<uint8_t>(i));
  return made;
}

class UdpPortModes : public testing::TestWithParam<std::pair<bool, bool>> {};

TEST_P(UdpPortModes, DeliversEveryDatagramInOrderWithItsBoundaries) {
  const UdpPort::Options options{.gso = GetParam().first, .gro = GetParam().second};
  UdpPort a = open_port(options);
  UdpPort b = open_port(options);
  auto sent = numbered(100, 1100);
  sent.push_back(std::vector<uint8_t>(300, 0xaa));   // shorter: ends a run
  sent.push_back(std::vector<uint8_t>(1100, 0xbb));  // longer: starts another
  DatagramBatch batch;
  for (const auto& d : sent) batch.append(Path{.remote = b.address()}, d);
  a.send_batch(batch);
  EXPECT_EQ(receive(b, sent.size()), sent);
  EXPECT_EQ(a.stats().datagrams_sent, sent.size());
  if (options.gso) {
    EXPECT_LE(a.stats().messages_sent, 4u) << "runs of up to 59 datagrams of 1100 bytes in one message";
    EXPECT_EQ(a.stats().send_calls, 1u);
  }
}

INSTANTIATE_TEST_SUITE_P(GsoGro, UdpPortModes,
                         testing::Values(std::pair{false, false}, std::pair{false, true}, std::pair{true, false},
                                         std::pair{true, true}));

TEST(UdpPort, AnswersLeaveFromTheAddressThatWasAsked) {
  auto server = UdpPort::open({IpAddress(), 0});
  ASSERT_TRUE(server) << server.error();
  UdpPort client = open_port();
  const SocketAddress second{IpAddress::v4(0x7f000002), server->address().port};
  DatagramBatch ask;
  ask.append(Path{.remote = second}, as_bytes("ask"));
  client.send_batch(ask);
  Path from;
  ASSERT_EQ(receive(*server, 1, &from).size(), 1u);
  EXPECT_EQ(from.local, second.ip);
  DatagramBatch answer;
  answer.append(from, as_bytes("answer"));
  server->send_batch(answer);
  Path answered_from;
  ASSERT_EQ(receive(client, 1, &answered_from).size(), 1u);
  EXPECT_EQ(answered_from.remote, second);
}

TEST(UdpPort, RunsToDifferentPeersAreKeptApart) {
  UdpPort a = open_port();
  UdpPort b = open_port();
  UdpPort c = open_port();
  const auto payload = numbered(8, 500);
  DatagramBatch batch;
  for (size_t i = 0; i < payload.size(); ++i) {
    batch.append(Path{.remote = (i / 2 % 2 ? c : b).address()}, payload[i]);
  }
  a.send_batch(batch);
  const std::vector<std::vector<uint8_t>> for_b{payload[0], payload[1], payload[4], payload[5]};
  const std::vector<std::vector<uint8_t>> for_c{payload[2], payload[3], payload[6], payload[7]};
  EXPECT_EQ(receive(b, 4), for_b);
  EXPECT_EQ(receive(c, 4), for_c);
  EXPECT_EQ(a.stats().messages_sent, 4u);
}

TEST(UdpPort, UnreachableDestinationIsCountedAndOthersStillGetTheirs) {
  UdpPort a = open_port();
  UdpPort b = open_port();
  DatagramBatch batch;
  batch.append(Path{.remote = {IpAddress::v4(0xf0000001), 9}}, as_bytes("class E is unroutable"));
  batch.append(Path{.remote = b.address()}, as_bytes("hello"));
  a.send_batch(batch);
  EXPECT_EQ(receive(b, 1).size(), 1u);
  EXPECT_EQ(a.stats().dropped_errors, 1u);
}

TEST(UdpPort, SaysWhyAPortCannotBeOpened) {
  UdpPort a = open_port();
  const auto again = UdpPort::open(a.address());
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().find("already in use"), std::string::npos) << again.error();
}

}  // namespace
}  // namespace parley::net
