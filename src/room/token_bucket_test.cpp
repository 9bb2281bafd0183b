#include "room/token_bucket.hpp"

#include <gtest/gtest.h>

namespace parley::room {
namespace {

TEST(TokenBucket, BurstThenRate) {
  TokenBucket bucket(10, 5);
  Timestamp now = Timestamp::from_us(7'000'000);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(bucket.take(1, now));
  EXPECT_FALSE(bucket.take(1, now));
  now += TimeDelta::millis(100);
  EXPECT_TRUE(bucket.take(1, now));
  EXPECT_FALSE(bucket.take(1, now));
}

TEST(TokenBucket, NeverHoldsMoreThanTheBurst) {
  TokenBucket bucket(10, 5);
  EXPECT_TRUE(bucket.take(5, Timestamp::from_us(0)));
  EXPECT_FALSE(bucket.take(6, Timestamp::from_us(3'600'000'000)));
  EXPECT_TRUE(bucket.take(5, Timestamp::from_us(3'600'000'000)));
}

TEST(TokenBucket, WhatIsRefusedCostsNothing) {
  TokenBucket bucket(1, 4);
  EXPECT_FALSE(bucket.take(5, Timestamp::from_us(0)));
  EXPECT_TRUE(bucket.take(4, Timestamp::from_us(0)));
}

}  // namespace
}  // namespace parley::room
