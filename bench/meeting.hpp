#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/naive_sfu.hpp"
#include "bench/real_sfu.hpp"
#include "bench/sfu_thread.hpp"
#include "client.hpp"
#include "dtls/identity.hpp"

namespace parley::bench {

/// One publisher and its subscribers, each with a socket and a WebRTC client of its own, with the real SFU; and the
/// same sockets with naive SFUs, whose keys are dealt without a handshake. Everything here is the driver's: none of it
/// is measured.
class Meeting {
 public:
  struct Config {
    rtp::MediaKind kind = rtp::MediaKind::Video;
    size_t subscribers = 1;
    uint8_t run = 6;  ///< video packets of a frame, which arrive together
    size_t packet_size = 1100;
  };
  enum class Server : uint8_t { Real, NaiveGcm, NaiveSha1 };

  explicit Meeting(const Config& config);
  ~Meeting();

  /// ICE, DTLS, subscriptions; then frames at a growing rate until the bandwidth estimate of everybody has room for
  /// all. The error is a sentence.
  bool connect();

  RealSfu& real() { return *real_; }
  Sfu& server(Server which);
  SfuThread& thread() { return *thread_; }
  /// Whether the subscribers' sockets take GSO messages whole, as a network card does that segments in hardware.
  void set_receive_gro(bool gro);

  /// One frame (or audio packet) through `which`, all that it causes, and the wait for it.
  void play_frame(Server which);

  struct Tally {
    uint64_t expected = 0;  ///< packets that subscribers should have got
    uint64_t opened = 0;    ///< got, decrypted, and of the right content
    uint64_t bad = 0;
    uint64_t timeouts = 0;
  };
  const Tally& tally() const { return tally_; }

 private:
  struct Attendee;
  void add_attendee(bool publishes);
  void play_real_frame();
  void play_naive_frame(Server which);
  void control_turn();
  void send(Attendee& from, uint16_t port, const std::vector<std::vector<uint8_t>>& datagrams);
  void drain(bool naive);
  void take(Attendee& to, MutableBytes datagram, bool naive);
  uint64_t sink_packets() const;

  Config config_;
  Rng rng_;
  std::shared_ptr<const dtls::Identity> server_identity_;
  std::shared_ptr<const dtls::Identity> client_identity_;
  Timestamp now_ = Timestamp::from_us(1'000'000);
  TimeDelta interval_;
  std::unique_ptr<RealSfu> real_;
  std::vector<std::unique_ptr<Attendee>> attendees_;  // the publisher first
  struct Naive;
  std::vector<std::unique_ptr<Naive>> naive_;
  Naive* playing_ = nullptr;
  std::unique_ptr<SfuThread> thread_;
  std::vector<uint8_t> buffer_;
  Tally tally_;
};

}  // namespace parley::bench
