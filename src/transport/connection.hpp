#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/address.hpp"
#include "base/datagram_batch.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "cc/arrival_recorder.hpp"
#include "cc/bandwidth_estimator.hpp"
#include "dtls/endpoint.hpp"
#include "ice/full_agent.hpp"
#include "ice/lite_agent.hpp"
#include "srtp/receiver.hpp"
#include "srtp/sender.hpp"
#include "transport/description.hpp"
#include "transport/incoming_media.hpp"
#include "transport/media.hpp"
#include "transport/outgoing_media.hpp"
#include "transport/rtcp_packer.hpp"

namespace parley::transport {

enum class ConnectionState : uint8_t {
  Checking,      ///< waiting for a valid check and DTLS
  Connected,     ///< media can flow
  Disconnected,  ///< nothing authentic came for `Config::silence_limit`; any check or packet repairs it
  Failed,        ///< for good: DTLS failed, the peer closed it, or (client) no path works or consent is over
};

/// Why a datagram was dropped.
enum class Drop : uint8_t {
  UnknownPath,  ///< no check has passed on the path it came by
  Malformed,
  BadAuth,  ///< SRTP or STUN authentication failed
  Replayed,
  UnknownStream,  ///< no m-section claims it
  Early,          ///< media before DTLS finished
};

/// What the owner of a connection has to act on, beside media.
struct StateChanged {
  ConnectionState state = ConnectionState::Checking;
  std::string reason;
};
/// The peer misses packets of what we send on `line`.
struct LossReported {
  uint8_t line = 0;
  uint8_t layer = 0;
  FixedVector<uint16_t, 256> lost;
};
/// The peer cannot decode what we send on `line` without a key frame.
struct KeyFrameWanted {
  uint8_t line = 0;
  uint8_t layer = 0;
};
/// Losses of what the peer sends could not be repaired: the layer needs a key frame.
struct LayerBroken {
  uint8_t line = 0;
  uint8_t layer = 0;
};
using Fact = std::variant<StateChanged, LossReported, KeyFrameWanted, LayerBroken, SourceReport>;

struct Output {
  DatagramBatch& datagrams;
  std::vector<Fact>& facts;  ///< appended to; the caller empties it
};

/// Which side of ICE a connection is: a server is a lite agent and waits for checks, a client a full one that makes
/// them. All else is the same for both; the DTLS role is in the description.
enum class Half : uint8_t { Server, Client };

/// One WebRTC transport with one peer: ICE, DTLS, SRTP both ways, demultiplexing (RFC 7983, RFC 8843 section 9.2), loss
/// repair both ways, RTCP and transport-wide feedback. A core: datagrams and `now` in, datagrams and facts out. Packets
/// and RTCP leave in the call that causes them; there is no pacer.
class Connection {
 public:
  struct Config {
    std::shared_ptr<const dtls::Identity> identity;
    TimeDelta silence_limit = TimeDelta::seconds(5);
    Half half = Half::Server;
    std::vector<ice::HostCandidate> hosts = {};  ///< Client: where datagrams can leave from
  };
  /// RFC 3550 section 6.2 allows an interval well under 5 s at session bandwidths like ours; browsers report video once
  /// a second.
  static constexpr TimeDelta kReportInterval = TimeDelta::seconds(1);
  /// The first one comes soon, so that the round trip is known before the first loss is repaired.
  static constexpr TimeDelta kFirstReport = TimeDelta::millis(250);

  Connection(const Config& config, Description description, Rng& rng);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// A later offer was answered: lines came or changed, or ICE restarts (its credentials are new). Fingerprints and the
  /// DTLS role stay as they were.
  void update(Description description);

  /// Takes one datagram, which may be decrypted in place. A packet of media, nothing (it was STUN, DTLS, RTCP or a
  /// probe, and dealt with), or why it was dropped.
  std::expected<std::optional<ReceivedPacket>, Drop> receive(MutableBytes datagram, const Path& from, Timestamp now,
                                                             Output& out);
  /// True when something was sent: the connection is up, and the line is there.
  bool send(const OutgoingPacket& packet, Timestamp now, DatagramBatch& out);
  /// Asks for the cache lines that `send` on the line touches: with 3, 2, 1, each time a pointer farther.
  void prefetch_send(uint8_t line, int steps_ahead) const;
  /// As an RTX packet; false also if the codec has none on this line.
  bool retransmit(const OutgoingPacket& packet, Timestamp now, DatagramBatch& out);
  /// Sends a PLI for a layer that we receive (RFC 4585 section 6.3.1).
  void request_key_frame(uint8_t line, uint8_t layer, Timestamp now, DatagramBatch& out);

  void on_deadline(Timestamp now, Output& out);
  Timestamp next_deadline() const;
  /// True when the next `on_deadline(now)` sends sender reports: set the clocks of the sending lines before.
  bool reports_due(Timestamp now) const { return now >= report_at_; }
  void set_clock(uint8_t line, const MediaClock& clock, uint8_t layer = 0) { outgoing_.set_clock(line, layer, clock); }

