#include "engine/deadline_queue.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/rng.hpp"

namespace parley::engine {
namespace {

Timestamp at(int64_t ms) { return Timestamp::from_us(ms * 1000); }

TEST(DeadlineQueue, EmptyIsNever) {
  DeadlineQueue queue;
  EXPECT_TRUE(queue.earliest().is_never());
  queue.remove(5);
  queue.set(3, Timestamp::never());
  EXPECT_EQ(queue.size(), 0u);
}

TEST(DeadlineQueue, MovingADeadlineMovesItsPlace) {
  DeadlineQueue queue;
  queue.set(0, at(10));
  queue.set(1, at(5));
  EXPECT_EQ(queue.earliest_slot(), 1u);
  queue.set(1, at(20));
  EXPECT_EQ(queue.earliest_slot(), 0u);
  queue.set(1, at(1));
  EXPECT_EQ(queue.earliest_slot(), 1u);
  queue.remove(1);
  EXPECT_EQ(queue.earliest(), at(10));
  EXPECT_EQ(queue.size(), 1u);
}

TEST(DeadlineQueue, AgreesWithAnOrderedMapOverRandomChanges) {
  Rng rng(11);
  DeadlineQueue queue;
  std::map<uint32_t, Timestamp> model;
  for (int step = 0; step < 20'000; ++step) {
    const auto slot = static_cast<uint32_t>(rng.below(64));
    if (rng.chance(0.2)) {
      queue.remove(slot);
      model.erase(slot);
    } else {
      model[slot] = at(static_cast<int64_t>(rng.below(1000)));
      queue.set(slot, model[slot]);
    }
    Timestamp earliest = Timestamp::never();
    for (const auto& [s, deadline] : model) earliest = std::min(earliest, deadline);
    ASSERT_EQ(queue.earliest(), earliest);
    ASSERT_EQ(queue.size(), model.size());
    if (!model.empty()) {
      ASSERT_EQ(model[queue.earliest_slot()], earliest);
    }
  }
}

}  // namespace
}  // namespace parley::engine
