#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "rtp/codec.hpp"
#include "rtp/packet.hpp"
#include "rtp/payload/dependency_descriptor.hpp"

/// Synthetic publishers for tests. Each packet carries a tag that says which frame it belongs to and which frames that
/// one needs, so that a model receiver can judge whether what it was sent can be decoded.
namespace parley::sfu::test {

struct Tag {
  uint8_t stream = 0;
  uint32_t frame = 0;  ///< unique over all streams
  uint8_t index = 0;   ///< of the packet in its frame
  uint8_t count = 1;
  bool key = false;
  uint8_t reference_count = 0;
  uint32_t references[4] = {};

  void add_reference(uint32_t to) { references[reference_count++] = to; }
};

inline void append_tag(std::vector<uint8_t>& payload, const Tag& tag) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&tag);
  payload.insert(payload.end(), bytes, bytes + sizeof(Tag));
}
/// The tag is always the end of a payload.
inline Tag read_tag(Bytes payload) {
  Tag tag;
  std::memcpy(&tag, payload.data() + payload.size() - sizeof(Tag), sizeof(Tag));
  return tag;
}

struct TestPacket {
  uint8_t layer = 0;
  rtp::Codec codec = rtp::Codec::Vp8;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  bool marker = false;
  std::optional<rtp::AudioLevel> audio_level;
  std::vector<uint8_t> descriptor;
  std::vector<uint8_t> payload;

  /// Points into this packet.
  rtp::PacketView view() const {
    rtp::PacketView view;
    view.marker = marker;
    view.sequence_number = sequence;
    view.timestamp = timestamp;
    view.audio_level = audio_level;
    view.dependency_descriptor = descriptor;
    view.payload = payload;
    return view;
  }
};

/// RFC 7741: descriptor with 15-bit picture id, TL0PICIDX and temporal id, then the start of a frame.
struct Vp8Fields {
  bool start = true;
  bool key = false;
  uint16_t picture_id = 0;
  uint8_t tl0 = 0;
  uint8_t temporal = 0;
  bool sync = false;
  uint16_t width = 320;
  uint16_t height = 180;
};
inline std::vector<uint8_t> vp8_payload(const Vp8Fields& f) {
  std::vector<uint8_t> out = {static_cast<uint8_t>(0x80 | (f.start ? 0x10 : 0)),
                              0xe0,
                              static_cast<uint8_t>(0x80 | f.picture_id >> 8),
                              static_cast<uint8_t>(f.picture_id),
                              f.tl0,
                              static_cast<uint8_t>(f.temporal << 6 | (f.sync ? 0x20 : 0))};
  if (f.start && f.key) {
    const auto low = [](uint16_t v) { return static_cast<uint8_t>(v); };
    const auto high = [](uint16_t v) { return static_cast<uint8_t>(v >> 8); };
    out.insert(out.end(), {0x10, 0, 0, 0x9d, 0x01, 0x2a, low(f.width), high(f.width), low(f.height), high(f.height)});
  } else {
    out.insert(out.end(), {0x11, 0, 0});
  }
  return out;
}

/// RFC 9628, non-flexible mode with layer indices.
struct Vp9Fields {
  bool start = true;
  bool end = true;
  bool inter_picture = true;
  bool inter_layer = false;
  bool up_switch = false;
  uint8_t spatial = 0;
  uint8_t temporal = 0;
  uint16_t picture_id = 0;
  uint8_t tl0 = 0;
};
inline std::vector<uint8_t> vp9_payload(const Vp9Fields& f) {
  return {static_cast<uint8_t>(0xa0 | (f.inter_picture ? 0x40 : 0) | (f.start ? 0x08 : 0) | (f.end ? 0x04 : 0)),
          static_cast<uint8_t>(0x80 | f.picture_id >> 8),
          static_cast<uint8_t>(f.picture_id),
          static_cast<uint8_t>(f.temporal << 5 | (f.up_switch ? 0x10 : 0) | f.spatial << 1 | (f.inter_layer ? 1 : 0)),
          f.tl0,
          0x86,
          0x00};
}

