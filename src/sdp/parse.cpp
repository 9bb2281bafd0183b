#include <algorithm>
#include <utility>

#include "sdp/limits.hpp"
#include "sdp/scanner.hpp"
#include "sdp/session_description.hpp"

namespace parley::sdp {
namespace {

/// What is wrong with a line; nothing if it is fine.
using Problem = std::optional<std::string>;

template <typename T>
Problem add(std::vector<T>& list, Parsed<T> parsed) {
  if (!parsed) return std::move(parsed.error());
  list.push_back(*std::move(parsed));
  return std::nullopt;
}

template <typename T>
Problem set_once(std::optional<T>& field, Parsed<T> parsed) {
  if (!parsed) return std::move(parsed.error());
  if (field) return "stands twice";
  field = *std::move(parsed);
  return std::nullopt;
}

Problem set(bool& flag) {
  flag = true;
  return std::nullopt;
}

Parsed<std::string> non_empty(std::string_view text) {
  if (text.empty()) return std::unexpected("has no value");
  return std::string(text);
}

struct AttributeLine {
  std::string_view name;
  std::string_view value;
  bool has_value;
};

Problem add_other(std::vector<Attribute>& others, const AttributeLine& line) {
  others.push_back({std::string(line.name), line.has_value ? std::optional<std::string>(line.value) : std::nullopt});
  return std::nullopt;
}

// Each reader returns nothing if the attribute is not one of its own, so that the next one is tried.
using Read = std::optional<Problem>;

Read read_transport(TransportAttributes& out, const AttributeLine& line) {
  if (line.name == "ice-ufrag") return set_once(out.ice_ufrag, non_empty(line.value));
  if (line.name == "ice-pwd") return set_once(out.ice_pwd, non_empty(line.value));
  if (line.name == "fingerprint") return add(out.fingerprints, parse_fingerprint(line.value));
  if (line.name == "setup") return set_once(out.setup, parse_setup(line.value));
  if (line.name != "ice-options") return std::nullopt;
  if (!out.ice_options.empty()) return Problem("stands twice");
  for (Scanner options(line.value); !options.done();) {
    if (out.ice_options.size() == kMaxListItems) return Problem("too many ICE options");
    out.ice_options.emplace_back(options.word());
  }
  return Problem();
}

template <typename Level>
Read read_of_any_level(Level& out, const AttributeLine& line) {
  if (const auto direction = direction_from_name(line.name)) {
    return set_once(out.direction, Parsed<Direction>(*direction));
  }
  if (line.name == "extmap") return add(out.ext_maps, parse_ext_map(line.value));
  if (line.name == "extmap-allow-mixed") return set(out.extmap_allow_mixed);
  return read_transport(out.transport, line);
}

Read read_of_rtp(MediaSection& out, const AttributeLine& line) {
  if (line.name == "rtpmap") return add(out.rtp_maps, parse_rtp_map(line.value));
  if (line.name == "fmtp") return add(out.fmtps, parse_fmtp(line.value));
  if (line.name == "rtcp-fb") return add(out.feedback, parse_rtcp_feedback(line.value));
  if (line.name == "ssrc") return add(out.ssrcs, parse_ssrc(line.value));
  if (line.name == "ssrc-group") return add(out.ssrc_groups, parse_ssrc_group(line.value));
  if (line.name == "rid") return add(out.rids, parse_rid(line.value));
  if (line.name == "simulcast") return set_once(out.simulcast, parse_simulcast(line.value));
  if (line.name == "msid") return add(out.msids, parse_msid(line.value));
  if (line.name == "rtcp-mux") return set(out.rtcp_mux);
  if (line.name == "rtcp-rsize") return set(out.rtcp_rsize);
  return std::nullopt;
}

Problem read_mid(MediaSection& out, std::string_view value) {
  if (value.empty()) return "has no value";
  if (!out.mid.empty()) return "stands twice";
  if (value.find(' ') != std::string_view::npos) return "holds a space";
  out.mid = value;
  return std::nullopt;
}

Problem read_sctp_port(MediaSection& out, std::string_view value) {
  const auto port = parse_number(value, UINT16_MAX);
  if (!port) return "is not a port";
  out.sctp_port = static_cast<uint16_t>(*port);
  return std::nullopt;
}

Problem read_of_media(MediaSection& out, const AttributeLine& line) {
  if (line.name == "mid") return read_mid(out, line.value);
  if (line.name == "candidate") return add(out.candidates, non_empty(line.value));
  if (line.name == "end-of-candidates") return set(out.end_of_candidates);
  if (line.name == "bundle-only") return set(out.bundle_only);
  if (line.name == "sctp-port") return read_sctp_port(out, line.value);
  if (Read read = read_of_any_level(out, line)) return *std::move(read);
  // The grammars are those of RTP: for any other protocol a format need not be a payload type.
  if (out.protocol.find("RTP/") != std::string::npos) {
    if (Read read = read_of_rtp(out, line)) return *std::move(read);
  }
  return add_other(out.others, line);
}

Problem read_of_session(SessionDescription& out, const AttributeLine& line) {
  if (line.name == "group") return add(out.groups, parse_group(line.value));
  if (line.name == "ice-lite") return set(out.ice_lite);
  if (Read read = read_of_any_level(out, line)) return *std::move(read);
  return add_other(out.others, line);
}

Problem read_origin(Origin& out, std::string_view text) {
  Scanner line(text);
  out.username = line.word();
  const auto id = parse_number(line.word(), UINT64_MAX);
  const auto version = parse_number(line.word(), UINT64_MAX);
  if (out.username.empty() || !id || !version || line.done()) {
    return "o= is not <username> <number> <number> <address>";
  }
  out.session_id = *id;
  out.session_version = *version;
  out.address = line.rest();
  return std::nullopt;
}

// m=<media> <port>["/" <number of ports>] <proto> <fmt> ... (RFC 8866 section 5.14); the number of ports is read over.
Problem read_media_line(MediaSection& out, std::string_view text) {
  Scanner line(text);
  out.kind = line.word();
  Scanner ports(line.word());
  const auto port = parse_number(ports.until('/'), UINT16_MAX);
  out.protocol = line.word();
  if (out.kind.empty() || !port || out.protocol.empty() || line.done()) {
    return "m= is not <media> <port> <protocol> <formats>";
  }
  out.port = static_cast<uint16_t>(*port);
  while (!line.done()) {
    if (out.formats.size() == kMaxFormats) return "m= has more than " + std::to_string(kMaxFormats) + " formats";
    out.formats.emplace_back(line.word());
  }
  return std::nullopt;
}

class Parser {
 public:
  Problem line(std::string_view text) {
    if (text.size() > kMaxLineSize) return "is longer than " + std::to_string(kMaxLineSize) + " bytes";
    if (text.find_first_of(std::string_view("\r\0", 2)) != std::string_view::npos) return "holds a control character";
    if (text.size() < 2 || text[1] != '=') return "is not of the form <letter>=<value>";
    if (++count_ <= 3) return opening(text[0], text.substr(2));
    return field(text[0], text.substr(2));
  }
  bool complete() const { return count_ >= 3; }
  SessionDescription take() { return std::move(session_); }

