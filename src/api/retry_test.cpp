#include "api/retry.hpp"

#include <gtest/gtest.h>

namespace parley::api {
namespace {

TEST(RetryPolicy, DoublesUpToAnHourAndGivesUp) {
  Rng rng(1);
  const RetryPolicy policy;
  TimeDelta expected = policy.first;
  TimeDelta total;
  for (int attempts = 1; attempts < RetryPolicy::kMaxAttempts; ++attempts) {
    const auto pause = policy.after(attempts, rng);
    ASSERT_TRUE(pause) << attempts;
    EXPECT_GE(pause->us(), expected.us() * 8 / 10) << attempts;
    EXPECT_LE(pause->us(), expected.us() * 12 / 10) << attempts;
    total += expected;
    expected = std::min(expected * 2, RetryPolicy::kLongest);
  }
  EXPECT_FALSE(policy.after(RetryPolicy::kMaxAttempts, rng));
  EXPECT_GT(total, TimeDelta::seconds(3 * 3600));
  EXPECT_LT(total, TimeDelta::seconds(6 * 3600));
}

TEST(RetryPolicy, SpreadsRetries) {
  Rng rng(1);
  const RetryPolicy policy;
  EXPECT_NE(policy.after(1, rng), policy.after(1, rng));
}

}  // namespace
}  // namespace parley::api
