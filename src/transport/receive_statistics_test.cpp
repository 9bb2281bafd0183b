#include "transport/receive_statistics.hpp"

#include <gtest/gtest.h>

namespace parley::transport {
namespace {

constexpr Ssrc kSource(0x1234);
Timestamp at(int64_t ms) { return Timestamp::from_us(ms * 1000); }

TEST(ReceiveStatistics, NoReportBeforeTheFirstPacket) {
  ReceiveStatistics statistics;
  EXPECT_FALSE(statistics.report(kSource, at(0)));
  EXPECT_EQ(statistics.expected(), 0u);
  EXPECT_EQ(statistics.lost(), 0u);
}

TEST(ReceiveStatistics, CountsLossOverAWrap) {
  ReceiveStatistics statistics;
  for (int i = 0; i < 20; ++i) {
    if (i % 4 != 1) statistics.receive(static_cast<uint16_t>(65530 + i), 0, 100, at(i));
  }
  const auto block = statistics.report(kSource, at(100));
  ASSERT_TRUE(block);
  EXPECT_EQ(block->source, kSource);
  EXPECT_EQ(block->cumulative_lost, 5);
  EXPECT_EQ(block->fraction_lost, 5 * 256 / 20);
  EXPECT_EQ(block->highest_sequence, 65530u + 19);
  EXPECT_EQ(statistics.packets(), 15u);
  EXPECT_EQ(statistics.bytes(), 1500u);
}

TEST(ReceiveStatistics, FractionIsOfTheIntervalAndTotalIsOfTheStream) {
  ReceiveStatistics statistics;
  statistics.receive(1, 0, 10, at(0));
  statistics.receive(4, 0, 10, at(0));
  EXPECT_EQ(statistics.report(kSource, at(1))->fraction_lost, 128);
  statistics.receive(5, 0, 10, at(2));
  const auto second = statistics.report(kSource, at(3));
  EXPECT_EQ(second->fraction_lost, 0);
  EXPECT_EQ(second->cumulative_lost, 2);
}

TEST(ReceiveStatistics, LateAndDuplicatePacketsDoNotMakeLossNegative) {
  ReceiveStatistics statistics;
  statistics.receive(10, 0, 10, at(0));
  for (int i = 0; i < 5; ++i) statistics.receive(10, 0, 10, at(0));
  const auto block = statistics.report(kSource, at(1));
  EXPECT_EQ(block->fraction_lost, 0);
  EXPECT_EQ(block->cumulative_lost, 0);
}

TEST(ReceiveStatistics, RestartedSenderBeginsANewRunAndKeepsTheTotals) {
  ReceiveStatistics statistics;
  statistics.receive(10, 0, 10, at(0));
  statistics.receive(12, 0, 10, at(0));
  statistics.receive(12 + ReceiveStatistics::kMaxDropout + 1, 0, 10, at(1));
  EXPECT_EQ(statistics.lost(), 1u);
  EXPECT_EQ(statistics.expected(), 4u);
  EXPECT_EQ(statistics.packets(), 3u);
}

TEST(ReceiveStatistics, JumpWithinTheDropoutIsLoss) {
  ReceiveStatistics statistics;
  statistics.receive(10, 0, 10, at(0));
  statistics.receive(10 + ReceiveStatistics::kMaxDropout, 0, 10, at(1));
  EXPECT_EQ(statistics.lost(), static_cast<uint64_t>(ReceiveStatistics::kMaxDropout - 1));
}

TEST(ReceiveStatistics, SteadyArrivalHasNoJitter) {
  ReceiveStatistics statistics(48'000);
  for (int i = 0; i < 100; ++i)
    statistics.receive(static_cast<uint16_t>(i), static_cast<uint32_t>(i * 960), 10, at(i * 20));
  EXPECT_EQ(statistics.jitter_ms(), 0.0);
}

// RFC 3550 section 6.4.1: J += (|D| - J) / 16 converges to the mean of |D|.
TEST(ReceiveStatistics, AlternatingDelayConvergesToItsMeanDifference) {
  ReceiveStatistics statistics(48'000);
  for (int i = 0; i < 500; ++i) {
    statistics.receive(static_cast<uint16_t>(i), static_cast<uint32_t>(i * 960), 10, at(i * 20 + (i % 2) * 10));
  }
  EXPECT_NEAR(statistics.jitter_ms(), 10.0, 0.5);
}

TEST(ReceiveStatistics, SenderReportIsEchoedWithItsDelay) {
  ReceiveStatistics statistics;
  statistics.receive(1, 0, 10, at(0));
  EXPECT_EQ(statistics.report(kSource, at(0))->last_sr, 0u);
  statistics.receive_sender_report({0x1122334455667788}, at(1000));
  const auto block = statistics.report(kSource, at(1500));
  EXPECT_EQ(block->last_sr, 0x33445566u);
  EXPECT_EQ(block->delay_since_last_sr, 32'768u);
}

}  // namespace
}  // namespace parley::transport
