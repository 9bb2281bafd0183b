#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sfu/test_stream.hpp"

/// Scalable streams with dependency descriptors, written bit by bit after the syntax of appendix A.8.
namespace parley::sfu::test {

class BitWriter {
 public:
  void bits(uint32_t value, int count) {
    for (int i = count - 1; i >= 0; --i) {
      if (used_ % 8 == 0) bytes_.push_back(0);
      bytes_.back() = static_cast<uint8_t>(bytes_.back() | (value >> i & 1) << (7 - used_ % 8));
      ++used_;
    }
  }
  std::vector<uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
  int used_ = 0;
};

struct Template {
  uint8_t spatial;
  uint8_t temporal;
  std::string_view indications;  ///< a character a decode target: - D S R
  std::vector<int> diffs;
};
/// A frame of the repeating pattern: which template it has on a key picture (if it is part of one) and else.
struct Frame {
  int key_template;  ///< -1: never in a key picture
  int delta_template;
  bool ends_picture;
};
struct Structure {
  std::vector<Template> templates;
  std::vector<Frame> pattern;
};

// Decode targets: S0T0 S0T1 S1T0 S1T1; the upper spatial layer needs the lower one at key pictures only.
inline const Structure kL2T2Key{{{0, 0, "SS--", {4}},
                                 {0, 0, "SSSS", {}},
                                 {0, 1, "-D--", {2}},
                                 {1, 0, "--SS", {4}},
                                 {1, 0, "--SS", {1}},
                                 {1, 1, "---D", {2}}},
                                {{1, 0, false}, {4, 3, true}, {-1, 2, false}, {-1, 5, true}}};
// Decode targets S0 S1 S2; every picture is predicted between layers.
inline const Structure kL3T1{{{0, 0, "SRR", {3}},
                              {0, 0, "SSS", {}},
                              {1, 0, "-SR", {3, 1}},
                              {1, 0, "-SR", {1}},
                              {2, 0, "--S", {3, 1}},
                              {2, 0, "--S", {1}}},
                             {{1, 0, false}, {3, 2, false}, {5, 4, true}}};
// Decode targets T0 T1 T2.
inline const Structure kL1T3{{{0, 0, "SSS", {}}, {0, 0, "SSS", {4}}, {0, 1, "-DS", {2}}, {0, 2, "--D", {1}}},
                             {{0, 1, true}, {-1, 3, true}, {-1, 2, true}, {-1, 3, true}}};

inline void write_structure(BitWriter& out, const Structure& structure) {
  const auto& templates = structure.templates;
  const size_t targets = templates[0].indications.size();
  out.bits(0, 6);  // template id offset
  out.bits(static_cast<uint32_t>(targets - 1), 5);
  for (size_t i = 1; i < templates.size(); ++i) {
    const bool spatial = templates[i].spatial != templates[i - 1].spatial;
    const bool temporal = templates[i].temporal != templates[i - 1].temporal;
    out.bits(spatial ? 2 : temporal ? 1 : 0, 2);
  }
  out.bits(3, 2);
  for (const Template& each : templates) {
    for (const char c : each.indications) out.bits(static_cast<uint32_t>(std::string_view("-DSR").find(c)), 2);
  }
  for (const Template& each : templates) {
    for (const int diff : each.diffs) out.bits(1u << 4 | static_cast<uint32_t>(diff - 1), 5);
    out.bits(0, 1);
  }
  int width = 0;  // chains: 0, as ns(targets + 1)
  while ((targets + 1) >> width) ++width;
  out.bits(0, width - 1);
  out.bits(0, 1);  // no resolutions
}

/// One stream with several layers inside, two packets a frame.
class SvcStream {
 public:
  struct Config {
    const Structure* structure = nullptr;
    rtp::Codec codec = rtp::Codec::Av1;
    uint8_t layer = 0;
    uint16_t first_sequence = 0;
    uint32_t first_timestamp = 0;
    uint16_t first_frame = 0;
  };
  explicit SvcStream(const Config& config)
      : config_(config), sequence_(config.first_sequence), frame_(config.first_frame) {}

  void request_keyframe() { key_wanted_ = true; }
  /// Says in every descriptor of the next pictures which decode targets are still produced.
  void set_active_targets(std::optional<uint32_t> mask) { active_ = mask; }

  /// All packets of the next picture, its spatial layers included.
  std::vector<TestPacket> picture(TimeDelta elapsed) {
    std::vector<TestPacket> out;
    if (key_wanted_) position_ = 0;
    const bool key = key_wanted_;
    key_wanted_ = false;
    while (true) {
      const Frame& frame = config_.structure->pattern[position_];
      position_ = (position_ + 1) % config_.structure->pattern.size();
      append(out, key ? frame.key_template : frame.delta_template, key, elapsed, frame.ends_picture);
      if (frame.ends_picture) break;
    }
    return out;
  }

 private:
  void append(std::vector<TestPacket>& out, int index, bool key, TimeDelta elapsed, bool ends_picture) {
    const Template& form = config_.structure->templates[static_cast<size_t>(index)];
    Tag tag{.stream = form.spatial, .frame = frame_id(0), .count = 2, .key = key && form.diffs.empty()};
    for (const int diff : form.diffs) tag.add_reference(frame_id(diff));
    for (uint8_t i = 0; i < 2; ++i) {
      TestPacket packet{.layer = config_.layer, .codec = config_.codec};
      packet.sequence = sequence_++;
      packet.timestamp = config_.first_timestamp + static_cast<uint32_t>(elapsed.us() * 9 / 100);
      packet.marker = ends_picture && i == 1;
      packet.descriptor = descriptor(index, i == 0, i == 1, i == 0 && tag.key);
      tag.index = i;
      packet.payload.assign(20, 0);
      append_tag(packet.payload, tag);
      out.push_back(std::move(packet));
    }
    ++frame_;
  }
  uint32_t frame_id(int back) const {
    return uint32_t{config_.layer} << 24 | static_cast<uint32_t>(frame_ + 1000 - back);
  }
  std::vector<uint8_t> descriptor(int index, bool starts, bool ends, bool structure) const {
    BitWriter out;
    out.bits(starts, 1);
    out.bits(ends, 1);
    out.bits(static_cast<uint32_t>(index), 6);
    out.bits(static_cast<uint16_t>(frame_), 16);
    if (!structure && !active_) return out.take();
    out.bits(structure, 1);
    out.bits(active_.has_value(), 1);
    out.bits(0, 3);
    if (structure) write_structure(out, *config_.structure);
    if (active_) out.bits(*active_, static_cast<int>(config_.structure->templates[0].indications.size()));
    return out.take();
  }

  Config config_;
  uint16_t sequence_;
  uint32_t frame_;
  size_t position_ = 0;
  bool key_wanted_ = true;
  std::optional<uint32_t> active_;
};

}  // namespace parley::sfu::test
