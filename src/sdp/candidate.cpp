#include "sdp/candidate.hpp"

#include "sdp/scanner.hpp"

namespace parley::sdp {
namespace {

std::unexpected<std::string> wrong(std::string_view field, std::string_view text) {
  return std::unexpected('"' + std::string(text) + "\" is not " + std::string(field));
}

}  // namespace

Parsed<Candidate> parse_candidate(std::string_view text) {
  constexpr uint64_t kMaxComponent = 256;  // RFC 8839 section 5.1: 1 to 256
  Scanner line(text);
  Candidate value{.foundation = std::string(line.word())};
  const std::string_view component = line.word();
  value.transport = line.word();
  for (char& c : value.transport) c = lower(c);
  const std::string_view priority = line.word();
  value.address = line.word();
  const std::string_view port = line.word();
  const auto component_number = parse_number(component, kMaxComponent);
  const auto priority_number = parse_number(priority, UINT32_MAX);
  const auto port_number = parse_number(port, UINT16_MAX);
  if (!component_number || *component_number == 0) return wrong("a component id", component);
  if (!priority_number) return wrong("a priority", priority);
  if (value.address.empty() || !port_number) return wrong("a port", port);
  value.component = static_cast<uint16_t>(*component_number);
  value.priority = static_cast<uint32_t>(*priority_number);
  value.port = static_cast<uint16_t>(*port_number);
  while (!line.done()) {
    const std::string_view name = line.word();
    const std::string_view parameter = line.word();
    if (name == "typ") value.type = parameter;
    if (name == "tcptype") value.tcp_type = parameter;
  }
  if (value.type.empty()) return std::unexpected("a candidate without type");
  return value;
}

void append(std::string& out, const Candidate& value) {
  out += value.foundation + ' ' + std::to_string(value.component) + ' ' + value.transport + ' ' +
         std::to_string(value.priority) + ' ' + value.address + ' ' + std::to_string(value.port) + " typ " + value.type;
  if (!value.tcp_type.empty()) out += " tcptype " + value.tcp_type;
}

}  // namespace parley::sdp
