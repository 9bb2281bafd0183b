#include "server/store_thread.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include <latch>

#include "store/memory/memory_store.hpp"

namespace parley::server {
namespace {

TEST(StoreThread, RunsJobsInOrderOnItsOwnThread) {
  StoreThread thread(store::open_memory_store());
  std::vector<int> order;
  std::thread::id where;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(thread.post([&, i](store::Store&) {
      order.push_back(i);
      where = std::this_thread::get_id();
    }));
  }
  thread.drain();
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::ranges::is_sorted(order));
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST(StoreThread, RefusesWhenTheQueueIsFull) {
  StoreThread thread(store::open_memory_store(), 2);
  std::latch started(1);
  std::latch release(1);
  ASSERT_TRUE(thread.post([&](store::Store&) {
    started.count_down();
    release.wait();
  }));
  started.wait();
  EXPECT_TRUE(thread.post([](store::Store&) {}));
  EXPECT_TRUE(thread.post([](store::Store&) {}));
  EXPECT_FALSE(thread.post([](store::Store&) {}));
  EXPECT_EQ(thread.queued(), 2u);
  EXPECT_EQ(thread.refused(), 1u);
  release.count_down();
  thread.drain();
  EXPECT_TRUE(thread.post([](store::Store&) {}));
}

TEST(StoreThread, FinishesWhatIsQueuedBeforeItEnds) {
  int done = 0;
  {
    StoreThread thread(store::open_memory_store());
    for (int i = 0; i < 50; ++i) thread.post([&](store::Store&) { ++done; });
  }
  EXPECT_EQ(done, 50);
}

}  // namespace
}  // namespace parley::server
