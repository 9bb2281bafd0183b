#include "sfu/subscription.hpp"

#include <algorithm>
#include <cstring>

#include "base/check.hpp"
#include "base/prefetch.hpp"
#include "base/sequence.hpp"

namespace parley::sfu {
namespace {

// As deep as the cache that serves retransmissions.
uint16_t depth(rtp::MediaKind kind) {
  return kind == rtp::MediaKind::Audio ? PacketCache::kAudio.packets : PacketCache::kVideo.packets;
}

/// A receiver asks again after its own RTT, which may be shorter than ours: so much of ours is waited for.
constexpr double kRepeatAfter = 0.75;
/// While the RTT is not known.
constexpr TimeDelta kAssumedRtt = TimeDelta::millis(100);

uint16_t frame_number(Bytes descriptor) { return load_be16(descriptor.data() + 1); }
bool has_frame_number(Bytes descriptor) { return descriptor.size() >= 3; }

const PassedExtensions kNoExtensions;

}  // namespace

Subscription::Subscription(const Config& config)
    : config_(config),
      selector_(config.kind),
      numbers_(config.first_sequence, depth(config.kind)),
      timestamps_(config.first_timestamp, clock_rate()) {}

void Subscription::bind(const Track& track) {
  PARLEY_CHECK(track.kind() == config_.kind);
  unbind();
  bound_ = true;
  selector_.reset();
}

void Subscription::unbind() {
  bound_ = false;
  source_is_new_ = true;
  for (Run& each : runs_) each.live = false;
  selector_.reset();
}

void Subscription::set_target(const Track& track, LayerPoint target, Timestamp now) {
  if (bound_) selector_.set_target(track, target, now);
}

std::optional<ForwardedPacket> Subscription::forward(const Track& track, const MediaPacket& packet, Timestamp now) {
  if (!bound_) return std::nullopt;
  const Choice choice = selector_.choose(track, packet, now);
  if (choice.begins) begin_run(track, packet, now);
  if (choice.send) return send(packet, choice.marker, now);
  return leave_out(packet);
}

void Subscription::prefetch() const {
  parley::prefetch(this, sizeof config_ + sizeof bound_ + 64);  // and the head of the selector
  parley::prefetch(&numbers_, sizeof numbers_ + sizeof timestamps_ + 64);
  parley::prefetch(&runs_, this + 1);
}

void Subscription::begin_run(const Track& track, const MediaPacket& packet, Timestamp now) {
  const Run& last = run(run_id_);
  if (source_is_new_) {
    timestamps_.begin_source(packet.timestamp, now);
  } else if (last.layer == packet.layer) {
    timestamps_.resume(packet.timestamp, now);
  } else {
    timestamps_.begin_layer(packet.timestamp, track.clock(last.layer), track.clock(packet.layer), now);
    ++stats_.layer_switches;
  }
  source_is_new_ = false;
  const uint8_t id = ++run_id_;
  Run& next = run(id);
  next = {.id = id, .layer = packet.layer, .timestamp_offset = timestamps_.offset(), .live = true};
  const Bytes descriptor = packet.extensions.dependency_descriptor;
  if (has_frame_number(descriptor)) {
    next.frame_offset = static_cast<uint16_t>(newest_frame_ + 1 - frame_number(descriptor));
  }
  numbers_.begin(packet.sequence, id);
  if (packet.codec == rtp::Codec::Vp8) vp8_.begin(packet.video);
  left_out_timestamp_.reset();
}

std::optional<ForwardedPacket> Subscription::send(const MediaPacket& packet, bool marker, Timestamp now) {
  Vp8Rewriter::Ids ids;
  if (packet.codec == rtp::Codec::Vp8) {
    const std::optional<Vp8Rewriter::Ids> given = vp8_.take(packet.video);
    if (!given) return leave_out(packet);
    ids = *given;
  }
  if (!numbers_.late(packet.sequence)) left_out_timestamp_.reset();
  SequenceRewriter::Entry* entry = numbers_.take(packet.sequence);
  if (!entry) {
    ++stats_.drops.late;
    return std::nullopt;
  }
  entry->marker = marker;
  entry->picture_id = ids.picture_id;
  entry->tl0_picture_index = ids.tl0_picture_index;
  timestamps_.rewrite(packet.timestamp, now);
  ++stats_.packets;
  stats_.payload_bytes += packet.payload.size();
  return assemble(packet, *entry);
}

std::optional<ForwardedPacket> Subscription::leave_out(const MediaPacket& packet) {
  ++stats_.drops.not_selected;
  if (packet.layer != selector_.stream() || source_is_new_) return std::nullopt;
  if (packet.codec == rtp::Codec::Vp8 && !packet.payload.empty()) vp8_.skip(packet.video);
  const bool together = left_out_timestamp_ == packet.timestamp;
  if (!numbers_.late(packet.sequence)) {
    // The frame of padding is not known.
    left_out_timestamp_ = packet.payload.empty() ? std::nullopt : std::optional(packet.timestamp);
  }
  const SequenceRewriter::Entry* entry = numbers_.skip(packet.sequence, together);
  if (!entry) return std::nullopt;
  ++stats_.packets;
  return assemble_empty(packet, *entry);
}

std::optional<ForwardedPacket> Subscription::retransmit(const Track& track, uint16_t sequence, TimeDelta rtt,
                                                        Timestamp now) {
  SequenceRewriter::Entry* entry = numbers_.find(sequence);
  if (!entry) {
    ++stats_.drops.nack_unknown;
    return std::nullopt;
  }
  if (repeated_lately(*entry, rtt, now)) {
    ++stats_.drops.nack_repeated;
    return std::nullopt;
  }
  std::optional<ForwardedPacket> repeated = repeat(track, *entry, now);
  if (!repeated) {
    ++stats_.drops.nack_gone;
    return std::nullopt;
  }
  entry->repeated_ms = std::max<uint32_t>(1, static_cast<uint32_t>(now.ms()));
  ++stats_.retransmitted;
  stats_.retransmitted_bytes += repeated->payload_size();
  return repeated;
}

bool Subscription::repeated_lately(const SequenceRewriter::Entry& entry, TimeDelta rtt, Timestamp now) const {
  if (entry.repeated_ms == 0) return false;
  const TimeDelta wait = rtt == TimeDelta::zero() ? kAssumedRtt : rtt;
  const auto since = static_cast<uint32_t>(now.ms()) - entry.repeated_ms;
  return since < static_cast<double>(wait.us()) * 1e-3 * kRepeatAfter;
}

std::optional<ForwardedPacket> Subscription::repeat(const Track& track, const SequenceRewriter::Entry& entry,
                                                    Timestamp now) {
  const Run& of = run(entry.run);
  if (of.id != entry.run || !of.live) return std::nullopt;
  const MediaPacket* packet = track.find(of.layer, entry.source);
  if (!packet) return std::nullopt;
  switch (entry.state) {
    case SequenceRewriter::State::Sent: return assemble(*packet, entry);
    case SequenceRewriter::State::Filled: return assemble_empty(*packet, entry);
    case SequenceRewriter::State::Reserved:
      // In the cache and never offered: it came before the run began, at a key frame's late first packet.
      if (entry.run != run_id_ || selector_.stream() != of.layer) return std::nullopt;
      return forward(track, *packet, now);
    case SequenceRewriter::State::Empty: break;
  }
  return std::nullopt;
}

ForwardedPacket Subscription::assemble(const MediaPacket& packet, const SequenceRewriter::Entry& entry) {
  const Run& of = run(entry.run);
  ForwardedPacket out;
  out.codec = packet.codec;
  out.marker = entry.marker;
  out.sequence_number = entry.number;
  out.timestamp = static_cast<uint32_t>(packet.timestamp + of.timestamp_offset);
  out.extensions = &packet.extensions;
  out.payload = packet.payload;
  const Bytes descriptor = packet.extensions.dependency_descriptor;
  if (has_frame_number(descriptor) && descriptor.size() <= ForwardedPacket::kMaxDescriptor) {
    write_descriptor(descriptor, of, out);
  }
  if (packet.codec == rtp::Codec::Vp8) write_vp8_prefix(packet, entry, out);
  return out;
}

// Mandatory fields (appendix A.8.3): a byte of flags and template, then the frame number. References are relative to
// it.
void Subscription::write_descriptor(Bytes descriptor, const Run& of, ForwardedPacket& out) {
  const auto number = static_cast<uint16_t>(frame_number(descriptor) + of.frame_offset);
  std::memcpy(out.descriptor.data(), descriptor.data(), descriptor.size());
  store_be16(out.descriptor.data() + 1, number);
  out.descriptor_size = static_cast<uint8_t>(descriptor.size());
  if (is_newer(number, newest_frame_)) newest_frame_ = number;
}

void Subscription::write_vp8_prefix(const MediaPacket& packet, const SequenceRewriter::Entry& entry,
                                    ForwardedPacket& out) {
  const size_t size = packet.video.descriptor_size;
  if (size == 0 || size > ForwardedPacket::kMaxPrefix || size > packet.payload.size()) return;
  std::memcpy(out.prefix.data(), packet.payload.data(), size);
  rtp::rewrite_vp8_descriptor({out.prefix.data(), size}, entry.picture_id, entry.tl0_picture_index);
  out.prefix_size = static_cast<uint8_t>(size);
  out.payload = packet.payload.subspan(size);
}

ForwardedPacket Subscription::assemble_empty(const MediaPacket& packet, const SequenceRewriter::Entry& entry) {
  ForwardedPacket out;
  out.codec = packet.codec;
  out.sequence_number = entry.number;
  out.timestamp = static_cast<uint32_t>(packet.timestamp + run(entry.run).timestamp_offset);
  out.extensions = &kNoExtensions;
  return out;
}

std::optional<Subscription::SenderReport> Subscription::sender_report(const Track& track, Timestamp now) const {
  if (selector_.stream() < 0 || source_is_new_) return std::nullopt;
  const std::optional<LayerClock> clock = track.clock(static_cast<uint8_t>(selector_.stream()));
  if (!clock) return std::nullopt;
  SenderReport report;
  report.captured = now;
  report.rtp_timestamp = clock->rtp_time(now, clock_rate()) + static_cast<uint32_t>(timestamps_.offset());
  report.packet_count = static_cast<uint32_t>(stats_.packets);
  report.octet_count = static_cast<uint32_t>(stats_.payload_bytes);
  return report;
}

}  // namespace parley::sfu
