#include "sfu/track.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace parley::sfu {
namespace {

/// The numbering of a stream that began anew goes on this far behind the old one: farther than any ring reaches.
constexpr int64_t kRestartGap = 65536;
/// RTP header with the usual extensions, SRTP tag, UDP and IP: what a packet costs beside its payload.
constexpr size_t kPacketOverhead = 24 + 16 + 28;

PacketCache::Limits cache_limits(const Track::Config& config, uint8_t layer) {
  if (config.kind == rtp::MediaKind::Audio) return PacketCache::kAudio;
  if (layer + 1 == config.layer_count) return PacketCache::kVideo;
  return layer + 2 == config.layer_count ? PacketCache::kVideoMiddle : PacketCache::kVideoLow;
}

bool is_keyframe_start(const MediaPacket& packet) {
  if (packet.has_dependencies) {
    const FrameDependencies& frame = packet.dependencies;
    return frame.has_structure && frame.starts_frame && frame.frame_diffs.empty();
  }
  return packet.video.starts_frame && packet.video.keyframe && packet.video.spatial_id == 0;
}

}  // namespace

Track::Track(const Config& config) : config_(config), meter_(config.layer_count) {
  PARLEY_CHECK(config.layer_count >= 1 && config.layer_count <= kMaxSpatialLayers);
  layers_.reserve(config.layer_count);
  for (uint8_t i = 0; i < config.layer_count; ++i) layers_.emplace_back(cache_limits(config, i));
}

const MediaPacket* Track::accept(uint8_t index, const rtp::PacketView& view, rtp::Codec codec, Timestamp now) {
  if (index >= layers_.size()) {
    ++stats_.drops.bad_layer;
    return nullptr;
  }
  if (PacketCache::stored_size(view) > PacketCache::kMaxPacketSize) {
    ++stats_.drops.too_large;
    return nullptr;
  }
  Layer& layer = layers_[index];
  const std::optional<int64_t> sequence = place(layer, view.sequence_number);
  if (!sequence) return nullptr;
  MediaPacket& packet = layer.cache.insert(*sequence, view);
  packet.codec = codec;
  packet.layer = index;
  packet.marker = view.marker;
  packet.timestamp = layer.timestamp.unwrap(view.timestamp);
  packet.arrival = now;
  codec_ = codec;
  ++stats_.packets;
  stats_.bytes += view.payload.size();
  if (rtp::kind(codec) == rtp::MediaKind::Video && !packet.payload.empty()) read_payload(layer, packet);
  meter_.on_packet(packet, view.payload.size() + kPacketOverhead, layer.descriptors.structure());
  return &packet;
}

std::optional<int64_t> Track::place(Layer& layer, uint16_t number) {
  int64_t sequence = layer.sequence_base + layer.sequence.peek(number);
  switch (layer.cache.position(sequence)) {
    case PacketCache::Position::New: break;
    case PacketCache::Position::Duplicate: ++stats_.drops.duplicate; return std::nullopt;
    case PacketCache::Position::TooOld:
      if (!confirms_restart(layer, number)) {
        ++stats_.drops.too_old;
        return std::nullopt;
      }
      sequence = layer.sequence_base + number;
  }
  layer.restart_candidate.reset();
  layer.sequence.unwrap(number);
  layer.newest = std::max(layer.newest, sequence);
  return sequence;
}

// RFC 3550 appendix A.1: one packet far behind is an old one, two in sequence are a sender that began anew.
bool Track::confirms_restart(Layer& layer, uint16_t number) {
  if (layer.restart_candidate != number) {
    layer.restart_candidate = static_cast<uint16_t>(number + 1);
    return false;
  }
  layer.sequence_base = layer.newest + kRestartGap - number;
  layer.sequence.reset();
  ++stats_.restarts;
  return true;
}

void Track::read_payload(Layer& layer, MediaPacket& packet) {
  packet.video = rtp::read_video_facts(packet.codec, packet.payload, packet.marker);
  // VP8 is chosen by its payload descriptor, which has to be read and rewritten in any case.
  const bool described = packet.codec != rtp::Codec::Vp8 && !packet.extensions.dependency_descriptor.empty();
  if (described) read_dependencies(layer, packet);
  packet.starts_keyframe = is_keyframe_start(packet);
  if (packet.starts_keyframe) {
    ++stats_.keyframes;
    layer.keyframes.on_keyframe();
  }
}

void Track::read_dependencies(Layer& layer, MediaPacket& packet) {
  const auto descriptor = layer.descriptors.read(packet.extensions.dependency_descriptor);
  if (!descriptor) {
    ++stats_.bad_descriptors;
    return;
  }
  FrameDependencies& frame = packet.dependencies;
  frame.frame_number = layer.frame_number.unwrap(descriptor->frame_number);
  frame.spatial_id = descriptor->spatial_id;
  frame.temporal_id = descriptor->temporal_id;
  frame.starts_frame = descriptor->starts_frame;
  frame.ends_frame = descriptor->ends_frame;
  frame.has_structure = descriptor->has_structure;
  frame.active_targets = descriptor->active_decode_targets;
  frame.frame_diffs = descriptor->frame_diffs;
  for (size_t i = 0; i < descriptor->indications.size(); ++i) {
    frame.indications |= static_cast<uint64_t>(descriptor->indications[i]) << (2 * i);
  }
  packet.has_dependencies = true;
}

void Track::on_sender_report(uint8_t layer, uint32_t rtp_timestamp, Timestamp captured) {
  if (layer < layers_.size()) layers_[layer].clock = LayerClock{rtp_timestamp, captured};
}

void Track::request_keyframe(uint8_t layer, Timestamp now) {
  if (config_.kind == rtp::MediaKind::Video && layer < layers_.size()) layers_[layer].keyframes.request(now);
}

FixedVector<uint8_t, kMaxSpatialLayers> Track::take_keyframe_requests(Timestamp now) {
  FixedVector<uint8_t, kMaxSpatialLayers> due;
  for (size_t i = 0; i < layers_.size(); ++i) {
    if (layers_[i].keyframes.take_due(now)) due.push_back(static_cast<uint8_t>(i));
  }
  stats_.keyframe_requests += due.size();
  return due;
}

Timestamp Track::next_deadline() const {
  Timestamp next = Timestamp::never();
  for (const Layer& layer : layers_) next = std::min(next, layer.keyframes.next_deadline());
  return next;
}

}  // namespace parley::sfu
