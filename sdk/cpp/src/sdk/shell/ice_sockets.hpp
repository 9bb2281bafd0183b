#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/datagram_batch.hpp"
#include "ice/candidate.hpp"
#include "net/udp_port.hpp"

namespace parley::sdk {

/// The sockets that media travel by: one UDP socket on all addresses, from which the kernel routes, and TCP streams
/// (RFC 6544 active, framed by RFC 4571) as ICE asks for them. On its io_context's thread.
class IceSockets {
 public:
  struct Handlers {
    /// Valid during the call; may be decrypted in place.
    std::function<void(std::span<Datagram>)> datagrams;
    std::function<void(const Path&)> stream_opened;
    std::function<void(const Path&)> stream_gone;
  };
  /// A stream that takes no more is dead or too slow for media: about 1.5 s of 3 Mbit/s video.
  static constexpr size_t kMaxQueuedBytes = 512 * 1024;

  IceSockets(boost::asio::io_context& io, Handlers handlers);
  ~IceSockets();

  /// Empty: no UDP socket could be had.
  std::vector<ice::HostCandidate> hosts() const;
  void open_stream(const Path& path);
  void close_stream(const Path& path);
  /// Sends and clears.
  void send(DatagramBatch& batch);
  uint64_t bytes_sent() const { return bytes_sent_; }
  uint64_t bytes_received() const { return bytes_received_; }

 private:
  class Stream;
  void wait_readable();
  void receive();
  void drop(const Path& path);

  boost::asio::io_context& io_;
  Handlers handlers_;
  std::optional<net::UdpPort> udp_;
  std::optional<boost::asio::posix::stream_descriptor> readable_;
  std::map<Path, std::shared_ptr<Stream>> streams_;
  uint64_t bytes_sent_ = 0;
  uint64_t bytes_received_ = 0;
};

}  // namespace parley::sdk
