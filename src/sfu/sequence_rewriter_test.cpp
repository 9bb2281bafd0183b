#include "sfu/sequence_rewriter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/rng.hpp"
#include "base/sequence.hpp"

namespace parley::sfu {
namespace {

using State = SequenceRewriter::State;

TEST(SequenceRewriter, ClosesGapsOfPacketsLeftOut) {
  SequenceRewriter rewriter(65534, 64);
  rewriter.begin(1000, 1);
  EXPECT_EQ(rewriter.take(1000)->number, 65534);
  EXPECT_EQ(rewriter.skip(1001, false), nullptr);
  EXPECT_EQ(rewriter.skip(1002, true), nullptr);
  EXPECT_EQ(rewriter.take(1003)->number, 65535);
  EXPECT_EQ(rewriter.take(1004)->number, 0);
}

TEST(SequenceRewriter, KeepsNumbersForMissingPackets) {
  SequenceRewriter rewriter(10, 64);
  rewriter.begin(0, 1);
  rewriter.take(0);
  EXPECT_EQ(rewriter.take(3)->number, 13);
  ASSERT_TRUE(rewriter.find(11));
  EXPECT_EQ(rewriter.find(11)->state, State::Reserved);
  EXPECT_EQ(rewriter.find(11)->source, 1);
  EXPECT_EQ(rewriter.take(2)->number, 12) << "late: into its place";
  EXPECT_EQ(rewriter.take(2), nullptr) << "but once";
  const auto* filler = rewriter.skip(1, false);
  ASSERT_TRUE(filler) << "a kept number has to be filled";
  EXPECT_EQ(filler->number, 11);
  EXPECT_EQ(filler->state, State::Filled);
  EXPECT_EQ(rewriter.skip(1, false), nullptr);
  EXPECT_EQ(rewriter.take(4)->number, 14);
}

TEST(SequenceRewriter, KeepsNoNumberWithinAFrameLeftOut) {
  SequenceRewriter rewriter(10, 64);
  rewriter.begin(0, 1);
  rewriter.take(0);
  rewriter.skip(1, false);
  rewriter.skip(4, true);  // 2 and 3 are of the same frame
  EXPECT_EQ(rewriter.take(5)->number, 11);
  EXPECT_EQ(rewriter.take(3), nullptr);
  EXPECT_EQ(rewriter.skip(2, true), nullptr);
}

TEST(SequenceRewriter, ANewRunGoesOnAndForgetsTheOldSource) {
  SequenceRewriter rewriter(0, 64);
  rewriter.begin(500, 1);
  rewriter.take(500);
  rewriter.take(502);
  rewriter.begin(90, 2);
  EXPECT_EQ(rewriter.take(89), nullptr) << "from before the run";
  EXPECT_EQ(rewriter.take(90)->number, 3);
  ASSERT_TRUE(rewriter.find(1));
  EXPECT_EQ(rewriter.find(1)->state, State::Reserved) << "what 501 would have got can still be asked for";
  EXPECT_EQ(rewriter.find(1)->run, 1);
}

TEST(SequenceRewriter, RemembersAsMuchAsItsDepth) {
  SequenceRewriter rewriter(0, 64);
  rewriter.begin(0, 7);
  for (int64_t i = 0; i < 100; ++i) rewriter.take(i)->picture_id = static_cast<uint16_t>(i);
  EXPECT_EQ(rewriter.find(35), nullptr);
  ASSERT_TRUE(rewriter.find(36));
  EXPECT_EQ(rewriter.find(36)->picture_id, 36);
  EXPECT_EQ(rewriter.find(36)->run, 7);
  EXPECT_EQ(rewriter.find(100), nullptr) << "not sent yet";
}

TEST(SequenceRewriter, AGapBeyondItsDepthIsClosed) {
  SequenceRewriter rewriter(0, 64);
  rewriter.begin(0, 1);
  rewriter.take(0);
  EXPECT_EQ(rewriter.take(64)->number, 64) << "just within";
  EXPECT_EQ(rewriter.take(129)->number, 65) << "too many to come back";
  EXPECT_EQ(rewriter.take(100), nullptr);
  EXPECT_EQ(rewriter.take(130)->number, 66);
}

// Whatever is lost, reordered and left out: numbers are never given twice, stay in the source's order, and have no gap
// but for packets that never came.
TEST(SequenceRewriter, SeededOrderLossAndChoice) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Rng rng(seed);
    SequenceRewriter rewriter(rng.u16(), 256);
    rewriter.begin(0, 1);
    std::vector<std::pair<int64_t, int64_t>> arrivals;  // time, source
    std::set<int64_t> lost;
    for (int64_t i = 0; i < 3000; ++i) {
      if (i > 0 && rng.chance(0.05)) {
        lost.insert(i);
      } else {
        arrivals.emplace_back(i + (i > 0 && rng.chance(0.2) ? static_cast<int64_t>(rng.below(40)) : 0), i);
      }
    }
    std::ranges::sort(arrivals);
    std::map<int64_t, int64_t> number_of;  // source → unwrapped output
    Unwrapper<uint16_t> unwrapper;
    const auto note = [&](int64_t source, const SequenceRewriter::Entry* entry) {
      ASSERT_TRUE(entry) << "seed " << seed << " source " << source;
      number_of[source] = unwrapper.unwrap(entry->number);
    };
    for (const auto& [time, source] : arrivals) {
      const bool wanted = source / 7 % 3 != 1;
      if (wanted) {
        note(source, rewriter.take(source));
      } else if (const auto* filler = rewriter.skip(source, false)) {
        note(source, filler);
      }
    }
    std::set<int64_t> numbers;
    int64_t previous = -1'000'000;
    for (const auto& [source, number] : number_of) {
      EXPECT_GT(number, previous) << "seed " << seed;
      previous = number;
      numbers.insert(number);
    }
    ASSERT_EQ(numbers.size(), number_of.size());
    const int64_t holes = *numbers.rbegin() - *numbers.begin() + 1 - static_cast<int64_t>(numbers.size());
    EXPECT_LE(holes, static_cast<int64_t>(lost.size())) << "seed " << seed;
  }
}

}  // namespace
}  // namespace parley::sfu
