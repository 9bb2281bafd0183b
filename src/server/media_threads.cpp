#include "server/media_threads.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <variant>

#include "base/check.hpp"
#include "net/clock.hpp"
#include "net/mailbox.hpp"

namespace parley::server {
namespace {

struct RelayIn {
  ShardIndex from;
  engine::RelayMessage message;
};
using Letter = std::variant<engine::Command, RelayIn>;

// A relay message is one batch of a loop turn; a shard that is this many turns behind is drowning, and dropping media
// is the only help. Commands come a few hundred a second at most: the same bound is never reached by them.
constexpr size_t kMailboxCapacity = 16384;
// Receive rounds before timers and commands get their turn.
constexpr int kReceiveRounds = 4;
constexpr TimeDelta kStatsInterval = TimeDelta::millis(500);
constexpr TimeDelta kMaxSleep = TimeDelta::seconds(1);

}  // namespace

class MediaThreads::Worker {
 public:
  Worker(ShardIndex index, const Config& config, net::UdpPort udp, net::TcpPort tcp)
      : index_(index),
        udp_(std::move(udp)),
        tcp_(std::move(tcp)),
        shard_({.index = index, .identity = config.identity}),
        mailbox_(kMailboxCapacity) {
    out_.datagrams.set_drain([](void* self, DatagramBatch&) { static_cast<Worker*>(self)->send_datagrams(); }, this);
  }

  void start(EventSink sink, std::vector<Worker*> peers) {
    sink_ = std::move(sink);
    peers_ = std::move(peers);
    thread_ = std::thread([this] { run(); });
  }

  bool post(Letter letter) { return mailbox_.post(std::move(letter)); }
  uint16_t udp_port() const { return udp_.address().port; }
  uint16_t tcp_port() const { return tcp_.address().port; }
  Stats stats() const {
    const std::lock_guard lock(stats_mutex_);
    return published_;
  }
  void stop() {
    stop_ = true;
    mailbox_.wake();
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    while (!stop_) {
      const Timestamp before = net::monotonic_now();
      wait(std::min(shard_.next_deadline(), before + kMaxSleep) - before);
      const Timestamp now = net::monotonic_now();
      read_mailbox(now);
      receive(now);
      if (now >= shard_.next_deadline()) shard_.on_deadline(now, out_);
      if (now >= tcp_.next_deadline()) tcp_.on_deadline(now);
      flush();
      if (now - stats_published_at_ >= kStatsInterval) publish_stats(now);
    }
  }

  void wait(TimeDelta at_most) {
    const int64_t us = std::max<int64_t>(0, at_most.us());
    const timespec timeout{.tv_sec = us / 1'000'000, .tv_nsec = us % 1'000'000 * 1000};
    std::array<pollfd, 3> sources{{{udp_.fd(), POLLIN, 0}, {tcp_.fd(), POLLIN, 0}, {mailbox_.fd(), POLLIN, 0}}};
    ppoll(sources.data(), sources.size(), &timeout, nullptr);
    tcp_ready_ = sources[1].revents != 0;
    mail_ready_ = sources[2].revents != 0;
  }

  void read_mailbox(Timestamp now) {
    if (!mail_ready_) return;
    mailbox_.take(letters_);
    for (Letter& letter : letters_) {
      if (const auto* command = std::get_if<engine::Command>(&letter)) {
        shard_.execute(*command, now, out_);
      } else {
        const auto& relay = std::get<RelayIn>(letter);
        shard_.on_relay(relay.from, relay.message, now, out_);
      }
    }
    letters_.clear();  // lets go of relay batches at once, so that their sender can recycle them
  }

