#include "bench/real_sfu.hpp"

#include <array>
#include <utility>

#include "base/check.hpp"
#include "bench/cpu_clock.hpp"

namespace parley::bench {

namespace {

constexpr int kReceiveRounds = 4;  // as server::MediaThreads

net::UdpPort open_port(bool gso) {
  auto port = net::UdpPort::open({}, {.gso = gso});
  PARLEY_CHECK(port.has_value());
  return std::move(*port);
}

}  // namespace

RealSfu::RealSfu(std::shared_ptr<const dtls::Identity> identity)
    : udp_(open_port(true)),
      plain_(open_port(false)),
      sender_(&udp_),
      shard_({.index = ShardIndex(0), .identity = std::move(identity)}),
      reading_ns_(thread_cpu_reading_ns()) {
  out_.datagrams.set_drain([](void* self, DatagramBatch&) { static_cast<RealSfu*>(self)->send_datagrams(); }, this);
}

void RealSfu::execute(const engine::Command& command, Timestamp now) {
  shard_.execute(command, now, out_);
  flush();
}

void RealSfu::begin(Phase phase) {
  if (!keep_phases_) return;
  const int64_t now = thread_cpu_ns();
  if (phase_began_ != 0) phases_[static_cast<size_t>(phase_)] += now - phase_began_ - reading_ns_;
  phase_ = phase;
  phase_began_ = now;
}

void RealSfu::turn(Sleep& sleep) {
  phase_began_ = 0;
  begin(Phase::Wait);
  const std::array files{udp_.fd(), plain_.fd()};  // the second stands for the TCP listener
  const Timestamp now = sleep.until_readable(files);
  receive(now);
  if (now >= shard_.next_deadline()) shard_.on_deadline(now, out_);
  flush();
  begin(Phase::Wait);
}

void RealSfu::receive(Timestamp now) {
  for (int round = 0; round < kReceiveRounds; ++round) {
    begin(Phase::Receive);
    const std::span<Datagram> batch = udp_.receive_batch();
    begin(Phase::Core);
    if (!batch.empty()) shard_.on_datagrams(batch, now, out_);
    if (!udp_.more_to_receive()) break;
    flush();
  }
}

void RealSfu::send_datagrams() {
  const Phase before = phase_;
  begin(Phase::Send);
  sender_->send_batch(out_.datagrams);
  out_.datagrams.clear();
  begin(before);
}

void RealSfu::flush() {
  if (!out_.datagrams.empty()) send_datagrams();
  out_.closed_streams.clear();
  out_.relay.clear();
  out_.events.clear();
}

Counters RealSfu::counters() const {
  const net::UdpPort::Stats &a = udp_.stats(), &b = plain_.stats();
  return {.received = a.datagrams_received,
          .forwarded = shard_.stats().packets_forwarded,
          .receive_calls = a.receive_calls,
          .send_calls = a.send_calls + b.send_calls,
          .sent = a.datagrams_sent + b.datagrams_sent,
          .messages = a.messages_sent + b.messages_sent,
          .dropped = a.dropped_buffer_full + a.dropped_errors + b.dropped_buffer_full + b.dropped_errors};
}

}  // namespace parley::bench
