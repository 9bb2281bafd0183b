#include "transport/demultiplexer.hpp"

#include <algorithm>

namespace parley::transport {

void Demultiplexer::configure(const std::vector<Line>& lines) {
  // A line's index may be taken by a new m-section (RFC 8829 section 5.2.2), which is a new life.
  std::erase_if(entries_, [&](const Entry& entry) {
    const uint8_t line = entry.target.line;
    return line >= lines.size() || lines[line].direction != Direction::Receive ||
           section_of_line(line)->mid != lines[line].mid.value();
  });
  sections_.clear();
  repair_types_.clear();
  payload_types_.fill({});
  for (size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    if (line.direction != Direction::Receive) continue;
    const auto index = static_cast<uint8_t>(i);
    sections_.push_back({index, line.mid.value(), line.rids});
    auto& repairs = repair_types_.emplace_back();
    const auto use = [&](PayloadType type, bool repair) {
      PayloadUse& known = payload_types_[type.value() & 0x7f];
      known = {known.line == kUnused || known.line == index ? static_cast<int16_t>(index) : kShared, repair};
      repairs[type.value() & 0x7f] = repair;
    };
    for (const CodecBinding& binding : line.codecs) {
      use(binding.payload_type, false);
      if (binding.rtx_payload_type) use(*binding.rtx_payload_type, true);
    }
  }
  for (const Section& section : sections_) {
    const auto& offered = lines[section.line].announced_ssrcs;
    if (!offered || !section.rids.empty()) continue;
    learn(offered->media, {section.line, 0, false});
    if (offered->rtx) learn(*offered->rtx, {section.line, 0, true});
  }
}

std::optional<Demultiplexer::Target> Demultiplexer::find(const rtp::PacketView& packet) {
  const Section* section = nullptr;
  if (!packet.mid.empty()) {
    section = section_with_mid(packet.mid);
    if (section == nullptr) return std::nullopt;
  }
  const std::optional<Target> known = find(packet.ssrc);
  const bool names_layer = !packet.rid.empty() || !packet.repaired_rid.empty();
  if (known && (section == nullptr || section->line == known->line) && !names_layer) return known;
  if (section == nullptr && known) section = section_of_line(known->line);
  if (section == nullptr) {
    const int16_t line = payload_types_[packet.payload_type.value() & 0x7f].line;
    if (line >= 0) section = section_of_line(static_cast<uint8_t>(line));
  }
  if (section == nullptr) return std::nullopt;
  const std::optional<Target> target = derive(packet, *section);
  if (target && target != known) learn(packet.ssrc, *target);
  return target;
}

std::optional<Demultiplexer::Target> Demultiplexer::derive(const rtp::PacketView& packet,
                                                           const Section& section) const {
  const bool repair = is_repair(section.line, packet.payload_type);
  if (section.rids.empty()) return Target{section.line, 0, repair};
  // RFC 8852 section 3: a repair stream names the stream that it repairs with the other extension.
  const std::string_view rid = repair && packet.rid.empty() ? packet.repaired_rid : packet.rid;
  const auto found = std::find(section.rids.begin(), section.rids.end(), rid);
  if (found == section.rids.end()) return std::nullopt;
  return Target{section.line, static_cast<uint8_t>(found - section.rids.begin()), repair};
}

bool Demultiplexer::is_repair(uint8_t line, PayloadType payload_type) const {
  for (size_t i = 0; i < sections_.size(); ++i) {
    if (sections_[i].line == line) return repair_types_[i][payload_type.value() & 0x7f];
  }
  return false;
}

void Demultiplexer::learn(Ssrc ssrc, const Target& target) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.ssrc == ssrc || entry.target == target; });
  entries_.push_back({ssrc, target});
}

std::optional<Demultiplexer::Target> Demultiplexer::find(Ssrc ssrc) const {
  for (const Entry& entry : entries_) {
    if (entry.ssrc == ssrc) return entry.target;
  }
  return std::nullopt;
}

std::optional<Ssrc> Demultiplexer::ssrc(const Target& target) const {
  for (const Entry& entry : entries_) {
    if (entry.target == target) return entry.ssrc;
  }
  return std::nullopt;
}

const Demultiplexer::Section* Demultiplexer::section_with_mid(std::string_view mid) const {
  const auto found = std::find_if(sections_.begin(), sections_.end(), [&](const Section& s) { return s.mid == mid; });
  return found == sections_.end() ? nullptr : &*found;
}

const Demultiplexer::Section* Demultiplexer::section_of_line(uint8_t line) const {
  const auto found = std::find_if(sections_.begin(), sections_.end(), [&](const Section& s) { return s.line == line; });
  return found == sections_.end() ? nullptr : &*found;
}

}  // namespace parley::transport
