#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>

#include "base/datagram_batch.hpp"
#include "net/file_descriptor.hpp"

namespace parley::net {

/// One UDP socket, read and written in batches: recvmmsg with UDP GRO on the way in, sendmmsg of UDP GSO messages on
/// the way out (a run of equal-sized datagrams to one peer costs the kernel about what one datagram costs). One thread.
class UdpPort {
 public:
  struct Stats {
    uint64_t datagrams_received = 0;
    uint64_t receive_calls = 0;
    uint64_t datagrams_sent = 0;
    uint64_t messages_sent = 0;  ///< GSO messages: datagrams_sent / messages_sent is the mean run
    uint64_t send_calls = 0;
    uint64_t dropped_buffer_full = 0;
    uint64_t dropped_errors = 0;  ///< unreachable, refused by a firewall, …
  };
  struct Options {
    bool gso = true;
    bool gro = true;
  };

  /// Port 0 lets the kernel choose. The error is a sentence.
  static std::expected<UdpPort, std::string> open(const SocketAddress& address, Options options);
  static std::expected<UdpPort, std::string> open(const SocketAddress& address) { return open(address, Options{}); }
  UdpPort(UdpPort&&) noexcept;
  UdpPort& operator=(UdpPort&&) noexcept;
  ~UdpPort();

  int fd() const { return fd_.get(); }
  SocketAddress address() const;
  /// What has arrived, without waiting; empty if nothing. Valid until the next call.
  std::span<Datagram> receive_batch();
  /// True if the last `receive_batch` filled every slot: there may be more.
  bool more_to_receive() const;
  /// Sends the batch's UDP entries in order; leaves the batch as it is. What the kernel refuses is counted and dropped.
  void send_batch(const DatagramBatch& batch);
  const Stats& stats() const { return stats_; }

 private:
  struct Receiver;
  struct Sender;
  UdpPort(FileDescriptor fd, Options options);
  void flush_messages(const DatagramBatch& batch);
  void send_one_by_one(const DatagramBatch& batch, size_t message);

  FileDescriptor fd_;
  bool gso_;
  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<Sender> sender_;
  Stats stats_;
};

}  // namespace parley::net
