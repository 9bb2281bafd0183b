#include "sdk/sent_packets.hpp"

#include <gtest/gtest.h>

namespace parley::sdk {
namespace {

TEST(SentPackets, KeepsTheLatestThroughTheWrapOfNumbers) {
  SentPackets sent;
  EXPECT_EQ(sent.find(1), nullptr) << "empty";
  const uint16_t first = 65'300;
  const auto number = [&](size_t i) { return static_cast<uint16_t>(first + i); };
  for (size_t i = 0; i < SentPackets::kCapacity + 10; ++i) sent.add(number(i)).payload = {static_cast<uint8_t>(i)};
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(sent.find(number(i)), nullptr) << i;
  for (size_t i = 10; i < SentPackets::kCapacity + 10; ++i) {
    ASSERT_NE(sent.find(number(i)), nullptr) << i;
    EXPECT_EQ(sent.find(number(i))->sequence_number, number(i));
    EXPECT_EQ(sent.find(number(i))->payload[0], static_cast<uint8_t>(i));
  }
  EXPECT_EQ(sent.find(number(SentPackets::kCapacity + 10)), nullptr) << "not sent yet";
  sent.clear();
  EXPECT_EQ(sent.find(number(20)), nullptr);
}

}  // namespace
}  // namespace parley::sdk
