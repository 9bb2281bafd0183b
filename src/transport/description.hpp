#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "ice/candidate.hpp"
#include "rtp/codec.hpp"
#include "rtp/extension.hpp"

/// What an offer and its answer agreed on: the value that negotiation makes and that a `Connection` is built from.
namespace parley::transport {

/// As the side sees it that holds the description: what one side sends the other receives.
enum class Direction : uint8_t { Receive, Send, Inactive };

/// A payload type of one m-section and the codec configuration behind it.
struct CodecBinding {
  rtp::Codec codec = rtp::Codec::Opus;
  PayloadType payload_type;
  std::optional<PayloadType> rtx_payload_type;  ///< RFC 4588
  /// What must be equal for packets of a publisher's binding to be sent on a receiver's binding of the same codec:
  /// H.264 "<profile-level-id's profile>/<packetization-mode>" (RFC 6184 section 8.2.2), VP9 "profile-id", AV1
  /// "profile"; else "".
  std::string format;
  bool nack = false;          ///< and with it, pli and fir for video
  bool transport_cc = false;  ///< rtcp-fb and header extension; without it a receiver reports by REMB
};

/// The SSRC pair of a media stream and its retransmissions (ssrc-group FID).
struct StreamSsrcs {
  Ssrc media;
  std::optional<Ssrc> rtx;
};

/// One m-section; its position in `Description::lines` is its index for the life of the connection (RFC 8829
/// section 5.2.2). A rejected or stopped one (port 0) stays as a placeholder: Inactive, without codecs. When another
/// mid stands at an index than before, the old line is over and a new one has taken its place.
struct Line {
  Mid mid;
  rtp::MediaKind kind = rtp::MediaKind::Audio;
  Direction direction = Direction::Inactive;
  std::vector<CodecBinding> codecs;  ///< in the order of the answer
  /// With simulcast, lowest resolution first, at most 3; layers are indices into it. A server sends none.
  std::vector<std::string> rids;
  std::optional<StreamSsrcs> announced_ssrcs;  ///< Receive: from the peer's a=ssrc lines, if it had them
  std::optional<StreamSsrcs> ssrcs;            ///< Send: ours, kept for the life of the line; with rids the first's
  std::vector<StreamSsrcs> upper_ssrcs;        ///< Send with rids: those of the layers above the first
  /// Header extensions, by `rtp::Extension`, that packets of this line may carry in its direction (ids: `Description`).
  std::bitset<rtp::kExtensionCount> extensions;
};

struct IceParameters {
  std::string ufrag;
  std::string pwd;
  friend bool operator==(const IceParameters&, const IceParameters&) = default;
};

/// a=fingerprint (RFC 8122): hash name in lower case and the digest's bytes.
struct Fingerprint {
  std::string algorithm;
  std::vector<uint8_t> digest;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

struct Description {
  IceParameters local_ice;
  IceParameters remote_ice;
  std::vector<Fingerprint> remote_fingerprints;  ///< any one must match the peer's certificate
  bool dtls_active = false;  ///< we send the ClientHello, as the client does when the server chose a=setup:passive
  rtp::ExtensionMap extensions;
  bool reduced_size_rtcp = false;  ///< RFC 5506
  std::string cname;               ///< ours, for SDES (RFC 7022), the same in all Send lines
  std::vector<Line> lines;
  /// Where the peer can be reached, of its answer: for our full agent. Empty for a server.
  std::vector<ice::RemoteCandidate> remote_candidates;
};

/// One ICE candidate of ours, for an answer or offer (RFC 8839 section 5.1, RFC 6544).
struct LocalCandidate {
  enum class Kind : uint8_t { UdpHost, TcpPassive };
  Kind kind = Kind::UdpHost;
  std::string address;
  uint16_t port = 0;
};

}  // namespace parley::transport
