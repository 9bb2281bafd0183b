#include "transport/nack_tracker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/rng.hpp"

namespace parley::transport {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimeDelta kRtt = TimeDelta::millis(40);
constexpr TimeDelta kRepeat = TimeDelta::millis(50);  // a round trip and a quarter

Timestamp at(int64_t ms) { return Timestamp::from_us(ms * 1000); }

std::vector<uint16_t> collect(NackTracker& tracker, Timestamp now, TimeDelta rtt = kRtt) {
  NackTracker::Losses losses;
  tracker.collect(now, rtt, losses);
  return {losses.begin(), losses.end()};
}

TEST(NackTracker, AsksForNothingWhileNothingIsMissing) {
  NackTracker tracker;
  for (uint16_t i = 65530; i != 10; ++i) tracker.receive(i, at(0));
  EXPECT_TRUE(tracker.next_deadline().is_never());
  EXPECT_THAT(collect(tracker, at(1000)), IsEmpty());
}

TEST(NackTracker, AsksAfterTwoLaterPackets) {
  NackTracker tracker;
  tracker.receive(10, at(0));
  tracker.receive(12, at(1));
  EXPECT_THAT(collect(tracker, at(1)), IsEmpty());
  tracker.receive(13, at(2));
  EXPECT_EQ(tracker.next_deadline(), at(2));
  EXPECT_THAT(collect(tracker, at(2)), ElementsAre(11));
}

TEST(NackTracker, AsksAfterTheReorderWaitWhenNothingElseComes) {
  NackTracker tracker;
  tracker.receive(10, at(0));
  tracker.receive(12, at(1));
  EXPECT_EQ(tracker.next_deadline(), at(21));
  EXPECT_THAT(collect(tracker, at(20)), IsEmpty());
  EXPECT_THAT(collect(tracker, at(21)), ElementsAre(11));
}

TEST(NackTracker, ReorderedPacketIsNeverAskedFor) {
  NackTracker tracker;
  tracker.receive(10, at(0));
  tracker.receive(12, at(1));
  tracker.receive(11, at(2));
  EXPECT_TRUE(tracker.next_deadline().is_never());
  tracker.receive(13, at(3));
  EXPECT_THAT(collect(tracker, at(100)), IsEmpty());
  EXPECT_EQ(tracker.stats().requested, 0u);
  EXPECT_EQ(tracker.stats().recovered, 0u);
}

TEST(NackTracker, RepeatsOnceARoundTripThenGivesUp) {
  NackTracker tracker;
  tracker.receive(10, at(0));
  tracker.receive(12, at(0));
  Timestamp now = tracker.next_deadline();
  int asked = 0;
  while (!tracker.next_deadline().is_never()) {
    const Timestamp due = tracker.next_deadline();
    if (asked > 0) {
      EXPECT_EQ(due - now, kRepeat);
    }
    now = due;
    asked += static_cast<int>(collect(tracker, now).size());
  }
  EXPECT_EQ(asked, NackTracker::kMaxTries);
  EXPECT_EQ(tracker.missing(), 0u);
  EXPECT_TRUE(tracker.take_given_up());
  EXPECT_FALSE(tracker.take_given_up());
  EXPECT_EQ(tracker.stats().given_up, 1u);
}

TEST(NackTracker, GivesUpWhatIsTooOldHoweverFewTheTries) {
  NackTracker tracker;
  tracker.receive(10, at(0));
  tracker.receive(12, at(0));
  const TimeDelta rtt = TimeDelta::millis(600);
  Timestamp last = at(0);
  int asked = 0;
  while (!tracker.next_deadline().is_never()) {
    last = tracker.next_deadline();
    asked += static_cast<int>(collect(tracker, last, rtt).size());
  }
  EXPECT_EQ(asked, 2);
  EXPECT_GT(last - at(0), NackTracker::kMaxAge);
  EXPECT_TRUE(tracker.take_given_up());
}

TEST(NackTracker, UnknownRoundTripUsesTheDefault) {
  NackTracker tracker;
  tracker.receive(10, at(0));
  tracker.receive(12, at(0));
  collect(tracker, at(20), TimeDelta::zero());
  EXPECT_EQ(tracker.next_deadline(), at(20) + NackTracker::kUnknownRtt * 5 / 4);
}

TEST(NackTracker, OverflowClearsTheListAndGivesUp) {
  NackTracker tracker;
  tracker.receive(0, at(0));
  tracker.receive(NackTracker::kMaxMissing + 1, at(0));
  EXPECT_EQ(tracker.missing(), NackTracker::kMaxMissing);
  EXPECT_FALSE(tracker.take_given_up());
  tracker.receive(NackTracker::kMaxMissing + 3, at(1));
  EXPECT_EQ(tracker.missing(), 0u);
  EXPECT_TRUE(tracker.take_given_up());
  EXPECT_TRUE(tracker.next_deadline().is_never());
}

TEST(NackTracker, OneMessageHoldsABoundedNumberAndTheRestFollows) {
  NackTracker tracker;
  tracker.receive(0, at(0));
  tracker.receive(301, at(0));
  EXPECT_EQ(collect(tracker, at(20)).size(), NackTracker::Losses::capacity());
  EXPECT_LE(tracker.next_deadline(), at(20));
  EXPECT_EQ(collect(tracker, at(20)).size(), 300 - NackTracker::Losses::capacity());
}

TEST(NackTracker, RestartForgetsTheOldNumbers) {
  NackTracker tracker;
  tracker.receive(0, at(0));
  tracker.receive(5, at(0));
  tracker.restart();
  EXPECT_TRUE(tracker.next_deadline().is_never());
  tracker.receive(30'000, at(1));
  tracker.receive(30'002, at(1));
  EXPECT_THAT(collect(tracker, at(30)), ElementsAre(30'001));
}

TEST(NackTracker, RepairOfTheOnlyRequestMeasuresTheRoundTrip) {
  NackTracker tracker;
  tracker.receive(10, at(0));
  tracker.receive(13, at(0));
  collect(tracker, at(20));
  EXPECT_EQ(tracker.receive_repair(11, at(57)), TimeDelta::millis(37));
  EXPECT_EQ(tracker.receive_repair(11, at(58)), std::nullopt) << "it is not missing any more";
  collect(tracker, at(80));
  EXPECT_EQ(tracker.receive_repair(12, at(90)), std::nullopt) << "either request may have brought it";
  EXPECT_EQ(tracker.stats().recovered, 2u);
}

// A stream over a lossy path whose retransmissions get lost too: everything is asked for until it arrives, and nothing
// that has arrived is asked for again.
TEST(NackTracker, LossyStreamIsRepaired) {
  Rng rng(7);
  NackTracker tracker;
  std::set<uint16_t> arrived;
  std::vector<std::pair<Timestamp, uint16_t>> retransmissions;
  for (int ms = 0; ms < 20'000; ++ms) {
    const Timestamp now = at(ms);
    if (ms < 18'000) {
      const auto number = static_cast<uint16_t>(60'000 + ms);
      if (!rng.chance(0.1)) {
        tracker.receive(number, now);
        arrived.insert(number);
      }
    }
    while (!retransmissions.empty() && retransmissions.front().first <= now) {
      tracker.receive(retransmissions.front().second, now);
      arrived.insert(retransmissions.front().second);
      retransmissions.erase(retransmissions.begin());
    }
    for (const uint16_t lost : collect(tracker, now)) {
      EXPECT_FALSE(arrived.contains(lost)) << "asked for a packet that is there";
      if (!rng.chance(0.1)) retransmissions.emplace_back(now + kRtt, lost);
    }
  }
  const auto last =
      std::max_element(arrived.begin(), arrived.end(), [](uint16_t a, uint16_t b) { return is_newer(b, a); });
  EXPECT_GE(arrived.size() + 5, 18'000u);
  EXPECT_NE(last, arrived.end());
  EXPECT_FALSE(tracker.take_given_up());
}

}  // namespace
}  // namespace parley::transport
