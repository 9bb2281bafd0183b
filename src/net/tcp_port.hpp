#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/datagram_batch.hpp"
#include "base/time.hpp"
#include "net/file_descriptor.hpp"

namespace parley::net {

/// The listening side of ICE over TCP (RFC 6544 passive candidates): accepts streams and carries datagrams as RFC 4571
/// frames (a 16-bit length in front of each). One thread; everything non-blocking; all descriptors hang in one epoll
/// set of its own, whose descriptor `fd()` becomes readable when there is work.
class TcpPort {
 public:
  /// A host behind one address may hold a few hundred people; the rest of a node's peers come by UDP.
  static constexpr size_t kMaxStreams = 4096;
  /// About 1.5 s of a 3 Mbit/s video: a reader further behind than that is better served by dropping.
  static constexpr size_t kMaxQueuedBytes = 512 * 1024;
  /// A stream must bring its first whole frame within this time, so that idle strangers cannot hold the slots.
  static constexpr TimeDelta kFirstFrameTimeout = TimeDelta::seconds(10);

  struct Stats {
    uint64_t accepted = 0;
    uint64_t refused_full = 0;
    uint64_t timed_out = 0;
    uint64_t frames_received = 0;
    uint64_t frames_sent = 0;
    uint64_t frames_dropped = 0;  ///< the stream is gone or its queue is full
  };

  static std::expected<TcpPort, std::string> open(const SocketAddress& address);
  TcpPort(TcpPort&&) noexcept;
  TcpPort& operator=(TcpPort&&) noexcept;
  ~TcpPort();

  int fd() const { return epoll_.get(); }
  SocketAddress address() const;
  size_t stream_count() const;

  /// Accepts, reads and writes whatever is possible without waiting. `on_frames` gets the frames of one stream at a
  /// time (valid during the call), `on_closed` the number of a stream that ended by the peer's doing.
  void serve(Timestamp now, const std::function<void(std::span<Datagram>)>& on_frames,
             const std::function<void(uint32_t)>& on_closed);
  /// Queues the batch's TCP entries and writes what the sockets take; leaves the batch as it is.
  void send_batch(const DatagramBatch& batch);
  void close_stream(uint32_t stream);
  /// Closes streams that brought no frame in time.
  void on_deadline(Timestamp now);
  Timestamp next_deadline() const;
  const Stats& stats() const { return stats_; }

 private:
  struct Stream;
  TcpPort(FileDescriptor listener, FileDescriptor epoll);
  void accept_all(Timestamp now);
  bool read_frames(Stream& stream, const std::function<void(std::span<Datagram>)>& on_frames);
  bool write_queued(Stream& stream);
  void enqueue(Stream& stream, Bytes datagram);

  FileDescriptor listener_;
  FileDescriptor epoll_;
  std::unordered_map<uint32_t, std::unique_ptr<Stream>> streams_;
  std::vector<Datagram> frames_;
  uint32_t next_stream_ = 1;
  Stats stats_;
};

}  // namespace parley::net
