#include "sfu/dependency_selector.hpp"

#include <algorithm>

namespace parley::sfu {

using rtp::DecodeTargetIndication;

void DependencySelector::reset() { *this = DependencySelector(); }

bool DependencySelector::choose(const MediaPacket& packet, LayerPoint limit,
                                const rtp::DependencyStructure& structure) {
  const FrameDependencies& frame = packet.dependencies;
  if (packet.starts_keyframe) load(structure);
  const Decision before = decision(frame.frame_number);
  if (before != Decision::Unknown) return before == Decision::Sent;
  if (frame.frame_number + static_cast<int64_t>(kFrames) <= newest_frame_) return false;
  const bool late = frame.frame_number < newest_frame_;
  if (!late) {
    newest_frame_ = frame.frame_number;
    if (frame.active_targets) active_ = *frame.active_targets;
    current_ = choose_target(limit);
  }
  const int target = late ? target_at(frame.frame_number) : current_;
  const Decision decided = decide(frame, target);
  record(frame.frame_number) = {frame.frame_number, decided, static_cast<int8_t>(target)};
  update_usable(frame, decided);
  return decided == Decision::Sent;
}

bool DependencySelector::ends_picture(const MediaPacket& packet) const {
  return current_ >= 0 && packet.dependencies.ends_frame &&
         packet.dependencies.spatial_id == targets_[static_cast<size_t>(current_)].spatial_id;
}

void DependencySelector::load(const rtp::DependencyStructure& structure) {
  targets_.clear();
  for (const rtp::DecodeTarget& target : structure.decode_targets) {
    const auto spatial = static_cast<int8_t>(std::min<uint8_t>(target.spatial_id, kMaxSpatialLayers - 1));
    const auto temporal = static_cast<int8_t>(std::min<uint8_t>(target.temporal_id, kMaxTemporalLayers - 1));
    targets_.push_back({{spatial, temporal}, target.spatial_id});
  }
  usable_ = active_ = ~uint32_t{0};
  current_ = -1;
}

// The highest target within the limit; -1: none. Of equal ones the later.
int DependencySelector::best_target(LayerPoint limit, uint32_t eligible) const {
  int best = -1;
  for (size_t i = 0; i < targets_.size(); ++i) {
    const LayerPoint point = targets_[i].point;
    if ((eligible >> i & 1) == 0 || point.spatial > limit.spatial || point.temporal > limit.temporal) continue;
    if (best < 0 || point >= targets_[static_cast<size_t>(best)].point) best = static_cast<int>(i);
  }
  return best;
}

int DependencySelector::choose_target(LayerPoint limit) {
  const int wanted = best_target(limit, active_);
  int target = best_target(limit, active_ & usable_);
  // Below the limit nothing can be joined (K-SVC): what is being sent goes on until a key frame.
  if (target < 0 && current_ >= 0 && (usable_ >> current_ & 1)) target = current_;
  const auto spatial = [this](int i) { return i < 0 ? -1 : targets_[static_cast<size_t>(i)].point.spatial; };
  needs_keyframe_ = wanted >= 0 && spatial(target) != spatial(wanted);
  return target;
}

// As the next frame that was decided: frames behind the late one may have been sent in trust of it.
int DependencySelector::target_at(int64_t late) const {
  for (int64_t frame = late + 1; frame <= newest_frame_; ++frame) {
    if (record(frame).frame == frame) return record(frame).target;
  }
  return current_;
}

DependencySelector::Decision DependencySelector::decide(const FrameDependencies& frame, int target) const {
  if (target < 0 || !references_hold(frame)) return Decision::Dropped;
  const DecodeTargetIndication use = frame.indication(static_cast<size_t>(target));
  return use == DecodeTargetIndication::NotPresent ? Decision::Dropped : Decision::Sent;
}

DependencySelector::Decision DependencySelector::decision(int64_t frame) const {
  return record(frame).frame == frame ? record(frame).decision : Decision::Unknown;
}

// A reference that has not been seen may be under way still; only what was left out on purpose makes a frame useless.
bool DependencySelector::references_hold(const FrameDependencies& frame) const {
  return std::ranges::none_of(frame.frame_diffs,
                              [&](uint16_t diff) { return decision(frame.frame_number - diff) == Decision::Dropped; });
}

void DependencySelector::update_usable(const FrameDependencies& frame, Decision decided) {
  const bool references_sent = std::ranges::all_of(
      frame.frame_diffs, [&](uint16_t diff) { return decision(frame.frame_number - diff) == Decision::Sent; });
  for (size_t i = 0; i < targets_.size(); ++i) {
    const DecodeTargetIndication use = frame.indication(i);
    const uint32_t bit = uint32_t{1} << i;
    if (decided == Decision::Sent) {
      if (use == DecodeTargetIndication::Switch && references_sent) usable_ |= bit;
    } else if (use == DecodeTargetIndication::Switch || use == DecodeTargetIndication::Required) {
      usable_ &= ~bit;
    }
  }
}

}  // namespace parley::sfu
