#include "transport/negotiation/simulcast.hpp"

#include <algorithm>
#include <optional>

#include "sdp/scanner.hpp"

namespace parley::transport::negotiation {
namespace {

bool has_payload_type(const std::vector<CodecBinding>& codecs, std::string_view text) {
  const auto number = sdp::parse_number(text, 127);
  return number &&
         std::ranges::any_of(codecs, [&](const CodecBinding& codec) { return codec.payload_type.value() == *number; });
}

/// The restrictions with only those payload types that were agreed on; nothing if none is left (RFC 8851 section 6.3).
std::optional<std::string> narrowed(std::string_view restrictions, const std::vector<CodecBinding>& codecs) {
  std::string result;
  for (const auto& [name, value] : sdp::split_parameters(restrictions)) {
    std::string kept(value);
    if (name == "pt") {
      kept.clear();
      for (sdp::Scanner types(value); !types.done();) {
        const std::string_view type = types.until(',');
        if (has_payload_type(codecs, type)) kept.append(kept.empty() ? "" : ",").append(type);
      }
      if (kept.empty()) return std::nullopt;
    }
    if (!result.empty()) result += ';';
    result.append(name);
    if (!kept.empty()) result.append("=").append(kept);
  }
  return result;
}

}  // namespace

std::vector<std::string> agree_on_simulcast(const sdp::MediaSection& offered, const std::vector<CodecBinding>& codecs,
                                            sdp::MediaSection& answer) {
  std::vector<std::string> rids;
  if (!offered.simulcast) return rids;
  sdp::Simulcast simulcast;
  std::vector<std::string_view> seen;  // each rid is looked at once
  for (const auto& alternatives : offered.simulcast->send) {
    const std::string& rid = alternatives.front().rid;
    if (rids.size() == kMaxSimulcastLayers) break;
    if (rid.size() > kMaxRidSize || std::ranges::find(seen, rid) != seen.end()) continue;
    seen.push_back(rid);
    const auto line = std::ranges::find(offered.rids, rid, &sdp::Rid::id);
    if (line == offered.rids.end() || line->direction != sdp::Rid::Direction::Send) continue;
    auto restrictions = narrowed(line->restrictions, codecs);
    if (!restrictions) continue;
    rids.push_back(rid);
    answer.rids.push_back({rid, sdp::Rid::Direction::Recv, *std::move(restrictions)});
    simulcast.recv.push_back({{rid, false}});
  }
  if (!rids.empty()) answer.simulcast = std::move(simulcast);
  return rids;
}

}  // namespace parley::transport::negotiation
