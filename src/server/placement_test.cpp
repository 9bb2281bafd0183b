#include "server/placement.hpp"

#include <gtest/gtest.h>

namespace parley::server {
namespace {

const RoomId kA("a");
const RoomId kB("b");

TEST(Placement, KeepsARoomTogetherAndSpreadsRooms) {
  Placement placement(2, 10);
  const ShardIndex a = placement.place(kA);
  EXPECT_EQ(placement.place(kA), a);
  const ShardIndex b = placement.place(kB);
  EXPECT_NE(b, a);
  EXPECT_EQ(placement.place(kB), b);
}

TEST(Placement, SpillsOverAtTheLimit) {
  Placement placement(2, 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(placement.place(kA), ShardIndex(0));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(placement.place(kA), ShardIndex(1));
  placement.place(kA);  // both are full: still somewhere
  EXPECT_EQ(placement.connections_on(ShardIndex(0)) + placement.connections_on(ShardIndex(1)), 7u);
}

TEST(Placement, GathersOnTheFullestShardThatHasRoom) {
  Placement placement(2, 3);
  for (int i = 0; i < 4; ++i) placement.place(kA);  // three and one
  placement.release(kA, ShardIndex(0));             // two and one
  EXPECT_EQ(placement.place(kA), ShardIndex(0));
}

TEST(Placement, ReleasedPlacesAreFreeAgain) {
  Placement placement(2, 10);
  const ShardIndex first = placement.place(kA);
  placement.release(kA, first);
  EXPECT_EQ(placement.connections_on(first), 0u);
  EXPECT_EQ(placement.place(kB), ShardIndex(0));
}

TEST(PlacementDeathTest, WhatWasNotPlacedCannotBeReleased) {
  Placement placement(2, 10);
  EXPECT_DEATH(placement.release(kA, ShardIndex(0)), "broken invariant");
}

}  // namespace
}  // namespace parley::server
