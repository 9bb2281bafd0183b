#include "sfu/allocator.hpp"

#include <algorithm>
#include <optional>

#include "base/fixed_vector.hpp"

namespace parley::sfu {
namespace {

struct Step {
  LayerPoint point;
  DataRate cost;
};
/// The points that a video climbs, lowest first. Above the lowest picture size it enters with the last two temporal
/// layers only: a larger picture at a quarter of its frame rate is no gain.
using Ladder = FixedVector<Step, kMaxSpatialLayers * kMaxTemporalLayers>;

void add_steps(const LayerTable& layers, int8_t spatial, Ladder& ladder) {
  const LayerTable::Spatial& from = layers.spatial[static_cast<size_t>(spatial)];
  const int count = std::max<int>(from.temporal_count, 1);
  const int first = ladder.empty() ? 0 : std::max(0, count - 2);
  for (int t = first; t < count; ++t) {
    ladder.push_back({{spatial, static_cast<int8_t>(t)}, from.rate[static_cast<size_t>(t)]});
  }
}

Ladder ladder_of(const AllocationItem& item) {
  Ladder ladder;
  if (item.wanted_spatial < 0) return ladder;
  for (int8_t s = 0; s < item.layers.spatial_count; ++s) {
    const bool fallback = s > item.wanted_spatial && ladder.empty();  // nothing as small as wanted is sent
    if (item.layers.spatial[static_cast<size_t>(s)].active && (s <= item.wanted_spatial || fallback)) {
      add_steps(item.layers, s, ladder);
    }
  }
  // Nothing is being sent, so nothing is known and nothing is spent: whatever comes first is shown in its lowest size.
  if (ladder.empty()) ladder.push_back({{0, kMaxTemporalLayers - 1}, DataRate::zero()});
  return ladder;
}

DataRate cost_of(const Ladder& ladder, LayerPoint point) {
  for (const Step& step : ladder) {
    if (step.point == point) return step.cost;
  }
  return DataRate::zero();
}

class Round {
 public:
  Round(DataRate estimate, Timestamp now, const AllocatorLimits& limits)
      : estimate_(estimate), now_(now), limits_(limits) {}

  void reserve(DataRate rate) { used_ += rate; }

  /// Takes the item one step up its ladder if that fits.
  bool raise(AllocationItem& item) {
    const Ladder ladder = ladder_of(item);
    const auto* next = std::ranges::find_if(ladder, [&](const Step& step) { return step.point > item.target; });
    if (next == ladder.end()) return false;
    const DataRate after = used_ - cost_of(ladder, item.target) + next->cost;
    if (!fits(item, *next, after)) return false;
    used_ = after;
    item.target = next->point;
    return true;
  }

 private:
  bool fits(const AllocationItem& item, const Step& step, DataRate after) const {
    if (step.cost == DataRate::zero()) return true;
    if (step.point <= item.previous) return after <= estimate_ * limits_.downgrade_margin;
    if (!item.lowered.is_never() && now_ - item.lowered < limits_.upgrade_hold) return false;
    return after * limits_.upgrade_margin <= estimate_;
  }

