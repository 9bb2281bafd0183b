#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "rtp/codec.hpp"
#include "sfu/dependency_selector.hpp"
#include "sfu/layer.hpp"
#include "sfu/media_packet.hpp"
#include "sfu/payload_selector.hpp"

namespace parley::sfu {

class Track;

/// What to do with one packet.
struct Choice {
  bool send = false;
  bool begins = false;  ///< first packet of a run: after a start, a pause, or a switch of streams
  bool marker = false;
};

/// Chooses, for one receiver, which packets of a track it gets: the stream (simulcast), and the layers inside it.
/// Streams change at a key frame only, down too. If the stream in use dies, the best one alive is the goal.
class LayerSelector {
 public:
  /// How long to hold out for the goal's key frame before that of a stream between is welcome. Publishers answer a PLI
  /// within an RTT and a frame.
  static constexpr TimeDelta kPatience = TimeDelta::millis(500);
  /// A run may begin at a key-frame packet that came this many packets late: the rest is then asked for by NACK.
  static constexpr int64_t kMaxLateStart = 64;

  explicit LayerSelector(rtp::MediaKind kind) : kind_(kind) {}

  /// Another source, or none: nothing is sent until a target is set (audio: goes on at once) and a run begins.
  void reset();
  void set_target(const Track& track, LayerPoint target, Timestamp now);
  Choice choose(const Track& track, const MediaPacket& packet, Timestamp now);
  std::optional<uint8_t> wanted_keyframe() const;
  LayerPoint current(const Track& track) const;
  /// Stream in use, -1 none.
  int stream() const { return stream_; }

 private:
  Choice choose_within(const Track& track, const MediaPacket& packet);
  bool payload_needs_keyframe(const Track& track, const MediaPacket& packet, LayerPoint limit) const;
  bool may_begin(const Track& track, const MediaPacket& packet, Timestamp now) const;
  void begin(const MediaPacket& packet, const Track& track, Timestamp now);
  void update_goal(const Track& track, Timestamp now);
  int goal(const Track& track, Timestamp now) const;
  int wanted_stream(const Track& track) const;
  LayerPoint inner_limit(const Track& track) const;

  rtp::MediaKind kind_;
  LayerPoint target_;
  int stream_ = -1;
  int goal_ = -1;
  bool by_dependencies_ = false;
  bool inner_needs_keyframe_ = false;
  rtp::Codec codec_ = rtp::Codec::Opus;
  Timestamp last_packet_;                         // of the stream in use
  Timestamp waiting_since_ = Timestamp::never();  // for the goal
  DependencySelector dependencies_;
  PayloadSelector payload_;
};

}  // namespace parley::sfu
