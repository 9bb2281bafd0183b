#include "sdk/receive_wishes.hpp"

#include <gtest/gtest.h>

namespace parley::sdk {
namespace {

class Wishes : public testing::Test {
 protected:
  std::vector<ReceiveWishes::Told> pass() {
    std::vector<ReceiveWishes::Told> out;
    now = wishes.next_deadline();
    if (!now.is_never()) wishes.on_deadline(now, out);
    return out;
  }
  ReceiveWishes wishes;
  Timestamp now = Timestamp::from_us(0);
  StreamId video{"a", StreamKind::Video};
};

TEST_F(Wishes, AStreamThatNobodyTakesIsPausedAfterAMoment) {
  wishes.appeared(video, now);
  const auto told = pass();
  EXPECT_EQ(now, Timestamp() + ReceiveWishes::kCoalesce);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].wish.paused);
  EXPECT_TRUE(wishes.next_deadline().is_never());
}

TEST_F(Wishes, HandlersInTimeSayNothing) {
  wishes.appeared(video, now);
  wishes.set_handled(video, true, now);
  EXPECT_TRUE(pass().empty());
  EXPECT_TRUE(pass().empty());
}

TEST_F(Wishes, LateHandlersResumeAtOnce) {
  wishes.appeared(video, now);
  pass();
  wishes.set_handled(video, true, now);
  EXPECT_EQ(wishes.next_deadline(), now);
  EXPECT_FALSE(pass().at(0).wish.paused);
}

TEST_F(Wishes, ManyChangesAreOneMessage) {
  wishes.set_handled(video, true, now);
  pass();
  for (int width = 100; width <= 1000; ++width) wishes.set_viewport(video, width, width / 2, now);
  wishes.set_quality(video, Quality::Low, now);
  const auto told = pass();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].wish, (Wish{Quality::Low, 1000, 500, false}));
}

TEST_F(Wishes, PauseHoldsWhoeverTakesIt) {
  wishes.set_handled(video, true, now);
  wishes.set_paused(video, true, now);
  EXPECT_TRUE(pass().at(0).wish.paused);
  EXPECT_TRUE(wishes.is_paused(video));
  wishes.set_paused(video, false, now);
  EXPECT_FALSE(pass().at(0).wish.paused);
}

TEST_F(Wishes, EverythingAgainAfterANewJoinAndNothingOfThoseWhoLeft) {
  wishes.set_handled(video, true, now);
  wishes.set_quality(video, Quality::High, now);
  wishes.set_quality({"b", StreamKind::Share}, Quality::Low, now);
  pass();
  wishes.forget("b");
  std::vector<ReceiveWishes::Told> told;
  wishes.resend_all(told);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].wish.quality, Quality::High);
}

}  // namespace
}  // namespace parley::sdk
