#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/fixed_vector.hpp"
#include "base/time.hpp"
#include "rtp/packet.hpp"
#include "rtp/rtcp/rtcp.hpp"
#include "transport/description.hpp"

/// The values in which a connection hands media over and takes it.
namespace parley::transport {

/// One decrypted packet of a media stream. Points into the datagram; valid as long as that.
struct ReceivedPacket {
  uint8_t line = 0;
  uint8_t layer = 0;                      ///< index into the line's rids, 0 without simulcast
  const CodecBinding* binding = nullptr;  ///< of the line's description
  rtp::PacketView packet;  ///< the original, if it came as a retransmission; may have no payload (padding)
  bool repaired = false;   ///< came as a retransmission
};

/// What to send on a line. The SSRC of line and layer, the header extensions that belong to the transport and the
/// encryption are added.
struct OutgoingPacket {
  uint8_t line = 0;
  uint8_t layer = 0;  ///< index into the line's rids, 0 without simulcast
  PayloadType payload_type;
  bool marker = false;
  uint16_t sequence_number = 0;
  uint32_t timestamp = 0;
  // Extensions that go through from the publisher, as far as this peer negotiated them. Empty: absent.
  std::optional<rtp::AudioLevel> audio_level;
  Bytes dependency_descriptor;
  Bytes video_orientation;
  Bytes playout_delay;
  Bytes video_content_type;
  Bytes abs_capture_time;
  Bytes color_space;
  Bytes prefix;   ///< rewritten beginning of the payload, may be empty
  Bytes payload;  ///< what follows; shared, only read
  /// RTP padding to add (RFC 3550 section 5.1), at most `kMaxPadding`: it makes packets of a frame equal in size, so
  /// that they leave as one GSO message. Not for retransmissions.
  uint8_t padding = 0;
  static constexpr uint8_t kMaxPadding = 16;
};

/// What a sender report says of a stream that we receive.
struct SourceReport {
  uint8_t line = 0;
  uint8_t layer = 0;
  rtp::rtcp::NtpTime ntp;  ///< on the peer's clock
  uint32_t rtp_timestamp = 0;
};

/// At `time` (of this process's clock) the stream's media clock showed `rtp_timestamp`.
struct MediaClock {
  Timestamp time;
  uint32_t rtp_timestamp = 0;
};

/// Totals of one line since it began, or of one layer of it: what is sent with simulcast is told by layer, what is
/// received for all layers together.
struct LineStats {
  uint8_t line = 0;
  uint8_t layer = 0;
  bool sending = false;
  rtp::Codec codec = rtp::Codec::Opus;
  uint64_t packets = 0;
  uint64_t bytes = 0;
  uint64_t packets_expected = 0;  ///< receiving only
  uint64_t packets_lost = 0;
  double jitter_ms = 0;
};

}  // namespace parley::transport
