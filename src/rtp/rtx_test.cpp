#include "rtp/rtx.hpp"

#include <gtest/gtest.h>

#include "rtp/test_bytes.hpp"

namespace parley::rtp {
namespace {

TEST(Rtx, SequenceNumberStandsInFrontOfTheOriginalPayload) {
  const ByteVector payload = hex("abcd 010203");
  EXPECT_EQ(original_sequence_number(payload), 0xabcd);
  const Bytes original = original_payload(payload);
  EXPECT_EQ(ByteVector(original.begin(), original.end()), hex("010203"));
}

TEST(Rtx, AnEmptyOriginalIsAllowed) {
  const ByteVector payload = hex("0000");
  EXPECT_EQ(original_sequence_number(payload), 0);
  EXPECT_TRUE(original_payload(payload).empty());
}

TEST(Rtx, ProbesOfPaddingHaveNone) {
  EXPECT_EQ(original_sequence_number({}), std::nullopt);
  EXPECT_EQ(original_sequence_number(hex("ab")), std::nullopt);
  EXPECT_TRUE(original_payload(hex("ab")).empty());
}

}  // namespace
}  // namespace parley::rtp
