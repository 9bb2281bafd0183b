#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/address.hpp"
#include "base/rng.hpp"
#include "cc/arrival_recorder.hpp"
#include "dtls/endpoint.hpp"
#include "rtp/rtcp/rtcp.hpp"
#include "sink.hpp"
#include "source.hpp"
#include "srtp/receiver.hpp"
#include "srtp/sender.hpp"
#include "stun/message.hpp"
#include "transport/description.hpp"

namespace parley::sim {

/// A WebRTC client in simulated time: full ICE on one pair (it checks and nominates), DTLS in either role, SRTP,
/// sources, sinks, NACK and RTX both ways, reports, transport-wide feedback. It shares the codecs and machines below
/// `transport` with the server, but not `transport` itself, so that the server's connection is held against a second
/// reading of the RFCs.
class Client {
 public:
  struct Config {
    transport::Description description;  ///< as the server sees it: what it receives we send
    std::shared_ptr<const dtls::Identity> identity;
    dtls::Fingerprint server_fingerprint;
    Path address;  ///< ours, as the server sees it
  };
  Client(Config config, uint64_t seed);

  void receive(Bytes datagram, Timestamp now);
  /// Call every millisecond.
  void on_tick(Timestamp now);
  /// Datagrams to the server since the last call.
  std::vector<std::vector<uint8_t>> take_datagrams();

  /// Sends on an m-line that the server receives.
  Source& publish(uint8_t line, const Source::Config& source);
  void unpublish(uint8_t line) { sources_[line].reset(); }
  /// What comes on an m-line that the server sends; the codec is what the test expects there.
  Sink& watch(uint8_t line, rtp::Codec codec);
  Sink& sink(uint8_t line) { return *sinks_[line]; }

  /// New credentials and lines, from a new address.
  void restart_ice(const transport::Description& description, const Path& address);
  void update(const transport::Description& description) {
    config_.description = description;
    resize();
  }
  void go_silent(bool silent) { silent_ = silent; }

  bool connected() const { return srtp_sender_.has_value(); }
  dtls::State dtls_state() const { return dtls_.state(); }
  const Path& address() const { return config_.address; }
  struct Stats {
    uint64_t plis_received = 0;
    uint64_t nacks_received = 0;  ///< sequence numbers
    uint64_t retransmitted = 0;
    uint64_t reports_received = 0;  ///< receiver report blocks about our streams
    uint64_t sender_reports = 0;
    uint64_t feedback_received = 0;  ///< packets that transport feedback told of
    uint64_t bad_packets = 0;        ///< what could not be opened or placed
    Timestamp connected_at = Timestamp::never();
  };
  const Stats& stats() const { return stats_; }

 private:
  struct SentStream {  // one a layer of each publishing line
    Ssrc ssrc;
    Ssrc rtx_ssrc;
    uint16_t rtx_sequence = 0;
    bool acknowledged = false;  // reported on: mid and rid are not needed any more
  };

  void resize();
  void check(bool nominate, Timestamp now);
  void receive_stun(Bytes datagram, Timestamp now);
  void receive_rtp(MutableBytes datagram, Timestamp now);
  void receive_rtcp(MutableBytes datagram, Timestamp now);
  void handle(const rtp::rtcp::Nack& nack, Timestamp now);
  void handle_key_frame_request(Ssrc media);
  void follow_dtls(Timestamp now);
  void send_media(uint8_t line, const SourcePacket& packet, bool retransmission, Timestamp now);
  void send_reports(Timestamp now);
  void send_repair_requests(Timestamp now);
  void send_rtcp(Bytes rtcp);
  void drain();
  std::optional<std::pair<uint8_t, uint8_t>> find_stream(Ssrc ssrc) const;

  Config config_;
  Rng rng_;
  dtls::Endpoint dtls_;
  DatagramBatch batch_;
  std::vector<std::vector<uint8_t>> out_;
  std::optional<srtp::Sender> srtp_sender_;
  std::optional<srtp::Receiver> srtp_receiver_;
  std::vector<std::unique_ptr<Source>> sources_;  // by line
  std::vector<std::vector<SentStream>> streams_;  // by line and layer
  std::vector<std::unique_ptr<Sink>> sinks_;      // by line
  std::vector<uint32_t> last_sr_;                 // by line, compact NTP
  std::vector<Timestamp> last_sr_at_;
  std::vector<SourcePacket> produced_;
  cc::ArrivalRecorder arrivals_;
  Ssrc reporter_;
  uint16_t transport_sequence_ = 0;
  bool silent_ = false;
  bool valid_ = false;  // a check was answered
  bool nominated_ = false;
  Timestamp check_at_;
  Timestamp report_at_;
  Stats stats_;
};

}  // namespace parley::sim
