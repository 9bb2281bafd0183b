#include "playout/delay_estimator.hpp"

#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "playout/test_media.hpp"

namespace parley::playout {
namespace {

TEST(DelayEstimator, CoversNearlyAllWithAMargin) {
  Rng rng(1);
  DelayEstimator estimator({.quantile = 0.97, .margin = TimeDelta::millis(10)});
  EXPECT_TRUE(estimator.empty());
  for (int i = 0; i < 1000; ++i) estimator.add(TimeDelta::micros(static_cast<int64_t>(rng.below(100'000))));
  EXPECT_NEAR(static_cast<double>(estimator.target().ms()), 107, 4);
}

TEST(DelayEstimator, OnePeakIsForgottenAtOnceAndManyAreNot) {
  DelayEstimator estimator({});
  for (int i = 0; i < 300; ++i) estimator.add(TimeDelta::millis(20));
  estimator.add(TimeDelta::millis(500));
  EXPECT_EQ(estimator.target(), TimeDelta::millis(30));
  for (int i = 0; i < 10; ++i) estimator.add(TimeDelta::millis(500));
  EXPECT_EQ(estimator.target(), TimeDelta::millis(510));
  for (size_t i = 0; i < DelayEstimator::kSamples; ++i) estimator.add(TimeDelta::millis(20));
  EXPECT_EQ(estimator.target(), TimeDelta::millis(30));
}

TEST(DelayEstimator, ClearedItKnowsNothing) {
  DelayEstimator estimator({});
  estimator.add(TimeDelta::millis(500));
  estimator.clear();
  EXPECT_TRUE(estimator.empty());
  EXPECT_EQ(estimator.target(), TimeDelta::zero());
}

TEST(SmoothDelay, UpAtOnceDownByAHundredth) {
  SmoothDelay delay;
  EXPECT_EQ(delay.follow(TimeDelta::millis(50), at(0)), TimeDelta::millis(50));
  EXPECT_EQ(delay.follow(TimeDelta::millis(90), at(1)), TimeDelta::millis(90));
  EXPECT_EQ(delay.follow(TimeDelta::millis(50), at(1001)), TimeDelta::millis(80));
  EXPECT_EQ(delay.follow(TimeDelta::millis(50), at(1001)), TimeDelta::millis(80));
  EXPECT_EQ(delay.follow(TimeDelta::millis(50), at(9001)), TimeDelta::millis(50)) << "not below";
}

}  // namespace
}  // namespace parley::playout
