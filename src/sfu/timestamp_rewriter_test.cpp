#include "sfu/timestamp_rewriter.hpp"

#include <gtest/gtest.h>

namespace parley::sfu {
namespace {

constexpr uint32_t kRate = 90000;
Timestamp at_ms(int64_t ms) { return Timestamp::from_us(ms * 1000); }

TEST(TimestampRewriter, BeginsWhereItIsToldAndFollowsTheSource) {
  TimestampRewriter rewriter(0xfffffff0, kRate);
  rewriter.begin_source(123456, at_ms(10));
  EXPECT_EQ(rewriter.rewrite(123456, at_ms(10)), 0xfffffff0u);
  EXPECT_EQ(rewriter.rewrite(123456 + 3000, at_ms(43)), 0xfffffff0u + 3000u) << "over the wrap";
  EXPECT_EQ(rewriter.rewrite(123456 + 1000, at_ms(50)), 0xfffffff0u + 1000u) << "a late packet keeps its time";
}

TEST(TimestampRewriter, AnotherSourceIsLaterByTheElapsedTime) {
  TimestampRewriter rewriter(0, kRate);
  rewriter.begin_source(500, at_ms(0));
  rewriter.rewrite(500, at_ms(0));
  rewriter.begin_source(7'000'000, at_ms(2000));
  EXPECT_EQ(rewriter.rewrite(7'000'000, at_ms(2000)), 180'000u);
  EXPECT_EQ(rewriter.rewrite(7'003'000, at_ms(2030)), 183'000u);
}

TEST(TimestampRewriter, NeverStandsStillOrGoesBackAtASwitch) {
  TimestampRewriter rewriter(0, kRate);
  rewriter.begin_source(0, at_ms(0));
  rewriter.rewrite(0, at_ms(0));
  rewriter.begin_source(99, at_ms(0));
  EXPECT_EQ(rewriter.rewrite(99, at_ms(0)), 1u);
}

TEST(TimestampRewriter, LayersAreAlignedByCaptureTime) {
  TimestampRewriter rewriter(1000, kRate);
  const LayerClock low{5000, at_ms(0)};
  const LayerClock high{0xfffff000, at_ms(100)};  // a random start of its own
  rewriter.begin_source(5000, at_ms(40));
  rewriter.rewrite(5000, at_ms(40));  // captured at 0
  // Captured at 300 ms, arrived 30 ms late: the arrival would say 390 - 40 = 350 ms.
  const int64_t timestamp = int64_t{0xfffff000} + 200 * 90;
  rewriter.begin_layer(timestamp, low, high, at_ms(390));
  EXPECT_EQ(rewriter.rewrite(timestamp, at_ms(390)), 1000u + 300 * 90);
}

TEST(TimestampRewriter, WithoutReportsByArrival) {
  TimestampRewriter rewriter(1000, kRate);
  rewriter.begin_source(5000, at_ms(0));
  rewriter.rewrite(5000, at_ms(0));
  rewriter.begin_layer(777, std::nullopt, LayerClock{0, at_ms(0)}, at_ms(100));
  EXPECT_EQ(rewriter.rewrite(777, at_ms(100)), 1000u + 9000u);
}

TEST(TimestampRewriter, WrongReportsAreNotBelieved) {
  TimestampRewriter rewriter(1000, kRate);
  rewriter.begin_source(5000, at_ms(0));
  rewriter.rewrite(5000, at_ms(0));
  const LayerClock low{5000, at_ms(0)};
  const LayerClock wrong{777, at_ms(60'000)};
  rewriter.begin_layer(777, low, wrong, at_ms(100));
  EXPECT_EQ(rewriter.rewrite(777, at_ms(100)), 1000u + 9000u);
}

TEST(TimestampRewriter, CorrectionsDoNotAddUp) {
  TimestampRewriter rewriter(0, kRate);
  const LayerClock low{0, at_ms(0)};
  const LayerClock high{1'000'000, at_ms(0)};
  rewriter.begin_source(0, at_ms(0));
  rewriter.rewrite(0, at_ms(0));
  // Each switch shows the frame that was just sent in the other size: one tick later, over and over.
  for (int64_t i = 1; i <= 100; ++i) {
    const int64_t ticks = i * 3000;
    const Timestamp now = at_ms(i * 1000 / 30);
    rewriter.begin_layer(1'000'000 + ticks, low, high, now);
    EXPECT_EQ(rewriter.rewrite(1'000'000 + ticks, now), ticks);
    rewriter.begin_layer(ticks, high, low, now);
    EXPECT_EQ(rewriter.rewrite(ticks, now), ticks + 1);
  }
}

TEST(TimestampRewriter, APauseTakesItsTime) {
  TimestampRewriter rewriter(0, kRate);
  rewriter.begin_source(0, at_ms(0));
  rewriter.rewrite(0, at_ms(0));
  rewriter.resume(10 * 90000, at_ms(10'020));
  EXPECT_EQ(rewriter.rewrite(10 * 90000, at_ms(10'020)), 10u * 90000) << "the source's own, not the arrival's";
  rewriter.resume(5, at_ms(11'020));
  EXPECT_EQ(rewriter.rewrite(5, at_ms(11'020)), 11u * 90000) << "a source that began anew goes by arrival";
}

}  // namespace
}  // namespace parley::sfu
