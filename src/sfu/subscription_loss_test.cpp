#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "base/rng.hpp"
#include "sfu/subscription.hpp"
#include "sfu/test_receiver.hpp"
#include "sfu/test_stream.hpp"
#include "sfu/test_svc.hpp"

/// Seeded loss, reordering and repair on both sides of one track and one subscription.
namespace parley::sfu {
namespace {

using test::Receiver;
using test::TestPacket;

struct Conditions {
  uint64_t seed = 0;
  double loss = 0;     ///< on each side; what is lost upstream comes again after kRepair (NACK of the transport)
  double reorder = 0;  ///< fraction that is delayed by 1-8 ms, and so overtaken
};

constexpr TimeDelta kFrame = TimeDelta::millis(33);
constexpr TimeDelta kRepair = TimeDelta::millis(60);

/// Carries packets of a publisher to a receiver through the SFU classes, a millisecond a turn.
class Path {
 public:
  Path(const Conditions& conditions, uint8_t layers)
      : conditions_(conditions), rng_(conditions.seed), track_({rtp::MediaKind::Video, layers}) {
    subscription_.bind(track_);
  }

  Track& track() { return track_; }
  Subscription& subscription() { return subscription_; }
  Receiver& receiver() { return receiver_; }
  Timestamp now() const { return now_; }
  void target(int8_t spatial, int8_t temporal) { subscription_.set_target(track_, {spatial, temporal}, now_); }

  void publish(std::vector<TestPacket> packets) {
    for (TestPacket& packet : packets) {
      TimeDelta delay = rng_.chance(conditions_.reorder) ? TimeDelta::millis(1 + static_cast<int64_t>(rng_.below(8)))
                                                         : TimeDelta::zero();
      if (rng_.chance(conditions_.loss)) delay += kRepair;
      const Timestamp at = now_ + delay;
      const auto behind = std::ranges::upper_bound(uplink_, at, {}, &Pending::at);
      uplink_.insert(behind, {at, std::move(packet)});
    }
  }
  /// The streams for which a PLI went out.
  FixedVector<uint8_t, kMaxSpatialLayers> advance(TimeDelta span) {
    const Timestamp end = now_ + span;
    while (now_ < end) {
      while (!uplink_.empty() && uplink_.front().at <= now_) {
        accept(uplink_.front().packet);
        uplink_.pop_front();
      }
      now_ += TimeDelta::millis(1);
      repair_downlink();
    }
    return track_.take_keyframe_requests(now_);
  }

  /// From here on nothing is lost: a receiver cannot miss the very last packet.
  void heal() { conditions_.loss = 0; }
  int repaired() const { return repaired_; }

 private:
  struct Pending {
    Timestamp at;
    TestPacket packet;
  };
  void accept(const TestPacket& packet) {
    const MediaPacket* accepted = track_.accept(packet.layer, packet.view(), packet.codec, now_);
    if (!accepted) return;
    if (const auto out = subscription_.forward(track_, *accepted, now_)) {
      if (!rng_.chance(conditions_.loss)) receiver_.on_packet(*out);
    }
    if (const auto wanted = subscription_.wanted_keyframe()) track_.request_keyframe(*wanted, now_);
  }
  // The receiver asks for what it misses every 50 ms.
  void repair_downlink() {
    if (now_.ms() % 50 != 0) return;
    for (const uint16_t number : receiver_.missing()) {
      const auto again = subscription_.retransmit(track_, number, TimeDelta::millis(40), now_);
      if (!again || rng_.chance(conditions_.loss)) continue;
      receiver_.on_packet(*again);
      ++repaired_;
    }
  }