 private:
  // The first three lines are given (RFC 8866 section 5).
  Problem opening(char type, std::string_view value) {
    constexpr std::string_view kOrder = "vos";
    if (type != kOrder[count_ - 1]) return std::string("should be ") + kOrder[count_ - 1] + "=";
    if (type == 'v' && value != "0") return "v= is not 0";
    if (type == 'o') return read_origin(session_.origin, value);
    if (type == 's') session_.name = value;
    return std::nullopt;
  }

  Problem field(char type, std::string_view value) {
    constexpr std::string_view kReadOver = "iueprzk";
    if (type == 'm') return media(value);
    if (++lines_in_section_ > kMaxLinesPerSection) {
      return "is one more than the " + std::to_string(kMaxLinesPerSection) + " that a section may have";
    }
    if (type == 'a') return attribute(value);
    MediaSection* section = session_.media.empty() ? nullptr : &session_.media.back();
    if (type == 'c') {
      (section ? section->connection : session_.connection) = value;
    } else if (type == 'b') {
      (section ? section->bandwidths : session_.bandwidths).emplace_back(value);
    } else if (type == 't' && !section) {
      session_.timing = value;
    } else if (kReadOver.find(type) == std::string_view::npos) {
      return std::string("has the unknown or misplaced type ") + type + "=";
    }
    return std::nullopt;
  }

  Problem media(std::string_view value) {
    if (session_.media.size() == kMaxMediaSections) {
      return "is one m-section more than " + std::to_string(kMaxMediaSections);
    }
    lines_in_section_ = 0;
    return read_media_line(session_.media.emplace_back(), value);
  }

  Problem attribute(std::string_view text) {
    Scanner scanner(text);
    const bool has_value = text.find(':') != std::string_view::npos;
    const std::string_view name = scanner.until(':');
    const AttributeLine line{name, scanner.rest(), has_value};
    if (line.name.empty()) return "has an attribute without name";
    Problem problem =
        session_.media.empty() ? read_of_session(session_, line) : read_of_media(session_.media.back(), line);
    if (problem) problem->insert(0, "a=" + std::string(line.name) + ": ");
    return problem;
  }

  SessionDescription session_;
  size_t count_ = 0;
  size_t lines_in_section_ = 0;
};

}  // namespace

const RtpMap* MediaSection::find_rtp_map(uint8_t payload_type) const {
  const auto found = std::ranges::find(rtp_maps, payload_type, &RtpMap::payload_type);
  return found == rtp_maps.end() ? nullptr : &*found;
}

std::string_view MediaSection::fmtp_parameters(uint8_t payload_type) const {
  const auto found = std::ranges::find(fmtps, payload_type, &Fmtp::payload_type);
  return found == fmtps.end() ? std::string_view() : std::string_view(found->parameters);
}

std::expected<SessionDescription, ParseError> parse(std::string_view text) {
  if (text.size() > kMaxTextSize) {
    return std::unexpected(ParseError{0, "the text is longer than " + std::to_string(kMaxTextSize) + " bytes"});
  }
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  Parser parser;
  size_t number = 0;
  for (Scanner lines(text); !lines.done();) {
    std::string_view line = lines.until('\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number;
    if (Problem problem = parser.line(line)) return std::unexpected(ParseError{number, *std::move(problem)});
  }
  if (!parser.complete()) return std::unexpected(ParseError{0, "the text ends before v=, o= and s="});
  return parser.take();
}

}  // namespace parley::sdp
