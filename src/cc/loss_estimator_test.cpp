#include "cc/loss_estimator.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.hpp"

namespace parley::cc {
namespace {

/// A sender at a given rate over a link that loses what is above its capacity (and a random part), with feedback every
/// 100 ms after half an RTT.
class Link {
 public:
  explicit Link(LossEstimator& estimator, uint16_t first_sequence = 65'000)
      : estimator_(estimator), sequence_(first_sequence) {}

  DataRate capacity = DataRate::infinite();
  double random_loss = 0;
  TimeDelta rtt = TimeDelta::millis(60);
  bool feedback = true;

  /// Sends for `ms`, each millisecond what `rate()` asks.
  template <typename Rate>
  void run(int64_t ms, Rate rate) {
    for (const int64_t end = ms_ + ms; ms_ < end; ++ms_) {
      budget_ += static_cast<double>(rate().bps()) / 8000;
      credit_ = std::min(credit_ + static_cast<double>(capacity.bps()) / 8000, 20'000.0);
      for (; budget_ >= kSize; budget_ -= kSize) send();
      if (ms_ % 100 == 0 && feedback) report();
    }
  }
  Timestamp now() const { return Timestamp::from_us(ms_ * 1000); }

 private:
  static constexpr double kSize = 1000;
  void send() {
    estimator_.on_packet_sent(sequence_++, DataSize::bytes(1000), now());
    const bool passes = credit_ >= kSize && !rng_.chance(random_loss);
    if (credit_ >= kSize) credit_ -= kSize;
    arrivals_.push_back(passes ? static_cast<int32_t>(arrivals_.size() * 250) : TransportFeedback::kLost);
  }
  void report() {
    if (arrivals_.empty()) return;
    TransportFeedback message;
    message.base_sequence = static_cast<uint16_t>(sequence_ - arrivals_.size());
    message.arrivals = arrivals_;
    estimator_.on_transport_feedback(message, now() + rtt);
    arrivals_.clear();
  }

  LossEstimator& estimator_;
  Rng rng_{5};
  uint16_t sequence_;
  int64_t ms_ = 1000;
  double budget_ = 0;
  double credit_ = 0;
  std::vector<int32_t> arrivals_;
};

TEST(LossEstimator, StartsAndHoldsWithoutFeedback) {
  LossEstimator estimator;
  Link link(estimator);
  link.feedback = false;
  EXPECT_EQ(estimator.estimate(link.now()), LossEstimator::Config{}.start);
  link.run(20'000, [&] { return DataRate::kbps(800); });
  EXPECT_EQ(estimator.estimate(link.now()), LossEstimator::Config{}.start);
}

TEST(LossEstimator, GrowsFastUntilTheFirstCut) {
  LossEstimator estimator;
  Link link(estimator);
  link.run(3000, [&] { return estimator.estimate(link.now()); });
  // 10 % each 200 ms: 14 or 15 steps.
  EXPECT_NEAR(static_cast<double>(estimator.estimate(link.now()).bps()), 1e6 * std::pow(1.1, 14.5), 5e5);
  EXPECT_EQ(estimator.loss(), 0);
}

TEST(LossEstimator, GrowsEightPercentASecondAfterACut) {
  LossEstimator estimator;
  Link link(estimator);
  link.random_loss = 0.3;
  link.run(1000, [&] { return estimator.estimate(link.now()); });
  link.random_loss = 0;
  link.run(1000, [&] { return estimator.estimate(link.now()); });
  const auto before = static_cast<double>(estimator.estimate(link.now()).bps());
  link.run(10'000, [&] { return estimator.estimate(link.now()); });
  EXPECT_NEAR(static_cast<double>(estimator.estimate(link.now()).bps()) / before, std::pow(1.08, 10), 0.1);
}

TEST(LossEstimator, DoesNotGrowFarBeyondWhatGetsThrough) {
  LossEstimator estimator;
  Link link(estimator);
  link.run(120'000, [&] { return DataRate::kbps(800); });
  EXPECT_NEAR(estimator.estimate(link.now()).kbps(), 4000, 250) << "an application that sends little proves little";
  link.run(60'000, [&] { return DataRate::kbps(100); });
  EXPECT_NEAR(estimator.estimate(link.now()).kbps(), 4000, 250) << "nor does it disprove what was proven";
}

TEST(LossEstimator, LeavesRoomForTheLargestLayerStepOfAReceiverOnALowLayer) {
  LossEstimator estimator;
  Link link(estimator);
  link.run(30'000, [&] { return DataRate::kbps(424); });  // 360p and a voice
  EXPECT_GT(estimator.estimate(link.now()), DataRate::kbps(1524) * 1.2) << "720p and a voice, with margin";
}

TEST(LossEstimator, SettlesNearTheCapacityOfALink) {
  LossEstimator estimator({.start = DataRate::kbps(3000)});
  Link link(estimator);
  link.capacity = DataRate::kbps(1000);
  link.run(4000, [&] { return estimator.estimate(link.now()); });
  EXPECT_LT(estimator.estimate(link.now()).kbps(), 1300) << "within seconds";
  int64_t sum = 0;
  for (int i = 0; i < 300; ++i) {
    link.run(100, [&] { return estimator.estimate(link.now()); });
    sum += estimator.estimate(link.now()).kbps();
  }
  EXPECT_NEAR(static_cast<double>(sum) / 300, 1000, 150);
}

TEST(LossEstimator, ALittleLossHoldsAndNoLossRecovers) {
  LossEstimator estimator;
  Link link(estimator);
  link.random_loss = 0.05;
  double mean_loss = 0;
  for (int i = 0; i < 100; ++i) {
    link.run(200, [&] { return estimator.estimate(link.now()); });
    mean_loss += estimator.loss() / 100;
  }
  EXPECT_NEAR(estimator.estimate(link.now()).kbps(), 1000, 500) << "5 % is no congestion";
  EXPECT_NEAR(mean_loss, 0.05, 0.02);
  link.random_loss = 0.3;
  link.run(10'000, [&] { return estimator.estimate(link.now()); });
  EXPECT_EQ(estimator.estimate(link.now()), LossEstimator::Config{}.floor);
  link.random_loss = 0;
  link.run(30'000, [&] { return estimator.estimate(link.now()); });
  EXPECT_GT(estimator.estimate(link.now()).kbps(), 1000);
}

TEST(LossEstimator, OneBurstIsPaidForOnce) {
  LossEstimator estimator;
  Link link(estimator);
  link.rtt = TimeDelta::millis(900);
  link.run(2000, [&] { return DataRate::kbps(1000); });
  const DataRate before = estimator.estimate(link.now());
  link.random_loss = 0.4;
  link.run(800, [&] { return DataRate::kbps(1000); });
  const double ratio = static_cast<double>(estimator.estimate(link.now()).bps()) / static_cast<double>(before.bps());
  EXPECT_NEAR(ratio, 0.8, 0.06) << "several reports within one round trip";
}

TEST(LossEstimator, RembIsACapWhileFresh) {
  LossEstimator estimator;
  const Timestamp now = Timestamp::from_us(1'000'000);
  estimator.on_remb(DataRate::kbps(400), now);
  EXPECT_EQ(estimator.estimate(now), DataRate::kbps(400));
  EXPECT_EQ(estimator.estimate(now + LossEstimator::kRembLifetime), DataRate::kbps(400));
  EXPECT_EQ(estimator.estimate(now + LossEstimator::kRembLifetime + TimeDelta::millis(1)), DataRate::kbps(1000));
  estimator.on_remb(DataRate::kbps(9000), now);
  EXPECT_EQ(estimator.estimate(now), DataRate::kbps(1000)) << "never a reason to go up";
  estimator.on_remb(DataRate::kbps(1), now);
  EXPECT_EQ(estimator.estimate(now), LossEstimator::Config{}.floor);
}

TEST(LossEstimator, ReceiverReportsStandInForFeedback) {
  LossEstimator estimator;
  Timestamp now = Timestamp::from_us(1'000'000);
  estimator.on_receiver_report(0.4, TimeDelta::millis(100), now);
  EXPECT_EQ(estimator.estimate(now), DataRate::kbps(800));
  EXPECT_EQ(estimator.rtt(), TimeDelta::millis(100));
  for (int i = 0; i < 5; ++i) {
    now += TimeDelta::seconds(1);
    estimator.on_receiver_report(0, TimeDelta::zero(), now);
  }
  EXPECT_NEAR(estimator.estimate(now).kbps(), 800 * std::pow(1.08, 5), 5);
  Link link(estimator);
  link.run(2000, [&] { return DataRate::kbps(500); });
  const DataRate with_feedback = estimator.estimate(link.now());
  estimator.on_receiver_report(0.9, TimeDelta::zero(), link.now());
  EXPECT_EQ(estimator.estimate(link.now()), with_feedback) << "feedback tells more";
}

TEST(LossEstimator, StaysWithinFloorAndCeiling) {
  LossEstimator estimator(
      {.start = DataRate::kbps(900), .floor = DataRate::kbps(200), .ceiling = DataRate::kbps(1100)});
  Timestamp now = Timestamp::from_us(1'000'000);
  for (int i = 0; i < 20; ++i, now += TimeDelta::seconds(1)) estimator.on_receiver_report(0, TimeDelta::zero(), now);
  EXPECT_EQ(estimator.estimate(now), DataRate::kbps(1100));
  for (int i = 0; i < 20; ++i, now += TimeDelta::seconds(1)) estimator.on_receiver_report(2.0, TimeDelta::zero(), now);
  EXPECT_EQ(estimator.estimate(now), DataRate::kbps(200));
}

TEST(LossEstimator, APathThatIsKnownToBeWideIsUsedAtOnceUntilItLoses) {
  LossEstimator estimator;
  Link link(estimator);
  estimator.expect(DataRate::kbps(90'000));
  EXPECT_EQ(estimator.estimate(link.now()), LossEstimator::Config{}.ceiling);
  link.run(5000, [&] { return DataRate::kbps(800); });
  EXPECT_EQ(estimator.estimate(link.now()), LossEstimator::Config{}.ceiling) << "sending little proves nothing";
  estimator.expect(DataRate::kbps(10));
  EXPECT_EQ(estimator.estimate(link.now()), LossEstimator::Config{}.ceiling) << "it never lowers";
  link.capacity = DataRate::kbps(2000);
  link.run(20'000, [&] { return std::min(estimator.estimate(link.now()), DataRate::kbps(20'000)); });
  EXPECT_LT(estimator.estimate(link.now()), DataRate::kbps(4000));
}

TEST(LossEstimator, WhatGotThroughForASecondIsBelievedAtOnce) {
  LossEstimator estimator;
  Link link(estimator);
  link.run(900, [&] { return DataRate::kbps(6000); });
  EXPECT_LT(estimator.estimate(link.now()), DataRate::kbps(2000)) << "a burst that queues may hold";
  link.run(900, [&] { return DataRate::kbps(6000); });
  EXPECT_GT(estimator.estimate(link.now()), DataRate::kbps(5500));
}

TEST(LossEstimator, OnlyRecentLossesAndThePeerSpeakAgainstMore) {
  LossEstimator estimator;
  Link link(estimator);
  EXPECT_TRUE(estimator.may_carry_more(link.now()));
  link.random_loss = 0.3;
  link.run(1000, [&] { return DataRate::kbps(800); });
  EXPECT_FALSE(estimator.may_carry_more(link.now()));
  link.random_loss = 0;
  link.run(31'000, [&] { return DataRate::kbps(100); });
  EXPECT_TRUE(estimator.may_carry_more(link.now()));
  estimator.on_remb(DataRate::kbps(500), link.now());
  EXPECT_FALSE(estimator.may_carry_more(link.now()));
  EXPECT_TRUE(estimator.may_carry_more(link.now() + TimeDelta::seconds(4)));
}

TEST(LossEstimator, LateNewsOfAPacketCorrectsItsLoss) {
  LossEstimator estimator;
  const Timestamp now = Timestamp::from_us(1'000'000);
  for (uint16_t i = 0; i < 40; ++i) estimator.on_packet_sent(i, DataSize::bytes(1000), now);
  std::vector<int32_t> arrivals(10, TransportFeedback::kLost);
  estimator.on_transport_feedback({0, 0, arrivals}, now);
  arrivals.assign(40, 0);  // reordering: all had only been late
  estimator.on_transport_feedback({0, 0, arrivals}, now + TimeDelta::millis(50));
  EXPECT_EQ(estimator.loss(), 0);
  EXPECT_EQ(estimator.rtt(), TimeDelta::millis(50));
  EXPECT_GE(estimator.estimate(now), LossEstimator::Config{}.start);
}

TEST(LossEstimator, FeedbackOfPacketsThatWereNeverSentIsIgnored) {
  LossEstimator estimator;
  const Timestamp now = Timestamp::from_us(1'000'000);
  const std::vector<int32_t> lost(500, TransportFeedback::kLost);
  estimator.on_transport_feedback({123, 0, lost}, now);
  estimator.on_packet_sent(0, DataSize::bytes(1000), now);
  for (uint16_t base = 0; base < 60'000; base = static_cast<uint16_t>(base + 500)) {
    estimator.on_transport_feedback({static_cast<uint16_t>(base + 1), 0, lost}, now + TimeDelta::seconds(base));
  }
  EXPECT_EQ(estimator.estimate(now), LossEstimator::Config{}.start);
}

}  // namespace
}  // namespace parley::cc