  Conditions conditions_;
  Rng rng_;
  Timestamp now_ = Timestamp::from_us(7'000'000);
  Track track_;
  Subscription subscription_{{rtp::MediaKind::Video, 60000, 4'000'000'000}};
  Receiver receiver_;
  std::deque<Pending> uplink_;
  int repaired_ = 0;
};

class Vp8OverLoss : public ::testing::TestWithParam<Conditions> {};

TEST_P(Vp8OverLoss, EverythingIsRepairedThroughLayerSwitches) {
  Path path(GetParam(), 3);
  std::vector<test::Vp8Stream> streams;
  for (uint8_t i = 0; i < 3; ++i) {
    streams.emplace_back(test::Vp8Stream::Config{.layer = i,
                                                 .first_sequence = static_cast<uint16_t>(65400 + i),
                                                 .first_timestamp = 123456789u * i,
                                                 .packets_per_frame = 1 + 2 * i});
  }
  path.target(2, 2);
  constexpr int kFrames = 600;
  for (int i = 0; i < kFrames; ++i) {
    if (i % 60 == 59) {
      static constexpr LayerPoint kTargets[] = {{1, 2}, {2, 1}, {0, 2}, {2, 2}, {2, 0}};
      const LayerPoint next = kTargets[i / 60 % 5];
      path.target(next.spatial, next.temporal);
    }
    for (test::Vp8Stream& stream : streams) path.publish(stream.frame(kFrame * i));
    for (const uint8_t layer : path.advance(kFrame)) streams[layer].request_keyframe();
  }
  path.advance(TimeDelta::millis(400));
  const Receiver::Verdict verdict = path.receiver().judge();
  EXPECT_EQ(verdict.changes_without_key, 0);
  EXPECT_EQ(verdict.timestamp_errors, 0);
  EXPECT_GE(verdict.stream_changes, 8);
  EXPECT_LT(path.track().stats().keyframe_requests, 40u) << "bounded: some for each switch";
  // A frame at the seam of two streams may stay incomplete; everything else comes, in one run of numbers.
  EXPECT_GT(verdict.frames, 300);
  EXPECT_LE(verdict.incomplete + verdict.broken, 2 * verdict.stream_changes);
  EXPECT_LE(path.receiver().missing().size(), 8u * static_cast<size_t>(verdict.stream_changes));
  EXPECT_EQ(path.repaired() > 10, GetParam().loss > 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Vp8OverLoss,
                         ::testing::Values(Conditions{1, 0, 0}, Conditions{2, 0, 0.2}, Conditions{3, 0.02, 0},
                                           Conditions{4, 0.05, 0.1}, Conditions{5, 0.1, 0.2}));

TEST(TemporalFilterOverReorder, NumbersAndPictureIdsStayWhole) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Path path({.seed = seed, .loss = 0.03, .reorder = 0.3}, 1);
    test::Vp8Stream stream({.first_sequence = 65500, .first_picture = 32760, .packets_per_frame = 3});
    path.target(0, 1);
    for (int i = 0; i < 200; ++i) {
      if (i == 195) path.heal();
      path.publish(stream.frame(kFrame * i));
      for ([[maybe_unused]] const uint8_t layer : path.advance(kFrame)) stream.request_keyframe();
    }
    path.advance(TimeDelta::millis(400));
    const Receiver::Verdict verdict = path.receiver().judge();
    EXPECT_TRUE(path.receiver().missing().empty()) << "seed " << seed;
    EXPECT_EQ(verdict.broken, 0) << "seed " << seed;
    EXPECT_EQ(verdict.incomplete, 0) << "seed " << seed;
    EXPECT_GE(verdict.frames, 95) << "seed " << seed;
  }
}

class SvcOverLoss : public ::testing::TestWithParam<uint64_t> {};

TEST_P(SvcOverLoss, EveryFrameSentCanBeDecoded) {
  for (const test::Structure* structure : {&test::kL2T2Key, &test::kL3T1, &test::kL1T3}) {
    Path path({.seed = GetParam(), .loss = 0.04, .reorder = 0.15}, 1);
    test::SvcStream stream({.structure = structure, .first_sequence = 65000, .first_frame = 65400});
    Rng rng(GetParam());
    for (int i = 0; i < 500; ++i) {
      if (i == 495) path.heal();
      if (i % 50 == 0) path.target(static_cast<int8_t>(rng.below(3)), static_cast<int8_t>(rng.below(3)));
      path.publish(stream.picture(kFrame * i));
      for ([[maybe_unused]] const uint8_t layer : path.advance(kFrame)) stream.request_keyframe();
    }
    path.advance(TimeDelta::millis(400));
    SCOPED_TRACE(structure->templates.size());
    const Receiver::Verdict verdict = path.receiver().judge();
    EXPECT_TRUE(path.receiver().missing().empty());
    // Packets that overtake the first structure cannot be read, and are sent in case they are needed.
    EXPECT_LE(verdict.broken, 1);
    EXPECT_EQ(verdict.incomplete, 0);
    EXPECT_EQ(verdict.timestamp_errors, 0);
    EXPECT_GT(verdict.frames, 200);
    EXPECT_LT(path.track().stats().keyframe_requests, 30u);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SvcOverLoss, ::testing::Range<uint64_t>(1, 9));

}  // namespace
}  // namespace parley::sfu