  /// Datagrams that come by this path are welcome here.
  bool is_valid(const Path& path) const;
  /// The path is gone (its TCP stream closed; client: or could not be opened).
  void forget(const Path& path);
  /// Where media leaves; empty until a path works.
  const std::optional<Path>& path() const { return path_; }

  // Client only.
  /// Our addresses changed. With a restart of ICE, call it before `update`.
  void set_hosts(std::vector<ice::HostCandidate> hosts);
  /// TCP streams to open and to close since the last call: ask after `on_deadline` and `receive`.
  std::vector<ice::StreamRequest> take_stream_requests();
  void on_stream_opened(const Path& path, Timestamp now);

  /// Tells the peer that we leave.
  void close(Timestamp now, DatagramBatch& out);

  const Description& description() const { return description_; }
  ConnectionState state() const { return state_; }
  /// From the peer's report blocks, else from its retransmissions; zero until known.
  TimeDelta rtt() const { return rtt_ > TimeDelta::zero() ? rtt_ : incoming_.repair_rtt(); }
  /// What the path to the peer carries.
  DataRate send_estimate(Timestamp now) const { return estimator_->estimate(now); }
  /// See cc::BandwidthEstimator.
  bool send_path_may_carry_more(Timestamp now) const { return estimator_->may_carry_more(now); }
  /// See cc::BandwidthEstimator::expect.
  void expect_send_rate(DataRate rate) { estimator_->expect(rate); }
  /// The worst fraction of what we send that the peer's latest reports miss.
  double send_loss() const { return outgoing_.fraction_lost(); }
  void append_stats(std::vector<LineStats>& out) const;

 private:
  using Received = std::expected<std::optional<ReceivedPacket>, Drop>;
  Received receive_stun(Bytes datagram, const Path& from, Timestamp now, Output& out);
  Received receive_dtls(Bytes datagram, const Path& from, Timestamp now, Output& out);
  Received receive_rtp(MutableBytes datagram, Timestamp now);
  Received receive_rtcp(MutableBytes datagram, Timestamp now, Output& out);

  void handle(const rtp::rtcp::SenderReport& report, Timestamp now, Output& out);
  void handle(const rtp::rtcp::ReceiverReport& report, Timestamp now, Output& out);
  void handle(const rtp::rtcp::Bye& bye, Timestamp now, Output& out);
  void handle(const rtp::rtcp::Nack& nack, Timestamp now, Output& out);
  void handle(const rtp::rtcp::PictureLossIndication& pli, Timestamp now, Output& out);
  void handle(const rtp::rtcp::FullIntraRequest& fir, Timestamp now, Output& out);
  void handle(const rtp::rtcp::Remb& remb, Timestamp now, Output& out);
  void handle(const rtp::rtcp::TransportFeedback& feedback, Timestamp now, Output& out);
  void take_report_blocks(std::span<const rtp::rtcp::ReportBlock> blocks, Timestamp now);

  void configure();
  void follow_dtls(Timestamp now, Output& out);
  void heard(Timestamp now, Output& out);
  void set_state(ConnectionState state, std::string reason, Output& out);
  void check_silence(Timestamp now, Output& out);
  void send_repair_requests(Timestamp now, Output& out);
  void send_arrival_feedback(RtcpPacker& packer, Timestamp now);
  void send_reports(RtcpPacker& packer, Timestamp now);
  RtcpPacker packer(DatagramBatch& out);
  ice::FullAgent* full_agent();
  const ice::FullAgent* full_agent() const;
  void follow_ice(Timestamp now, Output& out);
  void update_path();
  bool can_send() const { return srtp_sender_.has_value() && state_ != ConnectionState::Failed && path_.has_value(); }
  OutgoingMedia::Transport outgoing_transport(DatagramBatch& out);
  bool count_sent(const OutgoingMedia::Sent& sent, Timestamp now);

  Config config_;
  Description description_;
  Ssrc reporter_;  // sender of our RTCP that speaks for no stream
  std::variant<ice::LiteAgent, std::unique_ptr<ice::FullAgent>> ice_;
  dtls::Endpoint dtls_;
  std::optional<Path> provisional_path_;  // where a lite agent's last check came from, until one is nominated
  std::optional<Path> path_;              // of ICE, at hand for each packet
  std::optional<Timestamp> last_heard_;   // an authenticated check or packet
  std::optional<srtp::Sender> srtp_sender_;
  std::optional<srtp::Receiver> srtp_receiver_;
  IncomingMedia incoming_;
  OutgoingMedia outgoing_;
  cc::ArrivalRecorder arrivals_;
  Ssrc feedback_media_;  // one of the peer's own streams: browsers ignore feedback that names none of them
  std::unique_ptr<cc::BandwidthEstimator> estimator_;
  uint16_t transport_sequence_ = 0;
  ConnectionState state_ = ConnectionState::Checking;
  TimeDelta rtt_ = TimeDelta::zero();
  Timestamp report_at_ = Timestamp::never();
  Timestamp silence_check_at_ = Timestamp::never();
};

}  // namespace parley::transport