  void receive(Timestamp now) {
    for (int round = 0; round < kReceiveRounds; ++round) {
      const std::span<Datagram> batch = udp_.receive_batch();
      if (!batch.empty()) shard_.on_datagrams(batch, now, out_);
      if (!udp_.more_to_receive()) break;
      flush();
    }
    if (!tcp_ready_) return;
    tcp_.serve(
        now, [this, now](std::span<Datagram> frames) { shard_.on_datagrams(frames, now, out_); },
        [this, now](uint32_t stream) { shard_.on_stream_closed(stream, now, out_); });
  }

  void send_datagrams() {
    udp_.send_batch(out_.datagrams);
    tcp_.send_batch(out_.datagrams);
    out_.datagrams.clear();
  }

  void flush() {
    if (!out_.datagrams.empty()) send_datagrams();
    for (const uint32_t stream : out_.closed_streams) tcp_.close_stream(stream);
    out_.closed_streams.clear();
    for (auto& [to, message] : out_.relay) {
      if (!peers_[to.value()]->post(RelayIn{index_, std::move(message)})) ++relay_dropped_;
    }
    out_.relay.clear();
    if (!out_.events.empty()) sink_(index_, std::exchange(out_.events, {}));
  }

  void publish_stats(Timestamp now) {
    stats_published_at_ = now;
    const std::lock_guard lock(stats_mutex_);
    published_ = {shard_.stats(), udp_.stats(), tcp_.stats(), relay_dropped_};
  }

  const ShardIndex index_;
  net::UdpPort udp_;
  net::TcpPort tcp_;
  engine::Shard shard_;
  engine::Output out_;
  net::Mailbox<Letter> mailbox_;
  std::vector<Letter> letters_;
  EventSink sink_;
  std::vector<Worker*> peers_;
  bool tcp_ready_ = false;
  bool mail_ready_ = false;
  uint64_t relay_dropped_ = 0;
  Timestamp stats_published_at_;
  mutable std::mutex stats_mutex_;
  Stats published_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;  // last: everything it uses outlives it
};

std::expected<std::unique_ptr<MediaThreads>, std::string> MediaThreads::start(const Config& config, EventSink sink) {
  std::vector<std::unique_ptr<Worker>> workers;
  for (uint8_t i = 0; i < config.shards; ++i) {
    const uint16_t wanted = config.base_port == 0 ? 0 : static_cast<uint16_t>(config.base_port + i);
    auto udp = net::UdpPort::open({config.bind_address, wanted}, config.udp);
    if (!udp) return std::unexpected(udp.error());
    auto tcp = net::TcpPort::open({config.bind_address, wanted});
    if (!tcp) return std::unexpected(tcp.error());
    workers.push_back(std::make_unique<Worker>(ShardIndex(i), config, std::move(*udp), std::move(*tcp)));
  }
  std::vector<Worker*> peers;
  for (const auto& worker : workers) peers.push_back(worker.get());
  for (const auto& worker : workers) worker->start(sink, peers);
  return std::unique_ptr<MediaThreads>(new MediaThreads(std::move(workers)));
}

MediaThreads::MediaThreads(std::vector<std::unique_ptr<Worker>> workers) : workers_(std::move(workers)) {}

MediaThreads::~MediaThreads() {
  // All threads must have stopped before the first worker goes: they post into each other's mailboxes.
  for (const auto& worker : workers_) worker->stop();
  for (const auto& worker : workers_) worker->join();
}

uint8_t MediaThreads::shard_count() const { return static_cast<uint8_t>(workers_.size()); }
uint16_t MediaThreads::udp_port(ShardIndex shard) const { return workers_[shard.value()]->udp_port(); }
uint16_t MediaThreads::tcp_port(ShardIndex shard) const { return workers_[shard.value()]->tcp_port(); }

void MediaThreads::send(ShardIndex shard, engine::Command command) {
  PARLEY_CHECK(workers_[shard.value()]->post(std::move(command)));
}

std::vector<MediaThreads::Stats> MediaThreads::stats() const {
  std::vector<Stats> all;
  for (const auto& worker : workers_) all.push_back(worker->stats());
  return all;
}

}  // namespace parley::server
