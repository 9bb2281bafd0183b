#include "sfu/layer_selector.hpp"

#include <algorithm>

#include "sfu/track.hpp"

namespace parley::sfu {

void LayerSelector::reset() {
  target_ = kind_ == rtp::MediaKind::Audio ? LayerPoint::highest() : LayerPoint{};
  stream_ = goal_ = -1;
  inner_needs_keyframe_ = false;
  waiting_since_ = Timestamp::never();
}

void LayerSelector::set_target(const Track& track, LayerPoint target, Timestamp now) {
  target_ = target;
  if (!target.none()) return update_goal(track, now);
  stream_ = goal_ = -1;
  inner_needs_keyframe_ = false;
  waiting_since_ = Timestamp::never();
}

Choice LayerSelector::choose(const Track& track, const MediaPacket& packet, Timestamp now) {
  if (target_.none() || packet.payload.empty()) return {};
  if (packet.layer == stream_ && packet.codec == codec_) {
    last_packet_ = now;
    return choose_within(track, packet);
  }
  if (packet.layer == stream_) stream_ = -1;  // another codec: begin anew
  const bool settled = stream_ >= 0 && stream_ == wanted_stream(track) && now - last_packet_ <= LayerMeter::kStall;
  if (settled) return {};
  update_goal(track, now);
  if (!may_begin(track, packet, now)) return {};
  begin(packet, track, now);
  Choice choice = choose_within(track, packet);
  choice.begins = choice.send;
  return choice;
}

std::optional<uint8_t> LayerSelector::wanted_keyframe() const {
  if (kind_ == rtp::MediaKind::Audio || goal_ < 0) return std::nullopt;
  if (stream_ == goal_ && !inner_needs_keyframe_) return std::nullopt;
  return static_cast<uint8_t>(goal_);
}

LayerPoint LayerSelector::current(const Track& track) const {
  if (stream_ < 0) return {};
  LayerPoint point = by_dependencies_ ? dependencies_.current() : payload_.current();
  if (kind_ == rtp::MediaKind::Audio) point = {0, 0};
  if (track.simulcast() && !point.none()) point.spatial = static_cast<int8_t>(stream_);
  return point;
}

Choice LayerSelector::choose_within(const Track& track, const MediaPacket& packet) {
  Choice choice{.send = true, .marker = packet.marker};
  if (kind_ == rtp::MediaKind::Audio) return choice;
  const LayerPoint limit = inner_limit(track);
  const rtp::DependencyStructure* structure = track.structure(packet.layer);
  if (by_dependencies_ && packet.has_dependencies && structure) {
    choice.send = dependencies_.choose(packet, limit, *structure);
    choice.marker = choice.marker || dependencies_.ends_picture(packet);
    inner_needs_keyframe_ = dependencies_.needs_keyframe();
  } else if (!by_dependencies_) {
    choice.send = payload_.choose(packet, limit);
    choice.marker = choice.marker || (packet.codec == rtp::Codec::Vp9 && payload_.ends_picture(packet));
    inner_needs_keyframe_ = packet.codec == rtp::Codec::Vp9 && payload_needs_keyframe(track, packet, limit);
  }
  // A packet whose descriptor cannot be read in a stream that has them is sent: the receiver may know better.
  return choice;
}

// VP9 without descriptors: a spatial layer that is wanted and alive can be joined at a key picture only.
bool LayerSelector::payload_needs_keyframe(const Track& track, const MediaPacket& packet, LayerPoint limit) const {
  if (track.simulcast()) return false;
  for (int8_t spatial = limit.spatial; spatial > payload_.current().spatial; --spatial) {
    if (track.active(static_cast<uint8_t>(spatial), packet.arrival)) return true;
  }
  return false;
}

bool LayerSelector::may_begin(const Track& track, const MediaPacket& packet, Timestamp now) const {
  if (kind_ == rtp::MediaKind::Audio) return true;
  if (!packet.starts_keyframe) return false;
  if (track.newest_sequence(packet.layer) - packet.sequence > kMaxLateStart) return false;
  if (packet.layer == goal_) return true;
  if (waiting_since_.is_never() || now - waiting_since_ < kPatience) return false;
  const bool above = packet.layer > stream_ && packet.layer < goal_;
  const bool below = packet.layer < stream_ && packet.layer > goal_;
  return stream_ < 0 || above || below;
}

void LayerSelector::begin(const MediaPacket& packet, const Track& track, Timestamp now) {
  stream_ = packet.layer;
  codec_ = packet.codec;
  last_packet_ = now;
  by_dependencies_ = packet.has_dependencies;
  inner_needs_keyframe_ = false;
  dependencies_.reset();
  payload_.reset(inner_limit(track));
  waiting_since_ = stream_ == goal_ ? Timestamp::never() : now;
}

void LayerSelector::update_goal(const Track& track, Timestamp now) {
  goal_ = goal(track, now);
  if (stream_ == goal_) {
    waiting_since_ = Timestamp::never();
  } else if (waiting_since_.is_never()) {
    waiting_since_ = now;
  }
}

int LayerSelector::wanted_stream(const Track& track) const {
  return track.simulcast() ? std::min<int>(target_.spatial, track.layer_count() - 1) : 0;
}

// The wanted stream if it is alive (or none is); else the nearest one below, else above.
int LayerSelector::goal(const Track& track, Timestamp now) const {
  const int wanted = wanted_stream(track);
  if (!track.simulcast()) return wanted;
  for (int stream = wanted; stream >= 0; --stream) {
    if (track.active(static_cast<uint8_t>(stream), now)) return stream;
  }
  for (int stream = wanted + 1; stream < track.layer_count(); ++stream) {
    if (track.active(static_cast<uint8_t>(stream), now)) return stream;
  }
  return wanted;
}

// Ids inside a stream. A stream of simulcast is never cut spatially.
LayerPoint LayerSelector::inner_limit(const Track& track) const {
  if (track.simulcast()) return {kMaxSpatialLayers - 1, target_.temporal};
  return target_;
}

}  // namespace parley::sfu
