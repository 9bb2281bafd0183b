#include "base/rng.hpp"

#include <gtest/gtest.h>

#include <array>

namespace parley {
namespace {

TEST(Rng, ASeedRepeatsItself) {
  Rng a(7), b(7), c(8);
  const uint64_t first = a.u64();
  EXPECT_EQ(first, b.u64());
  EXPECT_NE(first, c.u64());
}

// First outputs of SplitMix64 for seed 1234567, as published with the reference implementation.
TEST(Rng, MatchesTheReferenceSequence) {
  Rng rng(1234567);
  EXPECT_EQ(rng.u64(), 6457827717110365317u);
  EXPECT_EQ(rng.u64(), 3203168211198807973u);
}

TEST(Rng, BelowStaysBelowAndReachesAll) {
  Rng rng(1);
  std::array<int, 7> seen{};
  for (int i = 0; i < 7000; ++i) ++seen[rng.below(7)];
  for (int count : seen) EXPECT_NEAR(count, 1000, 150);
}

TEST(Rng, TextUsesOnlyItsAlphabet) {
  Rng rng = Rng::system();
  EXPECT_EQ(rng.text(200, "ab").find_first_not_of("ab"), std::string::npos);
  EXPECT_EQ(rng.text(24).size(), 24u);
  EXPECT_NE(rng.text(24), rng.text(24));
}

TEST(Rng, FillsOddSizes) {
  Rng rng(3);
  std::array<uint8_t, 11> bytes{};
  rng.fill(MutableBytes(bytes).first(10));
  EXPECT_NE(bytes[9], 0);
  EXPECT_EQ(bytes[10], 0);
}

TEST(Rng, ForksRepeatAsTheirOriginDoesAndDiffer) {
  Rng a(1);
  Rng b(1);
  Rng of_a = a.fork();
  Rng of_b = b.fork();
  const uint64_t first = of_a.u64();
  EXPECT_EQ(first, of_b.u64());
  EXPECT_EQ(a.u64(), b.u64());
  EXPECT_NE(first, a.fork().u64());
  Rng system = Rng::system();
  EXPECT_NE(system.fork().u64(), system.fork().u64());
}

}  // namespace
}  // namespace parley
