#include "sdp/attributes.hpp"

#include <algorithm>
#include <array>

#include "sdp/limits.hpp"
#include "sdp/scanner.hpp"

namespace parley::sdp {
namespace {

constexpr std::array<std::string_view, 4> kDirectionNames = {"sendrecv", "sendonly", "recvonly", "inactive"};
constexpr std::array<std::string_view, 4> kSetupNames = {"active", "passive", "actpass", "holdconn"};
constexpr uint64_t kMaxPayloadType = 127;
constexpr uint64_t kMaxExtensionId = 4351;  // RFC 8285 section 6: 4096-4351 stand for ids that the answerer chooses

std::unexpected<std::string> wrong(std::string message) { return std::unexpected(std::move(message)); }

std::optional<uint8_t> parse_payload_type(std::string_view text) {
  const auto number = parse_number(text, kMaxPayloadType);
  return number ? std::optional(static_cast<uint8_t>(*number)) : std::nullopt;
}

std::unexpected<std::string> wrong_payload_type(std::string_view text) {
  return wrong("\"" + std::string(text) + "\" is not a payload type (0 to 127)");
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// rid-id of RFC 8851 section 10, as its erratum has it: letters, digits, "-" and "_".
bool is_rid(std::string_view text) {
  constexpr size_t kMaxSize = 255;
  return !text.empty() && text.size() <= kMaxSize && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '_';
  });
}

Parsed<Simulcast::Streams> parse_simulcast_streams(std::string_view text) {
  Simulcast::Streams streams;
  size_t count = 0;
  for (Scanner list(text); !list.done();) {
    auto& alternatives = streams.emplace_back();
    for (Scanner stream(list.until(';')); !stream.done();) {
      std::string_view rid = stream.until(',');
      const bool paused = rid.starts_with('~');
      if (paused) rid.remove_prefix(1);
      if (!is_rid(rid)) return wrong("\"" + std::string(rid) + "\" is not a rid");
      if (++count > kMaxSimulcastRids) return wrong("too many rids");
      alternatives.push_back({std::string(rid), paused});
    }
    if (alternatives.empty()) return wrong("a simulcast stream without rid");
  }
  return streams;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

void append_streams(std::string& out, std::string_view direction, const Simulcast::Streams& streams) {
  if (streams.empty()) return;
  out += direction;
  char before = ' ';
  for (const auto& alternatives : streams) {
    for (const auto& alternative : alternatives) {
      out += before;
      if (alternative.paused) out += '~';
      out += alternative.rid;
      before = ',';
    }
    before = ';';
  }
}

}  // namespace

std::string_view name(Direction direction) { return kDirectionNames[static_cast<size_t>(direction)]; }
std::string_view name(Setup setup) { return kSetupNames[static_cast<size_t>(setup)]; }

std::optional<Direction> direction_from_name(std::string_view name) {
  const auto found = std::ranges::find(kDirectionNames, name);
  if (found == kDirectionNames.end()) return std::nullopt;
  return static_cast<Direction>(found - kDirectionNames.begin());
}

Direction reversed(Direction direction) {
  switch (direction) {
    case Direction::SendOnly: return Direction::RecvOnly;
    case Direction::RecvOnly: return Direction::SendOnly;
    case Direction::SendRecv:
    case Direction::Inactive: break;
  }
  return direction;
}

std::vector<FormatParameter> split_parameters(std::string_view parameters) {
  std::vector<FormatParameter> result;
  for (Scanner list(parameters); !list.done();) {
    const std::string_view item = list.until(';');
    Scanner pair(item);
    const std::string_view name = trimmed(pair.until('='));
    if (!name.empty()) result.push_back({name, trimmed(pair.rest())});
  }
  return result;
}

std::optional<std::string_view> find_parameter(std::string_view parameters, std::string_view name) {
  for (const FormatParameter& parameter : split_parameters(parameters)) {
    if (equal_ignoring_case(parameter.name, name)) return parameter.value;
  }
  return std::nullopt;
}

Parsed<Setup> parse_setup(std::string_view text) {
  const auto found = std::ranges::find(kSetupNames, text);
  if (found == kSetupNames.end()) return wrong("\"" + std::string(text) + "\" is not a setup role");
  return static_cast<Setup>(found - kSetupNames.begin());
}

Parsed<RtpMap> parse_rtp_map(std::string_view text) {
  Scanner line(text);
  const std::string_view type = line.word();
  const auto payload_type = parse_payload_type(type);
  if (!payload_type) return wrong_payload_type(type);
  Scanner format(line.word());
  RtpMap value{.payload_type = *payload_type, .encoding = std::string(format.until('/'))};
  const auto rate = parse_number(format.until('/'), UINT32_MAX);
  if (value.encoding.empty() || !rate) return wrong("expected <encoding>/<clock rate>");
  value.clock_rate = static_cast<uint32_t>(*rate);
  if (!format.done()) {
    const auto channels = parse_number(format.rest(), UINT8_MAX);
    if (!channels) return wrong("\"" + std::string(format.rest()) + "\" is not a number of channels");
    value.channels = static_cast<uint32_t>(*channels);
  }
  return value;
}

Parsed<Fmtp> parse_fmtp(std::string_view text) {
  Scanner line(text);
  const std::string_view type = line.word();
  const auto payload_type = parse_payload_type(type);
  if (!payload_type) return wrong_payload_type(type);
  return Fmtp{*payload_type, std::string(line.rest())};
}

Parsed<RtcpFeedback> parse_rtcp_feedback(std::string_view text) {
  Scanner line(text);
  const std::string_view type = line.word();
  const auto payload_type = parse_payload_type(type);
  if (!payload_type && type != "*") return wrong_payload_type(type);
  if (line.done()) return wrong("no feedback type");
  return RtcpFeedback{payload_type, std::string(line.rest())};
}

Parsed<ExtMap> parse_ext_map(std::string_view text) {
  Scanner line(text);
  Scanner head(line.word());
  const std::string_view id_text = head.until('/');
  const auto id = parse_number(id_text, kMaxExtensionId);
  if (!id || *id == 0) return wrong("\"" + std::string(id_text) + "\" is not a header extension id");
  ExtMap value{.id = static_cast<uint16_t>(*id)};
  if (!head.done()) {
    value.direction = direction_from_name(head.rest());
    if (!value.direction) return wrong("\"" + std::string(head.rest()) + "\" is not a direction");
  }
  value.uri = line.word();
  if (value.uri.empty()) return wrong("a header extension without URI");
  value.parameters = line.rest();
  return value;
}

Parsed<SsrcAttribute> parse_ssrc(std::string_view text) {
  Scanner line(text);
  const std::string_view ssrc = line.word();
  const auto number = parse_number(ssrc, UINT32_MAX);
  if (!number) return wrong("\"" + std::string(ssrc) + "\" is not an SSRC");
  SsrcAttribute value{.ssrc = static_cast<uint32_t>(*number), .name = std::string(line.until(':'))};
  if (value.name.empty()) return wrong("an SSRC without attribute");
  value.value = line.rest();
  return value;
}

Parsed<SsrcGroup> parse_ssrc_group(std::string_view text) {
  Scanner line(text);
  SsrcGroup value{.semantics = std::string(line.word())};
  if (value.semantics.empty()) return wrong("an SSRC group without semantics");
  while (!line.done()) {
    const std::string_view ssrc = line.word();
    const auto number = parse_number(ssrc, UINT32_MAX);
    if (!number) return wrong("\"" + std::string(ssrc) + "\" is not an SSRC");
    if (value.ssrcs.size() == kMaxListItems) return wrong("too many SSRCs");
    value.ssrcs.push_back(static_cast<uint32_t>(*number));
  }
  return value;
}

Parsed<Group> parse_group(std::string_view text) {
  Scanner line(text);
  Group value{.semantics = std::string(line.word())};
  if (value.semantics.empty()) return wrong("a group without semantics");
  while (!line.done()) {
    if (value.mids.size() == kMaxListItems) return wrong("too many mids in a group");
    value.mids.emplace_back(line.word());
  }
  return value;
}

Parsed<Rid> parse_rid(std::string_view text) {
  Scanner line(text);
  Rid value{.id = std::string(line.word())};
  if (!is_rid(value.id)) return wrong("\"" + value.id + "\" is not a rid");
  const std::string_view direction = line.word();
  if (direction != "send" && direction != "recv") return wrong("expected send or recv after the rid");
  value.direction = direction == "send" ? Rid::Direction::Send : Rid::Direction::Recv;
  value.restrictions = line.rest();
  return value;
}

Parsed<Simulcast> parse_simulcast(std::string_view text) {
  Simulcast value;
  for (Scanner line(text); !line.done();) {
    const std::string_view direction = line.word();
    if (direction != "send" && direction != "recv") return wrong("expected send or recv");
    auto& streams = direction == "send" ? value.send : value.recv;
    if (!streams.empty()) return wrong(std::string(direction) + " stands twice");
    auto parsed = parse_simulcast_streams(line.word());
    if (!parsed) return wrong(std::move(parsed.error()));
    if (parsed->empty()) return wrong("no rid after " + std::string(direction));
    streams = *std::move(parsed);
  }
  if (value.send.empty() && value.recv.empty()) return wrong("neither send nor recv");
  return value;
}

Parsed<Msid> parse_msid(std::string_view text) {
  Scanner line(text);
  Msid value{.stream = std::string(line.word()), .track = std::string(line.word())};
  if (value.stream.empty()) return wrong("no stream id");
  return value;
}

Parsed<Fingerprint> parse_fingerprint(std::string_view text) {
  Scanner line(text);
  Fingerprint value{.algorithm = std::string(line.word())};
  for (char& c : value.algorithm) c = lower(c);
  while (!line.done()) {
    const std::string_view byte = line.until(':');
    const bool valid = byte.size() == 2 && hex_digit(byte[0]) >= 0 && hex_digit(byte[1]) >= 0;
    if (!valid) return wrong("expected bytes in hexadecimal, separated by colons");
    if (value.digest.size() == kMaxDigestSize) return wrong("the digest is longer than that of any known hash");
    value.digest.push_back(static_cast<uint8_t>(hex_digit(byte[0]) << 4 | hex_digit(byte[1])));
  }
  if (value.algorithm.empty() || value.digest.empty()) return wrong("expected <hash> <digest>");
  return value;
}

void append(std::string& out, const RtpMap& value) {
  out += std::to_string(value.payload_type) + ' ' + value.encoding + '/' + std::to_string(value.clock_rate);
  if (value.channels != 1) out += '/' + std::to_string(value.channels);
}

void append(std::string& out, const Fmtp& value) { out += std::to_string(value.payload_type) + ' ' + value.parameters; }

void append(std::string& out, const RtcpFeedback& value) {
  out += (value.payload_type ? std::to_string(*value.payload_type) : "*") + ' ' + value.value;
}

void append(std::string& out, const ExtMap& value) {
  out += std::to_string(value.id);
  if (value.direction) out.append("/").append(name(*value.direction));
  out += ' ' + value.uri;
  if (!value.parameters.empty()) out += ' ' + value.parameters;
}

void append(std::string& out, const SsrcAttribute& value) {
  out += std::to_string(value.ssrc) + ' ' + value.name;
  if (!value.value.empty()) out += ':' + value.value;
}

void append(std::string& out, const SsrcGroup& value) {
  out += value.semantics;
  for (const uint32_t ssrc : value.ssrcs) out += ' ' + std::to_string(ssrc);
}

void append(std::string& out, const Group& value) {
  out += value.semantics;
  for (const std::string& mid : value.mids) out += ' ' + mid;
}

void append(std::string& out, const Rid& value) {
  out += value.id + (value.direction == Rid::Direction::Send ? " send" : " recv");
  if (!value.restrictions.empty()) out += ' ' + value.restrictions;
}

void append(std::string& out, const Simulcast& value) {
  append_streams(out, "send", value.send);
  if (!value.send.empty() && !value.recv.empty()) out += ' ';
  append_streams(out, "recv", value.recv);
}

void append(std::string& out, const Msid& value) {
  out += value.stream;
  if (!value.track.empty()) out += ' ' + value.track;
}

void append(std::string& out, const Fingerprint& value) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  out += value.algorithm;
  char before = ' ';
  for (const uint8_t byte : value.digest) {
    out += before;
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
    before = ':';
  }
}

}  // namespace parley::sdp
