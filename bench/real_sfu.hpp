#pragma once

#include <memory>

#include "bench/sfu.hpp"
#include "engine/shard.hpp"
#include "net/udp_port.hpp"

namespace parley::bench {

/// A real shard on real sockets, in the loop of server::MediaThreads, but for two things: the time is given, so that
/// the timers of a meeting run at the pace of its frames however fast these are measured; and there is a second port to
/// send from, which does without GSO.
class RealSfu final : public Sfu {
 public:
  explicit RealSfu(std::shared_ptr<const dtls::Identity> identity);

  void execute(const engine::Command& command, Timestamp now);
  void turn(Sleep& sleep) override;
  Counters counters() const override;
  /// CPU time by phase, of the turns while `keep_phases`, without the clock's own cost.
  const PhaseTimes& phases() const { return phases_; }

  uint16_t port() const { return udp_.address().port; }
  const engine::ShardStats& stats() const { return shard_.stats(); }
  // Between turns only.
  void use_gso(bool gso) { sender_ = gso ? &udp_ : &plain_; }
  void keep_phases(bool keep) { keep_phases_ = keep; }

 private:
  void receive(Timestamp now);
  void flush();
  void send_datagrams();
  void begin(Phase phase);

  net::UdpPort udp_;
  net::UdpPort plain_;
  net::UdpPort* sender_;
  engine::Shard shard_;
  engine::Output out_;
  bool keep_phases_ = false;
  Phase phase_ = Phase::Wait;
  int64_t phase_began_ = 0;
  int64_t reading_ns_;
  PhaseTimes phases_{};
};

}  // namespace parley::bench
