#include "sfu/keyframe_requester.hpp"

#include <gtest/gtest.h>

namespace parley::sfu {
namespace {

Timestamp at_ms(int64_t ms) { return Timestamp::from_us(ms * 1000); }

TEST(KeyFrameRequester, ManyAsksAreOneRequest) {
  KeyFrameRequester requester;
  EXPECT_FALSE(requester.take_due(at_ms(0)));
  EXPECT_TRUE(requester.next_deadline().is_never());
  for (int i = 0; i < 100; ++i) requester.request(at_ms(1));
  EXPECT_TRUE(requester.take_due(at_ms(1)));
  EXPECT_FALSE(requester.take_due(at_ms(1)));
  for (int i = 0; i < 100; ++i) requester.request(at_ms(300));
  EXPECT_FALSE(requester.take_due(at_ms(300)));
  EXPECT_EQ(requester.next_deadline(), at_ms(501));
}

TEST(KeyFrameRequester, RepeatsMoreAndMoreSlowlyWhileNeeded) {
  KeyFrameRequester requester;
  std::vector<int64_t> sent;
  for (int64_t ms = 0; ms < 30'000; ms += 10) {
    requester.request(at_ms(ms));
    if (requester.take_due(at_ms(ms))) sent.push_back(ms);
  }
  EXPECT_EQ(sent, (std::vector<int64_t>{0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500}));
}

TEST(KeyFrameRequester, StopsAtAKeyFrameButKeepsTheLimit) {
  KeyFrameRequester requester;
  requester.request(at_ms(0));
  EXPECT_TRUE(requester.take_due(at_ms(0)));
  requester.on_keyframe();
  EXPECT_TRUE(requester.next_deadline().is_never());
  EXPECT_FALSE(requester.take_due(at_ms(5000)));
  requester.request(at_ms(5000));
  EXPECT_TRUE(requester.take_due(at_ms(5000)));
  requester.on_keyframe();
  requester.request(at_ms(5100));  // a late joiner just missed it
  EXPECT_FALSE(requester.take_due(at_ms(5100)));
  EXPECT_EQ(requester.next_deadline(), at_ms(5500));
  EXPECT_TRUE(requester.take_due(at_ms(5500)));
}

TEST(KeyFrameRequester, ANeedThatNobodyRenewsEnds) {
  KeyFrameRequester requester;
  requester.request(at_ms(0));
  int sent = 0;
  for (int64_t ms = 0; ms < 60'000; ms += 10) sent += requester.take_due(at_ms(ms));
  EXPECT_EQ(sent, 3);  // 0, 0.5 and 1.5 s
  EXPECT_TRUE(requester.next_deadline().is_never());
  requester.request(at_ms(70'000));
  EXPECT_TRUE(requester.take_due(at_ms(70'000))) << "a new need starts afresh";
  EXPECT_EQ(requester.next_deadline(), at_ms(70'500));
}

}  // namespace
}  // namespace parley::sfu
