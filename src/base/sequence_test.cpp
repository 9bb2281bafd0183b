#include "base/sequence.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(Sequence, NewerAcrossTheWrap) {
  EXPECT_TRUE(is_newer<uint16_t>(0, 65535));
  EXPECT_FALSE(is_newer<uint16_t>(65535, 0));
  EXPECT_FALSE(is_newer<uint16_t>(7, 7));
  EXPECT_TRUE(is_newer<uint32_t>(5, 0xfffffff0));
}

TEST(Unwrapper, FollowsTheCounterOverTheWrap) {
  Unwrapper<uint16_t> u;
  EXPECT_EQ(u.unwrap(65534), 65534);
  EXPECT_EQ(u.unwrap(1), 65537);
  EXPECT_EQ(u.unwrap(65535), 65535) << "an old value keeps its old place";
  EXPECT_EQ(u.newest(), 65537);
  EXPECT_EQ(u.unwrap(2), 65538);
}

TEST(Unwrapper, PeekDoesNotMoveTheReference) {
  Unwrapper<uint16_t> u;
  u.unwrap(10);
  EXPECT_EQ(u.peek(30000), 30000);
  EXPECT_EQ(u.newest(), 10);
}

}  // namespace
}  // namespace parley
