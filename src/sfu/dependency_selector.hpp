#pragma once

#include <array>
#include <cstdint>

#include "base/fixed_vector.hpp"
#include "rtp/payload/dependency_descriptor.hpp"
#include "sfu/layer.hpp"
#include "sfu/media_packet.hpp"

namespace parley::sfu {

/// Chooses frames of one stream by its dependency descriptor (AV1 RTP specification, appendix A), for one receiver.
///
/// A decode target is `usable` while all frames of it that others build upon have been sent since a frame from which it
/// can be joined (a key frame, or one marked Switch whose own references were sent). The highest usable target within
/// the limit decides frame by frame. This follows from the indications alone, so it needs no chains, and holds for any
/// structure, K-SVC included. The mask of active decode targets is read, never rewritten: libwebrtc's AV1 receiver
/// freezes on losses otherwise.
class DependencySelector {
 public:
  /// Frames whose decision is kept; an older reference counts as unknown. Structures of browsers refer 8-12 back.
  static constexpr size_t kFrames = 256;

  /// Forgets everything: another stream begins, at a packet with a structure.
  void reset();
  /// True if the packet is to be sent under `limit` (of spatial and temporal ids inside the stream).
  /// `structure`: the stream's latest.
  bool choose(const MediaPacket& packet, LayerPoint limit, const rtp::DependencyStructure& structure);
  /// Decode target in use; none if there is none.
  LayerPoint current() const { return current_ < 0 ? LayerPoint{} : targets_[static_cast<size_t>(current_)].point; }
  /// Only a key frame brings the receiver to where the limit allows.
  bool needs_keyframe() const { return needs_keyframe_; }
  /// After `choose`: the packet ends the last frame of its picture that this receiver gets.
  bool ends_picture(const MediaPacket& packet) const;

 private:
  enum class Decision : uint8_t { Unknown, Sent, Dropped };

  void load(const rtp::DependencyStructure& structure);
  int best_target(LayerPoint limit, uint32_t eligible) const;
  /// Which decode target is to be served from this frame on; -1: none can be.
  int choose_target(LayerPoint limit);
  /// The target that was served when frame `late`, older than the newest, was due.
  int target_at(int64_t late) const;
  Decision decide(const FrameDependencies& frame, int target) const;
  Decision decision(int64_t frame) const;
  bool references_hold(const FrameDependencies& frame) const;
  void update_usable(const FrameDependencies& frame, Decision decision);

  struct Target {
    LayerPoint point;
    uint8_t spatial_id = 0;  // as in the descriptor, where it may be above what `point` counts
  };
  FixedVector<Target, rtp::kMaxDecodeTargets> targets_;
  uint32_t usable_ = 0;  // bit per decode target
  uint32_t active_ = ~uint32_t{0};
  int current_ = -1;
  bool needs_keyframe_ = true;
  int64_t newest_frame_ = INT64_MIN;
  struct Record {
    int64_t frame = INT64_MIN;
    Decision decision = Decision::Unknown;
    int8_t target = -1;
  };
  Record& record(int64_t frame) { return decisions_[static_cast<uint64_t>(frame) % kFrames]; }
  const Record& record(int64_t frame) const { return decisions_[static_cast<uint64_t>(frame) % kFrames]; }

  std::array<Record, kFrames> decisions_{};
};

}  // namespace parley::sfu