  DataRate estimate_;
  Timestamp now_;
  AllocatorLimits limits_;
  DataRate used_;
};

// Priorities from high to low: calls `serve` once for each that occurs.
template <typename Serve>
void by_priority(std::span<AllocationItem> items, Serve serve) {
  for (int bound = 256; bound > 0;) {
    int highest = -1;
    for (const AllocationItem& item : items) {
      if (item.preference.priority < bound) highest = std::max<int>(highest, item.preference.priority);
    }
    if (highest < 0) return;
    serve(highest);
    bound = highest;
  }
}

void prepare(AllocationItem& item, Round& round) {
  item.previous = item.target;
  item.target = {};
  item.pause = Pause::None;
  if (item.kind == rtp::MediaKind::Video) {
    item.wanted_spatial = wanted_spatial(item.layers, item.preference);
    item.demanded_spatial = demanded_spatial(item.layers, item.preference);
    return;
  }
  item.wanted_spatial = item.demanded_spatial = item.preference.paused ? -1 : 0;
  if (item.preference.paused) return;
  item.target = {0, 0};
  round.reserve(item.layers.spatial[0].rate[0]);
}

void conclude(AllocationItem& item, Timestamp now) {
  if (item.wanted_spatial < 0) {
    item.pause = Pause::Preference;
    return;
  }
  if (item.target.none()) item.pause = Pause::Bandwidth;
  if (item.kind == rtp::MediaKind::Audio) return;
  const LayerPoint top = ladder_of(item).back().point;
  if (item.target < std::min(item.previous, top)) item.lowered = now;
}

/// See `allocate`. Feedback of what is tried raises the estimate, or losses end the trial.
void try_one(std::span<AllocationItem> items, Timestamp now, const AllocatorLimits& limits) {
  AllocationItem* first = nullptr;
  bool none = true;
  for (AllocationItem& item : items) {
    if (item.kind != rtp::MediaKind::Video || item.wanted_spatial < 0) continue;
    none = none && item.target.none();
    if (!first || item.preference.priority > first->preference.priority) first = &item;
  }
  for (AllocationItem& item : items) {
    if (!none || &item != first || !limits.may_try) item.tried = Timestamp::never();
  }
  if (!none || !first || !limits.may_try) return;
  const bool over = !first->tried.is_never() && now - first->tried >= limits.trial;
  const bool held = !first->lowered.is_never() && now - first->lowered < limits.upgrade_hold;
  if (over || held) {
    first->tried = Timestamp::never();
    return;
  }
  if (first->tried.is_never()) first->tried = now;
  first->target = ladder_of(*first).begin()->point;
}

struct Size {
  double width;
  double height;
};
constexpr Size kAssumedTop{1280, 720};

// Of a layer that has not said its size: from one that has, each layer being half of the next.
Size size_of(const LayerTable& layers, int index) {
  for (int distance = 0; distance < layers.spatial_count; ++distance) {
    for (const int other : {index + distance, index - distance}) {
      if (other < 0 || other >= layers.spatial_count) continue;
      const LayerTable::Spatial& known = layers.spatial[static_cast<size_t>(other)];
      if (known.width == 0) continue;
      const double scale = other > index ? 1.0 / (1 << (other - index)) : 1 << (index - other);
      return {known.width * scale, known.height * scale};
    }
  }
  const double scale = 1.0 / (1 << (layers.spatial_count - 1 - index));
  return {kAssumedTop.width * scale, kAssumedTop.height * scale};
}

bool wants_everything(const Preference& preference) {
  return preference.quality == Preference::Quality::High || (preference.width == 0 && preference.height == 0);
}

/// The lowest layer that is as large as drawn, if any is.
std::optional<int8_t> large_enough(const LayerTable& layers, const Preference& preference) {
  for (int8_t s = 0; s < layers.spatial_count; ++s) {
    const Size size = size_of(layers, s);
    // The picture is fitted into the drawn box: one side that is large enough means that the other is not stretched
    // more.
    const bool wide = preference.width != 0 && size.width * kSizeTolerance >= preference.width;
    const bool high = preference.height != 0 && size.height * kSizeTolerance >= preference.height;
    if (wide || high) return s;
  }
  return std::nullopt;
}

}  // namespace

int8_t wanted_spatial(const LayerTable& layers, const Preference& preference) {
  using Quality = Preference::Quality;
  if (preference.paused) return -1;
  const int count = layers.spatial_count == 0 ? kMaxSpatialLayers : layers.spatial_count;
  const auto top = static_cast<int8_t>(count - 1);
  if (preference.quality == Quality::Low) return 0;
  if (preference.quality == Quality::Medium) return static_cast<int8_t>(count / 2);
  if (wants_everything(preference)) return top;
  return large_enough(layers, preference).value_or(top);
}

int8_t demanded_spatial(const LayerTable& layers, const Preference& preference) {
  if (preference.paused) return -1;
  const int8_t wanted = wanted_spatial(layers, preference);
  if (preference.quality == Preference::Quality::Low) return 0;
  if (preference.quality == Preference::Quality::Medium) return std::max<int8_t>(wanted, kMaxSpatialLayers / 2);
  if (!wants_everything(preference) && large_enough(layers, preference)) return wanted;
  return kMaxSpatialLayers - 1;
}

void allocate(DataRate estimate, std::span<AllocationItem> items, Timestamp now, const AllocatorLimits& limits) {
  Round round(estimate, now, limits);
  for (AllocationItem& item : items) prepare(item, round);
  const auto raise_each = [&](int priority) {
    bool raised = false;
    for (AllocationItem& item : items) {
      const bool served = item.kind == rtp::MediaKind::Video && item.preference.priority == priority;
      if (served && item.wanted_spatial >= 0 && round.raise(item)) raised = true;
    }
    return raised;
  };
  by_priority(items, raise_each);
  by_priority(items, [&](int priority) {
    while (raise_each(priority)) {
    }
  });
  try_one(items, now, limits);
  for (AllocationItem& item : items) conclude(item, now);
}

bool LayerDemand::update(int8_t highest_wanted, Timestamp now) {
  if (highest_wanted >= current_) {
    lower_at_ = Timestamp::never();
    const bool rises = highest_wanted > current_;
    current_ = highest_wanted;
    return rises;
  }
  if (lower_at_.is_never()) lower_at_ = now + kLowerDelay;
  if (now < lower_at_) return false;
  lower_at_ = Timestamp::never();
  current_ = highest_wanted;
  return true;
}

}  // namespace parley::sfu
