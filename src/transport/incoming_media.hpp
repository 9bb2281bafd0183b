#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fixed_vector.hpp"
#include "transport/demultiplexer.hpp"
#include "transport/description.hpp"
#include "transport/media.hpp"
#include "transport/nack_tracker.hpp"
#include "transport/receive_statistics.hpp"

namespace parley::transport {

/// The receiving half of a connection after decryption: places packets on lines and layers, restores retransmissions,
/// counts, and knows what is missing.
class IncomingMedia {
 public:
  /// `lines` must outlive the next call of `configure`.
  void configure(const std::vector<Line>& lines);

  enum class Drop : uint8_t {
    UnknownStream,  ///< no section claims it, or not with this payload type
    Probe,          ///< a retransmission stream's padding: no media, nothing wrong
    Malformed,
  };
  /// `packet` may be rewritten in place; `view` is its parsed form.
  std::expected<ReceivedPacket, Drop> receive(MutableBytes packet, const rtp::PacketView& view,
                                              const rtp::ExtensionMap& extensions, Timestamp now);

  /// Where and what an SR speaks of; empty if of no media stream of ours.
  std::optional<SourceReport> receive_sender_report(const rtp::rtcp::SenderReport& report, Timestamp now);
  std::optional<Demultiplexer::Target> find(Ssrc ssrc) const { return demultiplexer_.find(ssrc); }
  std::optional<Ssrc> ssrc(uint8_t line, uint8_t layer) const { return demultiplexer_.ssrc({line, layer, false}); }

  /// Report blocks of the streams that got a packet since their last one.
  FixedVector<rtp::rtcp::ReportBlock, rtp::rtcp::kMaxReportBlocks> report(Timestamp now);
  /// What is to be asked for now, one message a stream: call until it is empty.
  std::optional<rtp::rtcp::Nack> next_nack(Ssrc reporter, TimeDelta rtt, Timestamp now);
  Timestamp next_nack_deadline() const;
  /// A layer whose losses cannot be repaired any more: it needs a key frame. Call until it is empty.
  struct BrokenLayer {
    uint8_t line = 0;
    uint8_t layer = 0;
  };
  std::optional<BrokenLayer> take_broken();
  /// The latest time from a request to its retransmission, zero before the first: a round trip for peers that get no
  /// media and so send no reports of ours.
  TimeDelta repair_rtt() const { return repair_rtt_; }

  void append_stats(std::vector<LineStats>& out) const;

 private:
  struct Stream {
    uint8_t line = 0;
    uint8_t layer = 0;
    std::string mid;
    Ssrc ssrc;
    const CodecBinding* binding = nullptr;  // of the latest packet
    ReceiveStatistics statistics;
    NackTracker nack;
    uint64_t reported_packets = 0;
  };

  Stream* find_stream(uint8_t line, uint8_t layer);
  std::expected<ReceivedPacket, Drop> receive_media(Stream& stream, const rtp::PacketView& view, Timestamp now);
  std::expected<ReceivedPacket, Drop> receive_repair(Stream& stream, MutableBytes packet, const rtp::PacketView& view,
                                                     const rtp::ExtensionMap& extensions, Timestamp now);
  void begin_run(Stream& stream, Ssrc ssrc, const CodecBinding& binding);

  const std::vector<Line>* lines_ = nullptr;
  Demultiplexer demultiplexer_;
  std::vector<Stream> streams_;  // one a layer of each Receive line
  TimeDelta repair_rtt_ = TimeDelta::zero();
};

}  // namespace parley::transport
