#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/datagram_batch.hpp"
#include "base/rng.hpp"
#include "rtp/rtcp/rtcp.hpp"
#include "srtp/sender.hpp"
#include "transport/description.hpp"
#include "transport/media.hpp"

namespace parley::transport {

/// Our clock as NTP time, for sender reports. Its epoch is arbitrary (RFC 3550 section 6.4.1 allows that), only far
/// from 0, which means "no report yet" in LSR.
rtp::rtcp::NtpTime to_ntp(Timestamp time);

/// The sending half of a connection before the wire: one stream and its retransmission stream for each layer of each
/// Send line. Writes headers and protects each packet straight from the shared payload into the batch.
class OutgoingMedia {
 public:
  explicit OutgoingMedia(Rng& rng) : first_rtx_sequence_(rng.u16()) {}

  /// Streams of lines that go on keep their counts and sequence numbers.
  void configure(const std::vector<Line>& lines);

  struct Transport {
    srtp::Sender& srtp;
    const rtp::ExtensionMap& extensions;
    const Path& path;
    DatagramBatch& datagrams;
    uint16_t transport_sequence;  ///< written if the extension and transport-cc were negotiated
  };
  struct Sent {
    size_t size = 0;  ///< of the datagram; 0: nothing was sent
    bool transport_sequence_used = false;
  };
  /// Nothing is sent if there is no such line, or the packet cannot be protected.
  Sent send(const OutgoingPacket& packet, const Transport& transport, Timestamp now);
  /// The same packet once more, as a retransmission. Nothing is sent either when the line has no RTX for the payload
  /// type: SRTP must not protect a sequence number twice.
  Sent retransmit(const OutgoingPacket& packet, const Transport& transport, Timestamp now);

  /// Asks for the cache lines of the line's stream.
  void prefetch(uint8_t line) const;

  struct Source {
    uint8_t line = 0;
    uint8_t layer = 0;
  };
  /// What sends `ssrc`, as media or as repair.
  std::optional<Source> find(Ssrc ssrc) const;
  /// The media clock that the next sender reports go by; without one there are none, as a guess would break lip sync.
  void set_clock(uint8_t line, uint8_t layer, const MediaClock& clock);
  /// Reports of the streams that sent since their last one: call until it is empty.
  std::optional<rtp::rtcp::SenderReport> next_report(Timestamp now);
  /// Takes what a peer reports; returns the round trip time if the block echoes a report of ours (RFC 3550
  /// section 6.4.1).
  std::optional<TimeDelta> receive_report(const rtp::rtcp::ReportBlock& block, Timestamp now);
  /// The worst fraction lost of the latest reports, weighed by nothing: 0-1.
  double fraction_lost() const;

  void append_stats(std::vector<LineStats>& out) const;

 private:
  /// What each packet of a stream touches: one cache line, as a shard with many receivers waits for each.
  struct alignas(64) Hot {
    bool active = false;
    bool named = true;  // by mid and rid, until the peer reported: then it knows the SSRC (RFC 8843 section 15)
    bool transport_cc = false;
    PayloadType payload_type;  // of the latest packet
    rtp::Codec codec = rtp::Codec::Opus;
    uint16_t rtx_sequence = 0;
    Ssrc ssrc;
    std::optional<Ssrc> rtx_ssrc;
    const Line* line = nullptr;
    uint64_t packets = 0;
    uint64_t octets = 0;  // payload, for sender reports
    uint64_t bytes = 0;   // on the wire, retransmissions included
  };
  static_assert(sizeof(Hot) == 64);
  struct Stream : Hot {
    Source source;
    std::string mid;
    std::string rid;  // with simulcast
    std::optional<MediaClock> clock;
    uint64_t reported_packets = 0;
    std::optional<rtp::rtcp::ReportBlock> reception;
  };

  Stream* find(uint8_t line, uint8_t layer);
  Stream* find_media(Ssrc ssrc);
  Stream open(const Line& line, Source source, const StreamSsrcs& ssrcs, std::vector<Stream>& before) const;
  Sent sent(Stream& stream, size_t size, const Transport& transport) const;
  enum class Purpose : uint8_t { Media, Repair };
  void write_extensions(rtp::HeaderWriter& header, const OutgoingPacket& packet, const Stream& stream, Purpose purpose,
                        const Transport& transport, Timestamp now) const;
  std::optional<rtp::rtcp::SenderReport> next_report(Stream& stream, Timestamp now) const;
  template <typename Streams, typename Visit>
  static void each(Streams& streams, Visit&& visit);

  uint16_t first_rtx_sequence_;
  std::vector<Stream> streams_;  // by line: its lowest layer
  std::vector<Stream> upper_;    // the layers above the lowest, which only clients send
};

}  // namespace parley::transport