/// One stream of VP8 with three temporal layers (pattern 0 2 1 2), as libvpx makes them: T1 and the first T2 need T0
/// alone, the second T2 needs T1.
class Vp8Stream {
 public:
  struct Config {
    uint8_t layer = 0;
    uint16_t first_sequence = 0;
    uint32_t first_timestamp = 0;
    uint16_t first_picture = 0;
    uint8_t first_tl0 = 0;
    int packets_per_frame = 2;
    size_t padding = 0;  ///< bytes more in each packet
    uint16_t width = 320;
    uint16_t height = 180;
  };
  explicit Vp8Stream(const Config& config)
      : config_(config),
        sequence_(config.first_sequence),
        picture_(config.first_picture),
        tl0_(config.first_tl0),
        frame_(uint32_t{config.layer} << 24 | uint32_t{config.first_picture} << 8) {}

  void request_keyframe() { keyframe_ = true; }
  uint16_t next_sequence() const { return sequence_; }

  /// The packets of the frame captured at `elapsed` after the stream's first timestamp.
  std::vector<TestPacket> frame(TimeDelta elapsed) {
    static constexpr uint8_t kPattern[4] = {0, 2, 1, 2};
    if (keyframe_) position_ = 0;
    const uint8_t temporal = kPattern[position_];
    Tag tag{.stream = config_.layer,
            .frame = ++frame_,
            .count = static_cast<uint8_t>(config_.packets_per_frame),
            .key = keyframe_};
    if (!keyframe_) tag.add_reference(last_[0]);
    if (position_ == 3) tag.add_reference(last_[1]);
    last_[temporal] = tag.frame;
    if (temporal == 0) ++tl0_;
    Vp8Fields fields{.key = keyframe_,
                     .picture_id = static_cast<uint16_t>(picture_++ & 0x7fff),
                     .tl0 = tl0_,
                     .temporal = temporal,
                     .sync = temporal == 1 || position_ == 1,
                     .width = config_.width,
                     .height = config_.height};
    position_ = (position_ + 1) % 4;
    keyframe_ = false;
    return packets(fields, tag, elapsed);
  }

 private:
  std::vector<TestPacket> packets(Vp8Fields fields, Tag tag, TimeDelta elapsed) {
    std::vector<TestPacket> out;
    for (int i = 0; i < config_.packets_per_frame; ++i) {
      TestPacket packet{.layer = config_.layer, .codec = rtp::Codec::Vp8};
      packet.sequence = sequence_++;
      packet.timestamp = config_.first_timestamp + static_cast<uint32_t>(elapsed.us() * 9 / 100);
      packet.marker = i + 1 == config_.packets_per_frame;
      fields.start = i == 0;
      tag.index = static_cast<uint8_t>(i);
      packet.payload = vp8_payload(fields);
      packet.payload.resize(packet.payload.size() + config_.padding, static_cast<uint8_t>(tag.frame));
      append_tag(packet.payload, tag);
      out.push_back(std::move(packet));
    }
    return out;
  }

  Config config_;
  uint16_t sequence_;
  uint16_t picture_;
  uint8_t tl0_;
  uint32_t frame_;
  uint32_t last_[3] = {};
  int position_ = 0;
  bool keyframe_ = true;
};

/// 20 ms of Opus a packet.
class OpusStream {
 public:
  OpusStream(uint16_t first_sequence, uint32_t first_timestamp)
      : sequence_(first_sequence), timestamp_(first_timestamp) {}

  TestPacket packet() {
    TestPacket packet{.codec = rtp::Codec::Opus, .sequence = sequence_++, .timestamp = timestamp_};
    packet.audio_level = rtp::AudioLevel{true, 30};
    packet.payload.assign(60, static_cast<uint8_t>(sequence_));
    timestamp_ += 960;
    return packet;
  }
  /// Nothing was said: time passes, numbers do not.
  void rest(int packets) { timestamp_ += 960u * static_cast<uint32_t>(packets); }

 private:
  uint16_t sequence_;
  uint32_t timestamp_;
};

}  // namespace parley::sfu::test
