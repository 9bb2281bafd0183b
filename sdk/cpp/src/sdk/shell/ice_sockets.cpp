#include "sdk/shell/ice_sockets.hpp"

#include <unistd.h>

#include <array>
#include <deque>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "base/log.hpp"

namespace parley::sdk {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

tcp::endpoint to_endpoint(const SocketAddress& address) {
  const auto bytes = address.ip.bytes();
  const asio::ip::address_v6 v6(asio::ip::address_v6::bytes_type{bytes});
  if (address.ip.is_v4()) return {asio::ip::make_address_v4(asio::ip::v4_mapped, v6), address.port};
  return {v6, address.port};
}

std::optional<net::UdpPort> open_udp() {
  for (const IpAddress& any : {IpAddress(), IpAddress::v4(0)}) {
    auto port = net::UdpPort::open({any, 0});
    if (port) return std::move(*port);
    log_info("no UDP socket on {}: {}", any.to_string(), port.error());
  }
  return std::nullopt;
}

}  // namespace

/// One TCP stream to the server.
class IceSockets::Stream : public std::enable_shared_from_this<Stream> {
 public:
  Stream(IceSockets& owner, const Path& path) : owner_(&owner), path_(path), socket_(owner.io_) {}

  void open() {
    socket_.async_connect(to_endpoint(path_.remote), [self = shared_from_this()](error_code error) {
      if (!self->owner_) return;
      if (error) return self->fail(error);
      error_code ignored;
      self->socket_.set_option(tcp::no_delay(true), ignored);
      self->open_ = true;
      self->read_length();
      self->owner_->handlers_.stream_opened(self->path_);
    });
  }
  void abandon() {
    owner_ = nullptr;
    error_code ignored;
    socket_.close(ignored);
  }
  void send(Bytes datagram) {
    if (!open_ || queued_ + datagram.size() > kMaxQueuedBytes) return;
    std::vector<uint8_t> frame(datagram.size() + 2);
    store_be16(frame.data(), static_cast<uint16_t>(datagram.size()));
    std::copy(datagram.begin(), datagram.end(), frame.begin() + 2);
    queued_ += frame.size();
    queue_.push_back(std::move(frame));
    if (queue_.size() == 1) write();
  }

 private:
  void fail(error_code error) {
    log_debug("media over TCP to {}: {}", path_.remote.to_string(), error.message());
    if (owner_) owner_->drop(path_);
  }
  void read_length() {
    asio::async_read(socket_, asio::buffer(buffer_.data(), 2), [self = shared_from_this()](error_code error, size_t) {
      if (!self->owner_) return;
      if (error) return self->fail(error);
      self->read_frame(load_be16(self->buffer_.data()));
    });
  }
  void read_frame(uint16_t size) {
    const auto done = [self = shared_from_this(), size](error_code error, size_t) {
      if (!self->owner_) return;
      if (error) return self->fail(error);
      Datagram datagram{.data = MutableBytes(self->buffer_.data(), size), .path = self->path_};
      self->owner_->bytes_received_ += size;
      if (size > 0) self->owner_->handlers_.datagrams({&datagram, 1});
      if (self->owner_) self->read_length();
    };
    asio::async_read(socket_, asio::buffer(buffer_.data(), size), done);
  }
  void write() {
    asio::async_write(socket_, asio::buffer(queue_.front()), [self = shared_from_this()](error_code error, size_t) {
      if (!self->owner_) return;
      if (error) return self->fail(error);
      self->queued_ -= self->queue_.front().size();
      self->queue_.pop_front();
      if (!self->queue_.empty()) self->write();
    });
  }

  IceSockets* owner_;  // null once it is of no more use
  Path path_;
  tcp::socket socket_;
  std::array<uint8_t, 65536> buffer_;
  std::deque<std::vector<uint8_t>> queue_;
  size_t queued_ = 0;
  bool open_ = false;
};

IceSockets::IceSockets(asio::io_context& io, Handlers handlers) : io_(io), handlers_(std::move(handlers)) {
  udp_ = open_udp();
  if (!udp_) return;
  // A descriptor of its own, as asio closes what it is given.
  readable_.emplace(io, ::dup(udp_->fd()));
  wait_readable();
}

IceSockets::~IceSockets() {
  for (const auto& [path, stream] : streams_) stream->abandon();
}

std::vector<ice::HostCandidate> IceSockets::hosts() const {
  if (!udp_) return {};
  return {{.address = udp_->address()}};
}

void IceSockets::wait_readable() {
  readable_->async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code error) {
    if (error) return;
    receive();
    wait_readable();
  });
}

void IceSockets::receive() {
  do {
    const std::span<Datagram> batch = udp_->receive_batch();
    if (batch.empty()) return;
    for (Datagram& datagram : batch) {
      // The socket is on all addresses, and so is its candidate: by which one a datagram came does not matter.
      datagram.path.local = udp_->address().ip;
      bytes_received_ += datagram.data.size();
    }
    handlers_.datagrams(batch);
  } while (udp_->more_to_receive());
}

void IceSockets::open_stream(const Path& path) {
  const auto [it, added] = streams_.try_emplace(path, std::make_shared<Stream>(*this, path));
  if (added) it->second->open();
}

void IceSockets::close_stream(const Path& path) {
  const auto it = streams_.find(path);
  if (it == streams_.end()) return;
  it->second->abandon();
  streams_.erase(it);
}

void IceSockets::drop(const Path& path) {
  close_stream(path);
  handlers_.stream_gone(path);
}

void IceSockets::send(DatagramBatch& batch) {
  if (batch.empty()) return;
  bool udp = false;
  for (const DatagramBatch::Entry& entry : batch.entries()) {
    bytes_sent_ += entry.size;
    if (entry.path.protocol == Path::Protocol::Udp) {
      udp = true;
    } else if (const auto it = streams_.find(entry.path); it != streams_.end()) {
      it->second->send(batch.bytes(entry));
    }
  }
  if (udp && udp_) udp_->send_batch(batch);
  batch.clear();
}

}  // namespace parley::sdk
