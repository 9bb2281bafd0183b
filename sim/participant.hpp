#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.hpp"
#include "base/rng.hpp"
#include "seat_sink.hpp"
#include "sink.hpp"
#include "source.hpp"
#include "transport/connection.hpp"
#include "transport/offerer.hpp"

namespace parley::sim {

/// A client on the cores that the native SDK stands on: it offers, connects as the full ICE agent, sends what its
/// sources make and watches what comes. In contrast to `Client`, which reads the RFCs a second time to test the server.
class Participant {
 public:
  struct Config {
    std::shared_ptr<const dtls::Identity> identity;
    SocketAddress address;  ///< of its UDP socket
    bool tcp = true;        ///< may open streams
  };
  Participant(const Config& config, uint64_t seed);

  transport::Offerer& offerer() { return offerer_; }
  /// An answer came: begins the connection, or carries on with the new lines and credentials. False, with a failed
  /// test's message in `error`, if it was refused.
  bool accept(const std::string& answer, std::string& error);
  /// Another network: the socket has a new address. The next offer restarts ICE.
  void move(const SocketAddress& address);

  Source& publish(uint8_t line, const Source::Config& source);
  Sink& watch(uint8_t line, rtp::Codec codec);
  Sink& sink(uint8_t line) { return *sinks_[line]; }
  /// The seat's lines, through playout.
  SeatSink& watch_seat(uint8_t audio_line, uint8_t video_line, playout::Delivery delivery);

  void receive(Bytes datagram, const Path& from, Timestamp now);
  /// Call every millisecond.
  void on_tick(Timestamp now);
  struct Packet {
    Path path;
    std::vector<uint8_t> bytes;
  };
  std::vector<Packet> take_datagrams();
  std::vector<ice::StreamRequest> take_stream_requests() { return connection_->take_stream_requests(); }

  transport::Connection& connection() { return *connection_; }
  const transport::Connection& connection() const { return *connection_; }
  transport::ConnectionState state() const { return connection_->state(); }
  const SocketAddress& address() const { return config_.address; }
  bool may_use_tcp() const { return config_.tcp; }
  struct Stats {
    uint64_t retransmitted = 0;
    uint64_t key_frames_wanted[3] = {};  ///< by layer
    uint64_t source_reports = 0;
    uint64_t broken_layers = 0;
    uint64_t dropped = 0;  ///< datagrams that the connection refused
    Timestamp connected_at = Timestamp::never();
    std::vector<transport::StateChanged> states;
  };
  const Stats& stats() const { return stats_; }

 private:
  void send(uint8_t line, const SourcePacket& packet, bool retransmission, Timestamp now);
  void send_media(Timestamp now);
  void act(Timestamp now);
  void handle(const transport::StateChanged& fact, Timestamp now);
  void handle(const transport::LossReported& fact, Timestamp now);
  void handle(const transport::KeyFrameWanted& fact, Timestamp now);
  void handle(const transport::LayerBroken& fact, Timestamp now);
  void handle(const transport::SourceReport& fact, Timestamp now);

  Config config_;
  Rng rng_;
  transport::Offerer offerer_;
  std::unique_ptr<transport::Connection> connection_;
  DatagramBatch batch_;
  std::vector<transport::Fact> facts_;
  std::vector<std::unique_ptr<Source>> sources_;  // by line
  std::vector<std::unique_ptr<Sink>> sinks_;      // by line
  struct Seat {
    uint8_t audio_line = 0;
    uint8_t video_line = 0;
    std::unique_ptr<SeatSink> sink;
    bool has(uint8_t line) const { return line == audio_line || line == video_line; }
  };
  std::vector<Seat> seats_;
  std::vector<SourcePacket> produced_;
  Stats stats_;
};

}  // namespace parley::sim
