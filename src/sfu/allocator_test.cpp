#include "sfu/allocator.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/rng.hpp"

namespace parley::sfu {
namespace {

using Quality = Preference::Quality;
constexpr Timestamp kNow = Timestamp::from_us(100'000'000);

/// Three simulcast layers of two temporal layers: 180p 100/150, 360p 300/500, 720p 1000/1500 kbit/s.
LayerTable simulcast() {
  LayerTable table;
  table.spatial_count = 3;
  const int64_t rates[3][2] = {{100, 150}, {300, 500}, {1000, 1500}};
  for (size_t s = 0; s < 3; ++s) {
    LayerTable::Spatial& layer = table.spatial[s];
    layer.active = true;
    layer.width = static_cast<uint16_t>(320 << s);
    layer.height = static_cast<uint16_t>(180 << s);
    layer.temporal_count = 2;
    layer.rate = {DataRate::kbps(rates[s][0]), DataRate::kbps(rates[s][1]), DataRate::kbps(rates[s][1]),
                  DataRate::kbps(rates[s][1])};
  }
  return table;
}
AllocationItem video(uint8_t priority = 0, Quality quality = Quality::Auto) {
  AllocationItem item{.layers = simulcast()};
  item.preference.priority = priority;
  item.preference.quality = quality;
  return item;
}
AllocationItem audio(int64_t kbps = 40) {
  AllocationItem item{.kind = rtp::MediaKind::Audio};
  item.layers.spatial_count = 1;
  item.layers.spatial[0].active = true;
  item.layers.spatial[0].rate.fill(DataRate::kbps(kbps));
  return item;
}
std::vector<LayerPoint> targets(const std::vector<AllocationItem>& items) {
  std::vector<LayerPoint> out;
  for (const AllocationItem& item : items) out.push_back(item.target);
  return out;
}
constexpr LayerPoint kNone{};

TEST(WantedSpatial, GoesByTheDrawnSize) {
  struct Case {
    uint16_t width, height;
    int8_t wanted;
  };
  for (const Case& each : {Case{0, 0, 2},
                           {100, 60, 0},
                           {320, 180, 0},
                           {400, 225, 0},
                           {401, 226, 1},
                           {640, 360, 1},
                           {800, 450, 1},
                           {810, 460, 2},
                           {1280, 720, 2},
                           {3840, 2160, 2},
                           {320, 1000, 0},
                           {0, 300, 1},
                           {500, 0, 1}}) {
    Preference preference{.width = each.width, .height = each.height};
    EXPECT_EQ(wanted_spatial(simulcast(), preference), each.wanted) << each.width << "x" << each.height;
  }
}

TEST(WantedSpatial, GoesByNameOverWhatThereIs) {
  LayerTable table = simulcast();
  const auto wanted = [&](Quality quality) { return wanted_spatial(table, {.quality = quality}); };
  EXPECT_EQ(wanted(Quality::Low), 0);
  EXPECT_EQ(wanted(Quality::Medium), 1);
  EXPECT_EQ(wanted(Quality::High), 2);
  table.spatial_count = 2;
  EXPECT_EQ(wanted(Quality::Medium), 1);
  table.spatial_count = 1;
  EXPECT_EQ(wanted(Quality::Medium), 0);
  EXPECT_EQ(wanted(Quality::High), 0);
  EXPECT_EQ(wanted_spatial(table, {.paused = true}), -1);
}

TEST(WantedSpatial, InfersSizesThatAreNotKnown) {
  LayerTable table = simulcast();
  table.spatial[0].width = table.spatial[2].width = 0;
  EXPECT_EQ(wanted_spatial(table, {.width = 320, .height = 180}), 0);
  EXPECT_EQ(wanted_spatial(table, {.width = 1200, .height = 700}), 2);
  table.spatial[1].width = 0;  // none known: taken as 720p at the top
  EXPECT_EQ(wanted_spatial(table, {.width = 640, .height = 360}), 1);
}

TEST(DemandedSpatial, AsksForLayersThatAStoppedScalableEncoderNoLongerShows) {
  LayerTable one = simulcast();
  one.spatial_count = 1;  // 320x180 is all that is sent
  EXPECT_EQ(demanded_spatial(one, {.quality = Quality::High}), 2);
  EXPECT_EQ(demanded_spatial(one, {.quality = Quality::Medium}), 1);
  EXPECT_EQ(demanded_spatial(one, {.quality = Quality::Low}), 0);
  EXPECT_EQ(demanded_spatial(one, {}), 2) << "a size that was not said is taken as large";
  EXPECT_EQ(demanded_spatial(one, {.width = 640, .height = 360}), 2) << "how many layers it takes is not known yet";
  EXPECT_EQ(demanded_spatial(one, {.width = 320, .height = 180}), 0);
  EXPECT_EQ(demanded_spatial(one, {.paused = true}), -1);
  EXPECT_EQ(demanded_spatial(simulcast(), {.width = 640, .height = 360}), 1) << "enough is enough";
}

TEST(Allocate, OneVideoClimbsWithTheEstimate) {
  struct Case {
    int64_t kbps;
    LayerPoint target;
  };
  for (const Case& each : {Case{100, kNone},
                           {119, kNone},
                           {120, {0, 0}},
                           {180, {0, 1}},
                           {360, {1, 0}},
                           {600, {1, 1}},
                           {1200, {2, 0}},
                           {1800, {2, 1}},
                           {100'000, {2, 1}}}) {
    std::vector<AllocationItem> items = {video()};
    allocate(DataRate::kbps(each.kbps), items, kNow);
    EXPECT_EQ(items[0].target, each.target) << each.kbps;
    EXPECT_EQ(items[0].pause, each.target.none() ? Pause::Bandwidth : Pause::None);
    EXPECT_EQ(items[0].wanted_spatial, 2);
  }
}

TEST(Allocate, AudioComesFirstAndIsNeverTaken) {
  std::vector<AllocationItem> items = {video(3), audio(40), audio(40)};
  allocate(DataRate::kbps(190), items, kNow);
  EXPECT_EQ(targets(items), (std::vector<LayerPoint>{kNone, {0, 0}, {0, 0}})) << "(80 + 100) x 1.2 does not fit";
  allocate(DataRate::kbps(10), items, kNow);
  EXPECT_EQ(items[1].target, (LayerPoint{0, 0}));
  items[1].preference.paused = true;
  allocate(DataRate::kbps(216), items, kNow);
  EXPECT_EQ(targets(items), (std::vector<LayerPoint>{{0, 0}, kNone, {0, 0}}));
  EXPECT_EQ(items[1].pause, Pause::Preference);
}

TEST(Allocate, LowestPrioritiesArePausedFirst) {
  std::vector<AllocationItem> items = {video(0), video(1), video(3), video(2), video(0)};
  allocate(DataRate::kbps(361), items, kNow);
  EXPECT_EQ(targets(items), (std::vector<LayerPoint>{kNone, {0, 0}, {0, 0}, {0, 0}, kNone}));
  EXPECT_EQ(items[0].pause, Pause::Bandwidth);
  allocate(DataRate::kbps(481), items, kNow);
  EXPECT_EQ(items[0].target, (LayerPoint{0, 0})) << "the earlier of equals";
  EXPECT_EQ(items[4].target, kNone);
}

TEST(Allocate, HigherPrioritiesClimbFirst) {
  std::vector<AllocationItem> items = {video(0), video(3)};
  allocate(DataRate::kbps(2000), items, kNow);
  EXPECT_EQ(targets(items), (std::vector<LayerPoint>{{0, 1}, {2, 1}})) << "100 for the tile, then all for the share";
}

TEST(Allocate, EqualsClimbInTurns) {
  std::vector<AllocationItem> items = {video(), video(), video()};
  allocate(DataRate::kbps(1300), items, kNow);
  EXPECT_EQ(targets(items), (std::vector<LayerPoint>{{1, 0}, {1, 0}, {1, 0}}));
  std::vector<AllocationItem> more = {video(), video(), video()};
  allocate(DataRate::kbps(1400), more, kNow);
  EXPECT_EQ(targets(more), (std::vector<LayerPoint>{{1, 1}, {1, 0}, {1, 0}}));
}

TEST(Allocate, SizesAndNamesBoundTheClimb) {
  std::vector<AllocationItem> items = {video(0, Quality::Low), video(0, Quality::Medium), video()};
  items[2].preference.width = 320;
  items[2].preference.height = 180;
  allocate(DataRate::kbps(50'000), items, kNow);
  EXPECT_EQ(targets(items), (std::vector<LayerPoint>{{0, 1}, {1, 1}, {0, 1}}));
}

TEST(Allocate, OnlyActiveLayersAreGiven) {
  std::vector<AllocationItem> items = {video(), video(), video()};
  items[0].layers.spatial[2].active = false;
  items[1].layers.spatial[0].active = items[1].layers.spatial[1].active = false;
  items[1].preference.quality = Quality::Low;
  for (auto& layer : items[2].layers.spatial) layer.active = false;
  allocate(DataRate::kbps(50'000), items, kNow);
  EXPECT_EQ(items[0].target, (LayerPoint{1, 1}));
  EXPECT_EQ(items[0].wanted_spatial, 2) << "the publisher should start it";
  EXPECT_EQ(items[1].target, (LayerPoint{2, 1})) << "nothing smaller is sent";
  EXPECT_EQ(items[2].target.spatial, 0) << "ready for whatever comes first";
  EXPECT_EQ(items[2].pause, Pause::None);
}

TEST(Allocate, HysteresisHoldsWhatIsSent) {
  std::vector<AllocationItem> items = {video()};
  allocate(DataRate::kbps(1800), items, kNow);
  EXPECT_EQ(items[0].target, (LayerPoint{2, 1}));
  allocate(DataRate::kbps(1400), items, kNow);
  EXPECT_EQ(items[0].target, (LayerPoint{2, 1})) << "1500 is within the margin";
  allocate(DataRate::kbps(1300), items, kNow);
  EXPECT_EQ(items[0].target, (LayerPoint{2, 0}));
  allocate(DataRate::kbps(1900), items, kNow + TimeDelta::millis(3900));
  EXPECT_EQ(items[0].target, (LayerPoint{2, 0})) << "held back for a while";
  allocate(DataRate::kbps(1900), items, kNow + TimeDelta::millis(4000));
  EXPECT_EQ(items[0].target, (LayerPoint{2, 1}));
}

TEST(Allocate, ANoisyEstimateDoesNotFlap) {
  Rng rng(11);
  std::vector<AllocationItem> items = {audio(), video(3), video(), video(), video()};
  int changes = 0;
  for (int i = 0; i < 600; ++i) {  // two minutes
    const auto kbps = static_cast<int64_t>(2600 * (0.88 + 0.24 * rng.unit()));
    std::vector<LayerPoint> before = targets(items);
    allocate(DataRate::kbps(kbps), items, kNow + TimeDelta::millis(200 * i));
    changes += i > 0 && before != targets(items);
  }
  EXPECT_LE(changes, 6) << "without hysteresis some hundreds";
  std::vector<AllocationItem> plain = {audio(), video(3), video(), video(), video()};
  int plain_changes = 0;
  Rng again(11);
  for (int i = 0; i < 600; ++i) {
    const auto kbps = static_cast<int64_t>(2600 * (0.88 + 0.24 * again.unit()));
    std::vector<LayerPoint> before = targets(plain);
    allocate(DataRate::kbps(kbps), plain, kNow, {1.0, 1.0, TimeDelta::zero()});
    plain_changes += i > 0 && before != targets(plain);
  }
  EXPECT_GT(plain_changes, 100);
}

TEST(Allocate, WhereNothingFitsTheFirstIsTriedForAWhile) {
  std::vector<AllocationItem> items = {audio(), video(), video(1)};
  const AllocatorLimits open{.may_try = true}, closed{};
  const DataRate narrow = DataRate::kbps(60);
  const auto at = [](int64_t ms) { return kNow + TimeDelta::millis(ms); };
  const std::vector<LayerPoint> nothing = {{0, 0}, kNone, kNone}, tried = {{0, 0}, kNone, {0, 0}};
  allocate(narrow, items, at(0), closed);
  EXPECT_EQ(targets(items), nothing) << "losses speak against it";
  allocate(narrow, items, at(200), open);
  EXPECT_EQ(targets(items), tried);
  EXPECT_EQ(items[2].pause, Pause::None);
  EXPECT_EQ(items[1].pause, Pause::Bandwidth);
  allocate(narrow, items, at(2100), open);
  EXPECT_EQ(targets(items), tried);
  allocate(narrow, items, at(2200), open);
  EXPECT_EQ(targets(items), nothing) << "nothing came back in two seconds";
  allocate(narrow, items, at(6100), open);
  EXPECT_EQ(targets(items), nothing);
  allocate(narrow, items, at(6200), open);
  EXPECT_EQ(targets(items), tried) << "after four seconds once more";
  allocate(narrow, items, at(6400), closed);
  EXPECT_EQ(targets(items), nothing) << "it was lost";
  allocate(narrow, items, at(11'000), open);
  allocate(DataRate::kbps(150), items, at(11'200), open);
  EXPECT_EQ(items[2].target, (LayerPoint{0, 0})) << "it got through, and stays";
  for (int64_t ms = 11'400; ms < 20'000; ms += 200) {
    allocate(DataRate::kbps(150), items, at(ms), closed);
    EXPECT_EQ(items[2].target, (LayerPoint{0, 0}));
  }
}

TEST(Allocate, NothingIsTriedBesideWhatIsSent) {
  std::vector<AllocationItem> items = {video(1), video()};
  allocate(DataRate::kbps(130), items, kNow, {.may_try = true});
  EXPECT_EQ(targets(items), (std::vector<LayerPoint>{{0, 0}, kNone}));
}

TEST(Allocate, AWishForLessIsNotABandwidthLoss) {
  std::vector<AllocationItem> items = {video()};
  allocate(DataRate::kbps(5000), items, kNow);
  items[0].preference.quality = Quality::Low;
  allocate(DataRate::kbps(5000), items, kNow);
  EXPECT_EQ(items[0].target, (LayerPoint{0, 1}));
  items[0].preference.quality = Quality::High;
  allocate(DataRate::kbps(5000), items, kNow);
  EXPECT_EQ(items[0].target, (LayerPoint{2, 1})) << "no hold";
}

TEST(LayerDemand, RisesAtOnceAndFallsLater) {
  LayerDemand demand;
  EXPECT_FALSE(demand.update(-1, kNow));
  EXPECT_TRUE(demand.update(1, kNow));
  EXPECT_TRUE(demand.update(2, kNow));
  EXPECT_FALSE(demand.update(0, kNow));
  EXPECT_EQ(demand.next_deadline(), kNow + LayerDemand::kLowerDelay);
  EXPECT_FALSE(demand.update(2, kNow + TimeDelta::seconds(1))) << "wanted again";
  EXPECT_TRUE(demand.next_deadline().is_never());
  EXPECT_FALSE(demand.update(0, kNow + TimeDelta::seconds(2)));
  EXPECT_FALSE(demand.update(0, kNow + TimeDelta::millis(4999)));
  EXPECT_TRUE(demand.update(0, kNow + TimeDelta::seconds(5)));
  EXPECT_EQ(demand.current(), 0);
}

}  // namespace
}  // namespace parley::sfu
