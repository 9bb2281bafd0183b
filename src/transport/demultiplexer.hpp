#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rtp/packet.hpp"
#include "transport/description.hpp"

namespace parley::transport {

/// Finds the m-section and layer that an incoming RTP packet belongs to (RFC 8843 section 9.2): by an SSRC that is
/// known already, taught by the mid and rid extensions or by a=ssrc lines, else by a payload type that only one section
/// has. Each place (line, layer, media or repair) holds one SSRC, the latest, which bounds the table.
class Demultiplexer {
 public:
  struct Target {
    uint8_t line = 0;
    uint8_t layer = 0;
    bool repair = false;  ///< an RTX stream of the layer (RFC 4588)
    friend bool operator==(const Target&, const Target&) = default;
  };

  /// Call again after each change of the lines. What was learned is kept for lines that still receive.
  void configure(const std::vector<Line>& lines);
  std::optional<Target> find(const rtp::PacketView& packet);
  /// For RTCP, which names streams by SSRC alone.
  std::optional<Target> find(Ssrc ssrc) const;
  std::optional<Ssrc> ssrc(const Target& target) const;

 private:
  struct Entry {
    Ssrc ssrc;
    Target target;
  };
  struct Section {  // what is needed of a Receive line
    uint8_t line;
    std::string mid;
    std::vector<std::string> rids;
  };
  struct PayloadUse {
    int16_t line = kUnused;
    bool repair = false;
  };
  static constexpr int16_t kUnused = -1;
  static constexpr int16_t kShared = -2;  // by several sections: says nothing about the section

  const Section* section_with_mid(std::string_view mid) const;
  const Section* section_of_line(uint8_t line) const;
  std::optional<Target> derive(const rtp::PacketView& packet, const Section& section) const;
  bool is_repair(uint8_t line, PayloadType payload_type) const;
  void learn(Ssrc ssrc, const Target& target);

  std::vector<Section> sections_;
  std::array<PayloadUse, 128> payload_types_{};
  std::vector<std::array<bool, 128>> repair_types_;  // by index in sections_
  std::vector<Entry> entries_;
};

}  // namespace parley::transport
