#include "base/time.hpp"

#include <gtest/gtest.h>

#include "base/fixed_vector.hpp"
#include "base/units.hpp"

namespace parley {
namespace {

TEST(Timestamp, NeverSwallowsEverySum) {
  EXPECT_TRUE((Timestamp::never() + TimeDelta::seconds(5)).is_never());
  EXPECT_TRUE((Timestamp::from_us(1) + TimeDelta::infinite()).is_never());
  EXPECT_LT(Timestamp::from_us(INT64_MAX - 1), Timestamp::never());
}

TEST(Timestamp, DifferencesAndSums) {
  const Timestamp t = Timestamp::from_us(1'000'000);
  EXPECT_EQ((t + TimeDelta::millis(5)) - t, TimeDelta::micros(5000));
  EXPECT_EQ(-TimeDelta::millis(3) + TimeDelta::millis(5), TimeDelta::millis(2));
}

TEST(DataRate, IsSizeOverTime) {
  EXPECT_EQ(DataSize::bytes(125'000) / TimeDelta::seconds(1), DataRate::kbps(1000));
  EXPECT_EQ(DataSize::bytes(1) / TimeDelta::zero(), DataRate::zero());
}

TEST(FixedVector, StopsAtItsCapacity) {
  FixedVector<int, 2> v;
  EXPECT_TRUE(v.try_push_back(1));
  EXPECT_TRUE(v.try_push_back(2));
  EXPECT_FALSE(v.try_push_back(3));
  EXPECT_EQ(v.back(), 2);
  EXPECT_DEATH(v[2], "broken invariant");
}

}  // namespace
}  // namespace parley
