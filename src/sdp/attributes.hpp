#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Attribute values of a session description. Each `parse_*` takes the text after "a=<name>:" and gives a sentence
/// without line number if it is wrong; each `append` writes that text.
namespace parley::sdp {

/// RFC 8866 section 6.7.
enum class Direction : uint8_t { SendRecv, SendOnly, RecvOnly, Inactive };
std::string_view name(Direction direction);
std::optional<Direction> direction_from_name(std::string_view name);
/// What the other side says for the same flow: send and receive swapped.
Direction reversed(Direction direction);

/// RFC 4145 section 4.
enum class Setup : uint8_t { Active, Passive, ActPass, HoldConn };
std::string_view name(Setup setup);

/// a=rtpmap, RFC 8866 section 6.6.
struct RtpMap {
  uint8_t payload_type = 0;
  std::string encoding;
  uint32_t clock_rate = 0;
  uint32_t channels = 1;
  friend bool operator==(const RtpMap&, const RtpMap&) = default;
};

/// a=fmtp, RFC 8866 section 6.15.
struct Fmtp {
  uint8_t payload_type = 0;
  std::string parameters;
  friend bool operator==(const Fmtp&, const Fmtp&) = default;
};

/// One "name=value" of an fmtp line; a parameter without "=" has an empty value.
struct FormatParameter {
  std::string_view name;
  std::string_view value;
};
/// Splits "a=1;b=2" into views of `parameters`, spaces around them removed.
std::vector<FormatParameter> split_parameters(std::string_view parameters);
/// The value of a parameter by name (any case); nothing if it is not there.
std::optional<std::string_view> find_parameter(std::string_view parameters, std::string_view name);

/// a=rtcp-fb, RFC 4585 section 4.2.
struct RtcpFeedback {
  std::optional<uint8_t> payload_type;  ///< nothing: "*", all of the section
  std::string value;                    ///< "nack pli"
  friend bool operator==(const RtcpFeedback&, const RtcpFeedback&) = default;
};

/// a=extmap, RFC 8285 section 8.
struct ExtMap {
  uint16_t id = 0;  ///< 1-14 one-byte form, to 255 two-byte form, 4096-4351 to be chosen by the answerer
  std::optional<Direction> direction;  ///< nothing: as the section
  std::string uri;
  std::string parameters;
  friend bool operator==(const ExtMap&, const ExtMap&) = default;
};

/// a=ssrc, RFC 5576 section 4.1.
struct SsrcAttribute {
  uint32_t ssrc = 0;
  std::string name;
  std::string value;
  friend bool operator==(const SsrcAttribute&, const SsrcAttribute&) = default;
};

/// a=ssrc-group, RFC 5576 section 4.2.
struct SsrcGroup {
  std::string semantics;
  std::vector<uint32_t> ssrcs;
  friend bool operator==(const SsrcGroup&, const SsrcGroup&) = default;
};

/// a=group, RFC 5888 section 5.
struct Group {
  std::string semantics;
  std::vector<std::string> mids;
  friend bool operator==(const Group&, const Group&) = default;
};

/// a=rid, RFC 8851 section 10.
struct Rid {
  enum class Direction : uint8_t { Send, Recv };
  std::string id;
  Direction direction = Direction::Send;
  std::string restrictions;  ///< "pt=96,97;max-width=1280", "" for none
  friend bool operator==(const Rid&, const Rid&) = default;
};

/// a=simulcast, RFC 8853 section 5.1.
struct Simulcast {
  struct Alternative {
    std::string rid;
    bool paused = false;  ///< "~"
    friend bool operator==(const Alternative&, const Alternative&) = default;
  };
  /// Per simulcast stream its alternatives, the preferred one first; never empty.
  using Streams = std::vector<std::vector<Alternative>>;
  Streams send;
  Streams recv;
  friend bool operator==(const Simulcast&, const Simulcast&) = default;
};

/// a=msid, RFC 8830 section 2.
struct Msid {
  std::string stream;  ///< "-": none
  std::string track;   ///< "": not said
  friend bool operator==(const Msid&, const Msid&) = default;
};

/// a=fingerprint, RFC 8122 section 5.
struct Fingerprint {
  std::string algorithm;  ///< lower case
  std::vector<uint8_t> digest;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

template <typename T>
using Parsed = std::expected<T, std::string>;

Parsed<Setup> parse_setup(std::string_view text);
Parsed<RtpMap> parse_rtp_map(std::string_view text);
Parsed<Fmtp> parse_fmtp(std::string_view text);
Parsed<RtcpFeedback> parse_rtcp_feedback(std::string_view text);
Parsed<ExtMap> parse_ext_map(std::string_view text);
Parsed<SsrcAttribute> parse_ssrc(std::string_view text);
Parsed<SsrcGroup> parse_ssrc_group(std::string_view text);
Parsed<Group> parse_group(std::string_view text);
Parsed<Rid> parse_rid(std::string_view text);
Parsed<Simulcast> parse_simulcast(std::string_view text);
Parsed<Msid> parse_msid(std::string_view text);
Parsed<Fingerprint> parse_fingerprint(std::string_view text);

void append(std::string& out, const RtpMap& value);
void append(std::string& out, const Fmtp& value);
void append(std::string& out, const RtcpFeedback& value);
void append(std::string& out, const ExtMap& value);
void append(std::string& out, const SsrcAttribute& value);
void append(std::string& out, const SsrcGroup& value);
void append(std::string& out, const Group& value);
void append(std::string& out, const Rid& value);
void append(std::string& out, const Simulcast& value);
void append(std::string& out, const Msid& value);
void append(std::string& out, const Fingerprint& value);

}  // namespace parley::sdp
