#include "playout/sequence_run.hpp"

#include <gtest/gtest.h>

namespace parley::playout {
namespace {

TEST(SequenceRun, NumbersGoOnOverTheWrap) {
  SequenceRun run;
  const int64_t first = run.place(65'534)->number;
  EXPECT_EQ(run.place(65'535)->number, first + 1);
  EXPECT_EQ(run.place(1)->number, first + 3);
  EXPECT_EQ(run.place(0)->number, first + 2);
  EXPECT_EQ(run.place(65'533)->number, first - 1);
}

TEST(SequenceRun, TheLongestJumpIsStillTheSameRun) {
  SequenceRun run;
  const int64_t first = run.place(5000)->number;
  EXPECT_EQ(run.place(8000)->number, first + SequenceRun::kMaxJump);
  EXPECT_EQ(run.place(5000)->number, first);
  EXPECT_FALSE(run.place(11'001));
  EXPECT_FALSE(run.place(4999));
}

TEST(SequenceRun, TwoInARowElsewhereBeginAnew) {
  SequenceRun run;
  run.place(100);
  EXPECT_FALSE(run.place(30'000));
  EXPECT_FALSE(run.place(20'000)) << "two strays are no run";
  EXPECT_FALSE(run.place(20'002));
  const auto place = run.place(20'003);
  ASSERT_TRUE(place);
  EXPECT_TRUE(place->restarted);
  EXPECT_FALSE(run.place(20'004)->restarted);
  EXPECT_FALSE(run.place(100)) << "the old run is the stray now";
}

TEST(SequenceRun, AStrayBetweenPacketsOfTheRunIsForgotten) {
  SequenceRun run;
  run.place(100);
  EXPECT_FALSE(run.place(30'000));
  EXPECT_TRUE(run.place(101));
  EXPECT_FALSE(run.place(30'001));
}

}  // namespace
}  // namespace parley::playout
