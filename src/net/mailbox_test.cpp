#include "net/mailbox.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

namespace parley::net {
namespace {

bool readable(int fd, int timeout_ms = 0) {
  pollfd waiter{fd, POLLIN, 0};
  return poll(&waiter, 1, timeout_ms) > 0;
}

TEST(Mailbox, IsReadableExactlyWhileSomethingWaits) {
  Mailbox<int> box(10);
  EXPECT_FALSE(readable(box.fd()));
  box.post(1);
  box.post(2);
  EXPECT_TRUE(readable(box.fd()));
  std::vector<int> got;
  box.take(got);
  EXPECT_EQ(got, (std::vector<int>{1, 2}));
  EXPECT_FALSE(readable(box.fd()));
}

TEST(Mailbox, RefusesWhatDoesNotFit) {
  Mailbox<int> box(2);
  EXPECT_TRUE(box.post(1));
  EXPECT_TRUE(box.post(2));
  EXPECT_FALSE(box.post(3));
}

TEST(Mailbox, KeepsEachSendersOrderAndLosesNothing) {
  constexpr int kEach = 20000;
  Mailbox<std::pair<int, int>> box(1 << 20);
  auto send = [&box](int sender) {
    for (int i = 0; i < kEach; ++i) box.post({sender, i});
  };
  std::thread a(send, 0);
  std::thread b(send, 1);
  int next[2] = {0, 0};
  std::vector<std::pair<int, int>> got;
  while (next[0] + next[1] < 2 * kEach) {
    ASSERT_TRUE(readable(box.fd(), 5000));
    box.take(got);
    for (const auto& [sender, i] : got) ASSERT_EQ(i, next[sender]++);
  }
  a.join();
  b.join();
}

}  // namespace
}  // namespace parley::net
