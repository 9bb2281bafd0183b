#include "room/wishes.hpp"

#include <gtest/gtest.h>

namespace parley::room {
namespace {

constexpr MemberNumber kPat(1);
const Wish kSmall{wire::LOW, 320, 180, false};

TEST(WishesTest, DefaultUntilSaidOtherwise) {
  Wishes wishes;
  EXPECT_EQ(wishes.effective(kPat, wire::VIDEO), Wish{});
  EXPECT_TRUE(wishes.set(kPat, wire::VIDEO, kSmall));
  EXPECT_EQ(wishes.effective(kPat, wire::VIDEO), kSmall);
  EXPECT_EQ(wishes.effective(kPat, wire::SHARE), Wish{});
  EXPECT_EQ(wishes.effective(MemberNumber(2), wire::VIDEO), Wish{});
  wishes.forget(kPat);
  EXPECT_EQ(wishes.effective(kPat, wire::VIDEO), Wish{});
}

TEST(WishesTest, PausingAllKeepsTheWishesOfEach) {
  Wishes wishes;
  wishes.set(kPat, wire::VIDEO, kSmall);
  wishes.set(kPat, wire::SHARE, {.paused = true});
  wishes.pause_all(wire::VIDEO, true);
  EXPECT_TRUE(wishes.effective(kPat, wire::VIDEO).paused);
  EXPECT_EQ(wishes.effective(kPat, wire::VIDEO).quality, wire::LOW);
  EXPECT_FALSE(wishes.effective(kPat, wire::AUDIO).paused);
  wishes.pause_all(wire::VIDEO, false);
  wishes.pause_all(wire::SHARE, false);
  EXPECT_EQ(wishes.effective(kPat, wire::VIDEO), kSmall);
  EXPECT_TRUE(wishes.effective(kPat, wire::SHARE).paused);
}

TEST(WishesTest, HoldsNoMoreThanItsLimit) {
  Wishes wishes;
  for (uint32_t i = 0; i < Wishes::kMax; ++i) ASSERT_TRUE(wishes.set(MemberNumber(i), wire::VIDEO, kSmall));
  EXPECT_FALSE(wishes.set(MemberNumber(Wishes::kMax), wire::VIDEO, kSmall));
  EXPECT_TRUE(wishes.set(MemberNumber(Wishes::kMax), wire::VIDEO, Wish{}));  // the default needs no room
  EXPECT_TRUE(wishes.set(MemberNumber(0), wire::VIDEO, {.quality = wire::HIGH}));
  EXPECT_EQ(wishes.effective(MemberNumber(0), wire::VIDEO).quality, wire::HIGH);
  EXPECT_TRUE(wishes.set(MemberNumber(0), wire::VIDEO, Wish{}));
  EXPECT_TRUE(wishes.set(MemberNumber(Wishes::kMax), wire::VIDEO, kSmall));
}

}  // namespace
}  // namespace parley::room
