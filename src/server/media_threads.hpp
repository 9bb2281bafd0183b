#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "engine/shard.hpp"
#include "net/tcp_port.hpp"
#include "net/udp_port.hpp"

namespace parley::server {

/// The media side of a node: one thread per shard, each with its own UDP and TCP port (base port + index). Commands go
/// in from the control thread, events come out by a function that is called on the media threads.
class MediaThreads {
 public:
  struct Config {
    uint8_t shards = 1;
    uint16_t base_port = 50000;  ///< 0: the kernel chooses a port for each shard (tests)
    IpAddress bind_address;      ///< unspecified: all
    std::shared_ptr<const dtls::Identity> identity;
    net::UdpPort::Options udp;
  };
  /// Called on a media thread with everything that one loop turn produced; hand over to the control thread and return.
  using EventSink = std::function<void(ShardIndex, std::vector<engine::Event>)>;

  struct Stats {
    engine::ShardStats shard;
    net::UdpPort::Stats udp;
    net::TcpPort::Stats tcp;
    uint64_t relay_dropped = 0;  ///< messages that did not fit into another shard's mailbox
  };

  /// Opens all ports, then starts the threads. The error is a sentence that names the port.
  static std::expected<std::unique_ptr<MediaThreads>, std::string> start(const Config& config, EventSink sink);
  /// Stops and joins the threads.
  ~MediaThreads();

  uint8_t shard_count() const;
  uint16_t udp_port(ShardIndex shard) const;
  uint16_t tcp_port(ShardIndex shard) const;
  /// Control thread. Commands to one shard are carried out in order.
  void send(ShardIndex shard, engine::Command command);
  /// Copies that the threads refresh at least once a second.
  std::vector<Stats> stats() const;

 private:
  class Worker;
  explicit MediaThreads(std::vector<std::unique_ptr<Worker>> workers);
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace parley::server
