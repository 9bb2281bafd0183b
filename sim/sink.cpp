#include "sink.hpp"

#include <algorithm>

namespace parley::sim {

void Sink::receive(const rtp::PacketView& packet, bool repaired, Timestamp now) {
  if (repaired) {
    nack_.receive_repair(packet.sequence_number, now);
    ++stats_.repaired;
  } else {
    nack_.receive(packet.sequence_number, now);
    ++stats_.packets;
  }
  const int64_t number = unwrapper_.unwrap(packet.sequence_number);
  if (!next_) next_ = number;
  if (number < *next_ || waiting_.contains(number)) {
    if (!repaired) ++stats_.duplicates;
    return;
  }
  Waiting waiting{.timestamp = packet.timestamp, .marker = packet.marker, .empty = packet.payload.empty()};
  if (!waiting.empty) {
    const std::optional<Stamp> stamp = find_stamp(packet.payload);
    if (!stamp) {
      ++stats_.malformed;
      return;
    }
    waiting.stamp = *stamp;
    waiting.picture_id = rtp::read_video_facts(codec_, packet.payload, packet.marker).picture_id;
  }
  waiting_.emplace(number, waiting);
  on_tick(now);
}

void Sink::on_tick(Timestamp now) {
  while (!waiting_.empty()) {
    const auto first = waiting_.begin();
    if (first->first != *next_) {
      if (stuck_since_.is_never()) stuck_since_ = now;
      if (now - stuck_since_ < kPatience) return;
      stats_.skipped += static_cast<uint64_t>(first->first - *next_);
      next_ = first->first;
      lose_frame();
    }
    stuck_since_ = Timestamp::never();
    deliver(first->second, now);
    waiting_.erase(first);
    ++*next_;
  }
}

void Sink::lose_frame() {
  if (frame_) ++stats_.broken;
  frame_.reset();
  frame_intact_ = false;
  decoded_.clear();
}

void Sink::deliver(const Waiting& packet, Timestamp now) {
  if (packet.empty) return;
  const Stamp& stamp = packet.stamp;
  if (stamp.index == 0) {
    frame_ = stamp;
    frame_intact_ = true;
  } else {
    const bool continues = frame_ && frame_->frame == stamp.frame && frame_->layer == stamp.layer &&
                           frame_->source == stamp.source && frame_->index + 1 == stamp.index;
    frame_intact_ = frame_intact_ && continues;
    frame_ = stamp;
  }
  if (stamp.index + 1 < stamp.count) return;
  if (codec_ != rtp::Codec::Opus && !packet.marker) frame_intact_ = false;
  finish_frame(packet, now);
  frame_.reset();
}

void Sink::finish_frame(const Waiting& packet, Timestamp now) {
  const Stamp& stamp = packet.stamp;
  if (!frame_intact_) {
    ++stats_.broken;
    return;
  }
  ++stats_.frames;
  if (stats_.last && (stats_.last->source != stamp.source || stats_.last->layer != stamp.layer)) decoded_.clear();
  if (!stamp.key && !decoded_.contains(stamp.depends)) {
    ++stats_.broken;
    if (!broken_) broken_since_ = now;
    broken_ = true;
    return;
  }
  if (stats_.last) {
    stats_.source_changes += stats_.last->source != stamp.source;
    stats_.layer_changes += stats_.last->source == stamp.source && stats_.last->layer != stamp.layer;
    stats_.longest_freeze = std::max(stats_.longest_freeze, now - stats_.last_decoded);
  }
  if (last_timestamp_) {
    const auto step = static_cast<int32_t>(packet.timestamp - *last_timestamp_);
    stats_.timestamp_jumps += step <= 0;
  }
  if (codec_ == rtp::Codec::Vp8 && last_picture_id_) {
    stats_.picture_id_jumps += packet.picture_id != ((*last_picture_id_ + 1) & 0x7fff);
  }
  last_timestamp_ = packet.timestamp;
  last_picture_id_ = packet.picture_id;
  decoded_[stamp.frame] = true;
  broken_ = false;
  ++stats_.decoded;
  stats_.key_frames += stamp.key;
  stats_.last = stamp;
  stats_.first_decoded = std::min(stats_.first_decoded, now);
  stats_.last_decoded = now;
}

bool Sink::take_key_frame_wish(Timestamp now) {
  constexpr TimeDelta kBetween = TimeDelta::millis(300);
  if (codec_ == rtp::Codec::Opus || stats_.packets == 0 || !broken_) return false;
  if (now - broken_since_ < TimeDelta::millis(100) || now - wished_at_ < kBetween) return false;
  wished_at_ = now;
  ++stats_.plis;
  return true;
}

}  // namespace parley::sim
