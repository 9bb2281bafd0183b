#include "cc/arrival_recorder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/rng.hpp"

namespace parley::cc {
namespace {

constexpr int32_t kLost = ArrivalFeedback::kLost;
Timestamp at_us(int64_t us) { return Timestamp::from_us(us); }
std::vector<int32_t> list(const ArrivalFeedback& message) { return {message.arrivals.begin(), message.arrivals.end()}; }

TEST(ArrivalRecorder, ReportsTimesAndLosses) {
  ArrivalRecorder recorder;
  EXPECT_TRUE(recorder.next_deadline().is_never());
  recorder.on_packet(65534, at_us(64'000 * 10 + 1000));
  recorder.on_packet(65535, at_us(64'000 * 10 + 1130));
  recorder.on_packet(2, at_us(64'000 * 10 + 9000));
  EXPECT_FALSE(recorder.take(at_us(64'000 * 10 + 9000)));
  const Timestamp due = recorder.next_deadline();
  EXPECT_EQ(due, at_us(64'000 * 10 + 1000 + 50'000));
  const auto message = recorder.take(due);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->base_sequence, 65534);
  EXPECT_EQ(message->reference_time_64ms, 10);
  EXPECT_EQ(message->feedback_count, 0);
  EXPECT_EQ(list(*message), (std::vector<int32_t>{1000, 1250, kLost, kLost, 9000})) << "rounded to 250 us";
  EXPECT_FALSE(recorder.take(due)) << "nothing new";
  EXPECT_TRUE(recorder.next_deadline().is_never());
}

TEST(ArrivalRecorder, GoesOnWhereItEndedAndSaysLateOnesAgain) {
  ArrivalRecorder recorder;
  recorder.on_packet(10, at_us(1000));
  recorder.on_packet(12, at_us(2000));
  recorder.take(at_us(100'000));
  recorder.on_packet(14, at_us(110'000));
  const auto second = recorder.take(at_us(200'000));
  EXPECT_EQ(second->base_sequence, 13);
  EXPECT_EQ(second->feedback_count, 1);
  EXPECT_EQ(second->arrivals.size(), 2u);
  recorder.on_packet(11, at_us(210'000));
  const auto third = recorder.take(at_us(300'000));
  EXPECT_EQ(third->base_sequence, 11) << "had been told as lost";
  EXPECT_EQ(third->arrivals.size(), 4u);
  EXPECT_EQ(third->arrivals[2], kLost);
}

TEST(ArrivalRecorder, CountsDuplicatesAndStragglers) {
  ArrivalRecorder recorder;
  recorder.on_packet(1000, at_us(1));
  recorder.on_packet(1000, at_us(2));
  EXPECT_EQ(recorder.stats().duplicates, 1u);
  recorder.on_packet(999, at_us(3));
  EXPECT_EQ(recorder.stats().too_old, 1u) << "before the first";
  recorder.take(at_us(100'000));
  recorder.on_packet(1000 + ArrivalRecorder::kWindow, at_us(100'000));
  recorder.on_packet(1000, at_us(100'001));
  EXPECT_EQ(recorder.stats().too_old, 2u);
  EXPECT_EQ(recorder.stats().packets, 2u);
}

TEST(ArrivalRecorder, AFullWindowIsReportedAtOnceAndNeverOverflows) {
  ArrivalRecorder recorder;
  uint16_t sequence = 100;
  for (size_t i = 0; i + 1 < ArrivalRecorder::kWindow / 2; ++i) recorder.on_packet(sequence++, at_us(1000));
  EXPECT_FALSE(recorder.take(at_us(1000)));
  recorder.on_packet(sequence++, at_us(1000));
  EXPECT_EQ(recorder.next_deadline(), at_us(1000));
  EXPECT_EQ(recorder.take(at_us(1000))->arrivals.size(), ArrivalRecorder::kWindow / 2);
  recorder.on_packet(static_cast<uint16_t>(sequence + 5000), at_us(2000));
  const auto message = recorder.take(at_us(2000));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->arrivals.size(), ArrivalRecorder::kWindow);
  EXPECT_EQ(message->arrivals.back(), 2000 - 2000 % 250);
  EXPECT_EQ(recorder.stats().skipped, 5000u + 1 - ArrivalRecorder::kWindow);
}

TEST(ArrivalRecorder, TimesTooFarApartGoIntoTwoMessages) {
  ArrivalRecorder recorder;
  recorder.on_packet(1, at_us(0));
  recorder.on_packet(2, at_us(9'000'000));
  const auto first = recorder.take(at_us(9'100'000));
  ASSERT_TRUE(first);
  EXPECT_EQ(list(*first), std::vector<int32_t>{0});
  const auto second = recorder.take(at_us(9'100'000));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->base_sequence, 2);
  EXPECT_EQ(second->reference_time_64ms, 140);
  EXPECT_EQ(list(*second), std::vector<int32_t>{40'000});
  EXPECT_FALSE(recorder.take(at_us(9'100'000)));
}

TEST(ArrivalRecorder, TheReferenceTimeWrapsAt24Bits) {
  ArrivalRecorder recorder;
  const int64_t wrapped = (int64_t{1} << 23) * 64'000;
  recorder.on_packet(1, at_us(wrapped + 500));
  const auto message = recorder.take(at_us(wrapped + 100'000));
  EXPECT_EQ(message->reference_time_64ms, -(1 << 23));
  EXPECT_EQ(message->arrivals[0], 500);
}

// Every packet that arrived is told of at least once with its time, whatever the order; none is invented.
TEST(ArrivalRecorder, SeededLossAndReorder) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    ArrivalRecorder recorder;
    std::vector<std::pair<int64_t, uint16_t>> packets;
    for (int64_t i = 0; i < 5000; ++i) {
      const bool delayed = rng.chance(0.1);
      if (i > 0 && rng.chance(0.05)) continue;
      packets.emplace_back(1'000'000 + i * 1000 + (delayed ? static_cast<int64_t>(rng.below(30'000)) : 0),
                           static_cast<uint16_t>(64'000 + i));
    }
    std::ranges::sort(packets);
    while (packets.front().second != 64'000) packets.erase(packets.begin());
    std::map<uint16_t, int64_t> arrived, told;
    const auto read = [&](const ArrivalFeedback& message) {
      for (size_t i = 0; i < message.arrivals.size(); ++i) {
        if (message.arrivals[i] == kLost) continue;
        told[static_cast<uint16_t>(message.base_sequence + i)] =
            int64_t{message.reference_time_64ms} * 64'000 + message.arrivals[i];
      }
    };
    for (const auto& [us, sequence] : packets) {
      while (const auto message = recorder.take(at_us(us))) read(*message);
      recorder.on_packet(sequence, at_us(us));
      arrived[sequence] = us;
    }
    while (const auto message = recorder.take(at_us(10'000'000))) read(*message);
    ASSERT_EQ(told.size(), arrived.size()) << "seed " << seed;
    for (const auto& [sequence, us] : arrived) ASSERT_NEAR(told[sequence], us, 125) << "seed " << seed;
  }
}

}  // namespace
}  // namespace parley::cc
