#include "sdk/pacer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parley::sdk {
namespace {

constexpr uint32_t kSize = 1100;

struct Sent {
  Timestamp at;
  Pacer::Packet packet;
};

/// A pacer with a clock: time passes from deadline to deadline.
class PacerTest : public testing::Test {
 protected:
  void add(int packets, uint32_t size = kSize) {
    for (int i = 0; i < packets; ++i) pacer.add({.sequence_number = number++, .size = size});
  }
  void send_due() {
    while (const auto packet = pacer.next(now)) sent.push_back({now, *packet});
  }
  void run_until(Timestamp end) {
    for (send_due(); pacer.next_deadline() <= end; send_due()) {
      ASSERT_GT(pacer.next_deadline(), now) << "a timer that does not rest";
      now = pacer.next_deadline();
    }
    now = end;
  }
  /// The most bytes of any stretch so long.
  uint64_t most_within(TimeDelta span) const {
    uint64_t most = 0;
    for (size_t first = 0; first < sent.size(); ++first) {
      uint64_t bytes = 0;
      for (size_t i = first; i < sent.size() && sent[i].at < sent[first].at + span; ++i) bytes += sent[i].packet.size;
      most = std::max(most, bytes);
    }
    return most;
  }

  Pacer pacer;
  Timestamp now = Timestamp::from_us(1'000'000);
  uint16_t number = 65500;  // wraps
  std::vector<Sent> sent;
};

TEST_F(PacerTest, AKeyFrameIsSpreadAtTwoAndAHalfTimesTheTarget) {
  pacer.set_target(DataRate::kbps(4000));  // 10 Mbit/s: 1250 bytes a millisecond
  const Timestamp start = now;
  add(50);  // 55 kB take 44 ms
  run_until(start + TimeDelta::seconds(1));
  ASSERT_EQ(sent.size(), 50u);
  EXPECT_NEAR(static_cast<double>((sent.back().at - start).ms()), 39, 3) << "the last burst goes at once";
  EXPECT_LE(most_within(Pacer::kBurst), 5u * 1250 + kSize);
  EXPECT_LE(most_within(TimeDelta::millis(20)), 25u * 1250 + kSize);
  for (size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(sent[i].packet.sequence_number, static_cast<uint16_t>(65500 + i)) << "in order";
  }
}

TEST_F(PacerTest, OrdinaryPicturesHardlyWait) {
  pacer.set_target(DataRate::kbps(1000));
  for (int picture = 0; picture < 30; ++picture) {  // 30 a second of 3 packets: 0.8 Mbit/s
    const Timestamp start = now;
    const size_t before = sent.size();
    add(3);
    run_until(start + TimeDelta::micros(33'333));
    ASSERT_EQ(sent.size(), before + 3);
    EXPECT_LE(sent.back().at - start, TimeDelta::millis(11));
  }
}

TEST_F(PacerTest, NothingWaitsLongHoweverLowTheEstimate) {
  pacer.set_target(DataRate::kbps(30));
  const Timestamp start = now;
  add(100);
  run_until(start + TimeDelta::seconds(60));
  ASSERT_EQ(sent.size(), 100u);
  EXPECT_LE(sent.back().at - start, Pacer::kLongestWait);
}

TEST_F(PacerTest, WhatGoesBesideItIsPaidFor) {
  pacer.set_target(DataRate::kbps(4000));
  pacer.charge(12'500, now);  // ten milliseconds' worth
  add(1);
  send_due();
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(pacer.next_deadline(), now + TimeDelta::millis(10));
  run_until(now + TimeDelta::millis(10));
  EXPECT_EQ(sent.size(), 1u);
}

TEST_F(PacerTest, MoreThanIsRememberedGoesAtOnce) {
  pacer.set_target(DataRate::kbps(100));
  add(5000);
  send_due();
  EXPECT_EQ(pacer.waiting(), Pacer::kMaxWaiting);
  pacer.clear();
  EXPECT_EQ(pacer.waiting(), 0u);
  EXPECT_TRUE(pacer.next_deadline().is_never());
  add(1);
  send_due();
  EXPECT_EQ(pacer.waiting(), 0u) << "and owes nothing";
}

/// What it is for: behind a link of 5 Mbit/s with room for 40 ms, a key frame of 60 kB and what else is sent meanwhile.
TEST_F(PacerTest, ANarrowLinkLosesNothingOfAKeyFrame) {
  const double link_bytes_per_us = 5e6 / 8e6;
  const double room = 40'000 * link_bytes_per_us;
  const auto lost = [&](const std::vector<Sent>& packets) {
    double queue = 0;
    int count = 0;
    Timestamp at = packets.front().at;
    for (const Sent& packet : packets) {
      queue = std::max(0.0, queue - static_cast<double>((packet.at - at).us()) * link_bytes_per_us);
      at = packet.at;
      if (queue + packet.packet.size > room) {
        ++count;
      } else {
        queue += packet.packet.size;
      }
    }
    return count;
  };
  std::vector<Sent> burst;
  for (int i = 0; i < 55; ++i) burst.push_back({now, {.size = kSize}});
  EXPECT_GT(lost(burst), 20) << "without a pacer";
  pacer.set_target(DataRate::kbps(2000));  // 2.5 times that is what the link carries
  add(55);
  run_until(now + TimeDelta::seconds(1));
  ASSERT_EQ(sent.size(), 55u);
  EXPECT_EQ(lost(sent), 0);
}

}  // namespace
}  // namespace parley::sdk
