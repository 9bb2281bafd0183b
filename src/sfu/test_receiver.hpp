#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/sequence.hpp"
#include "rtp/payload/video_facts.hpp"
#include "sfu/forwarded_packet.hpp"
#include "sfu/test_stream.hpp"

namespace parley::sfu::test {

/// What arrived at a receiver, in a form that can be kept and compared.
struct Received {
  rtp::Codec codec = rtp::Codec::Opus;
  bool marker = false;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  std::vector<uint8_t> descriptor;
  std::vector<uint8_t> payload;
  friend bool operator==(const Received&, const Received&) = default;
};

inline Received keep(const ForwardedPacket& packet) {
  Received out{packet.codec, packet.marker, packet.sequence_number, packet.timestamp, {}, {}};
  const Bytes descriptor = packet.dependency_descriptor();
  out.descriptor.assign(descriptor.begin(), descriptor.end());
  const Bytes prefix = packet.payload_prefix();
  out.payload.assign(prefix.begin(), prefix.end());
  out.payload.insert(out.payload.end(), packet.payload.begin(), packet.payload.end());
  return out;
}

/// A receiver that puts packets in order and judges the whole stream as a decoder would.
class Receiver {
 public:
  void on_packet(const ForwardedPacket& packet) {
    const Received kept = keep(packet);
    const int64_t number = numbers_.unwrap(kept.sequence);
    const bool fresh = packets_.emplace(number, kept).second;
    EXPECT_TRUE(fresh) << "number " << kept.sequence << " was sent twice";
  }
  bool has(uint16_t sequence) const { return packets_.contains(numbers_.peek(sequence)); }
  size_t size() const { return packets_.size(); }
  const std::map<int64_t, Received>& packets() const { return packets_; }
  /// Numbers between the first and the last that did not come.
  std::vector<uint16_t> missing() const {
    std::vector<uint16_t> out;
    if (packets_.empty()) return out;
    for (int64_t i = packets_.begin()->first; i < packets_.rbegin()->first; ++i) {
      if (!packets_.contains(i)) out.push_back(static_cast<uint16_t>(i));
    }
    return out;
  }

  struct Verdict {
    int frames = 0;  ///< complete, with all references
    int broken = 0;  ///< complete, but a reference is missing
    int incomplete = 0;
    int stream_changes = 0;
    int changes_without_key = 0;
    int timestamp_errors = 0;  ///< of a later frame, not later
    int picture_id_gaps = 0;   ///< VP8
    int marker_errors = 0;     ///< a picture whose last packet has no marker, or another one has
    std::map<int, int> frames_of_stream;
    std::vector<Tag> order;  ///< of complete frames
  };
  Verdict judge() const {
    Verdict verdict;
    std::map<uint32_t, int> counts;
    std::vector<const Received*> media;
    for (const auto& [number, packet] : packets_) {
      if (!packet.payload.empty()) media.push_back(&packet);
    }
    for (const Received* packet : media) ++counts[read_tag(packet->payload).frame];
    std::set<uint32_t> decoded;
    for (size_t i = 0; i < media.size(); ++i) {
      const Tag tag = read_tag(media[i]->payload);
      check_step(i == 0 ? nullptr : media[i - 1], *media[i], verdict);
      if (tag.index != 0) continue;
      if (counts[tag.frame] != tag.count) {
        ++verdict.incomplete;
        continue;
      }
      judge_frame(tag, decoded, verdict);
    }
    return verdict;
  }

 private:
  static void judge_frame(const Tag& tag, std::set<uint32_t>& decoded, Verdict& verdict) {
    bool whole = true;
    for (int i = 0; i < tag.reference_count; ++i) whole = whole && decoded.contains(tag.references[i]);
    if (!whole) {
      ++verdict.broken;
      return;
    }
    decoded.insert(tag.frame);
    ++verdict.frames;
    ++verdict.frames_of_stream[tag.stream];
    verdict.order.push_back(tag);
  }
  static void check_step(const Received* before, const Received& packet, Verdict& verdict) {
    if (!before) return;
    const Tag from = read_tag(before->payload);
    const Tag to = read_tag(packet.payload);
    const bool new_picture = before->timestamp != packet.timestamp;
    if (new_picture && !is_newer(packet.timestamp, before->timestamp)) ++verdict.timestamp_errors;
    if (new_picture != before->marker) ++verdict.marker_errors;
    const bool simulcast = from.frame >> 24 != to.frame >> 24;
    if (simulcast) {
      ++verdict.stream_changes;
      if (!to.key || to.index != 0) ++verdict.changes_without_key;
    }
    if (packet.codec != rtp::Codec::Vp8 || from.frame == to.frame) return;
    const auto id = [](const Received& of) { return rtp::read_video_facts(of.codec, of.payload, false).picture_id; };
    if (((id(packet) - id(*before)) & 0x7fff) != 1) ++verdict.picture_id_gaps;
  }

  std::map<int64_t, Received> packets_;
  Unwrapper<uint16_t> numbers_;
};

}  // namespace parley::sfu::test
