#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdp/attributes.hpp"

/// A session description (RFC 8866) as values: what WebRTC uses is typed, every other attribute is kept as text.
namespace parley::sdp {

/// An attribute without a type of its own here: "a=<name>" or "a=<name>:<value>".
struct Attribute {
  std::string name;
  std::optional<std::string> value;
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

/// What may stand at session level for all m-sections, or in one of them.
struct TransportAttributes {
  std::optional<std::string> ice_ufrag;  ///< RFC 8839 section 5.4
  std::optional<std::string> ice_pwd;
  std::vector<std::string> ice_options;
  std::vector<Fingerprint> fingerprints;
  std::optional<Setup> setup;
  friend bool operator==(const TransportAttributes&, const TransportAttributes&) = default;
};

struct MediaSection {
  std::string kind;                     ///< "audio", "video", "application", …
  uint16_t port = 0;                    ///< 0: rejected or stopped, unless `bundle_only`
  std::string protocol;                 ///< "UDP/TLS/RTP/SAVPF"
  std::vector<std::string> formats;     ///< payload types, "webrtc-datachannel"; never empty
  std::string connection;               ///< text of c=, "" for none
  std::vector<std::string> bandwidths;  ///< texts of b=

  std::string mid;  ///< "": none
  std::optional<Direction> direction;
  TransportAttributes transport;
  std::vector<Msid> msids;
  std::vector<RtpMap> rtp_maps;
  std::vector<Fmtp> fmtps;
  std::vector<RtcpFeedback> feedback;
  std::vector<ExtMap> ext_maps;
  std::vector<Rid> rids;
  std::optional<Simulcast> simulcast;
  std::vector<SsrcGroup> ssrc_groups;
  std::vector<SsrcAttribute> ssrcs;
  std::vector<std::string> candidates;  ///< texts after "a=candidate:"
  std::optional<uint16_t> sctp_port;    ///< RFC 8841 section 5
  bool rtcp_mux = false;
  bool rtcp_rsize = false;
  bool bundle_only = false;
  bool extmap_allow_mixed = false;
  bool end_of_candidates = false;
  std::vector<Attribute> others;

  const RtpMap* find_rtp_map(uint8_t payload_type) const;
  /// The parameters of the payload type's fmtp line, "" without one.
  std::string_view fmtp_parameters(uint8_t payload_type) const;
  friend bool operator==(const MediaSection&, const MediaSection&) = default;
};

/// o=, RFC 8866 section 5.2.
struct Origin {
  std::string username = "-";
  uint64_t session_id = 0;
  uint64_t session_version = 0;
  std::string address = "IN IP4 127.0.0.1";  ///< nettype, addrtype and address
  friend bool operator==(const Origin&, const Origin&) = default;
};

struct SessionDescription {
  Origin origin;
  std::string name = "-";
  std::string connection;  ///< text of c=, "" for none
  std::vector<std::string> bandwidths;
  std::string timing = "0 0";
  std::vector<Group> groups;
  std::optional<Direction> direction;
  TransportAttributes transport;
  std::vector<ExtMap> ext_maps;
  bool ice_lite = false;
  bool extmap_allow_mixed = false;
  std::vector<Attribute> others;
  std::vector<MediaSection> media;
  friend bool operator==(const SessionDescription&, const SessionDescription&) = default;
};

struct ParseError {
  size_t line = 0;  ///< 1-based; 0: the text as a whole
  std::string message;
};

/// Reads hostile text within the limits of limits.hpp. Lines end in CRLF or LF. Attributes without a type here are kept
/// in `others`; i=, u=, e=, p=, r=, z= and k= lines are read over. An attribute with a type here and a wrong value is
/// an error.
std::expected<SessionDescription, ParseError> parse(std::string_view text);

/// CRLF lines in the order of RFC 8866 section 5. `parse` of the result gives an equal value, if no text in it holds a
/// line break.
std::string serialize(const SessionDescription& session);

}  // namespace parley::sdp
