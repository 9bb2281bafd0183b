#include "net/tcp_port.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "net/socket_address.hpp"

namespace parley::net {
namespace {

// Key of the listener in epoll; streams count from 1.
constexpr uint32_t kListenerKey = 0;
// Room for the largest datagram we accept many times over: RTP and DTLS stay below 1500 bytes, so a length above
// kMaxDatagram is not a peer of ours.
constexpr size_t kReadBuffer = 64 * 1024;
// Reads per stream and turn, so that one fast sender cannot starve the others.
constexpr int kReadsPerTurn = 4;

}  // namespace

struct TcpPort::Stream {
  FileDescriptor fd;
  Path path;
  Timestamp accepted_at;
  bool had_frame = false;
  bool watching_writes = false;
  std::vector<uint8_t> in = std::vector<uint8_t>(kReadBuffer);
  size_t in_used = 0;
  std::vector<uint8_t> out;
  size_t out_sent = 0;

  size_t queued() const { return out.size() - out_sent; }
};

std::expected<TcpPort, std::string> TcpPort::open(const SocketAddress& address) {
  auto listener = open_bound_socket(SOCK_STREAM, address);
  if (!listener) return std::unexpected(listener.error());
  if (listen(listener->get(), 128) != 0) {
    return std::unexpected("cannot listen on TCP port " + address.to_string() + ": " + std::strerror(errno));
  }
  FileDescriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{.events = EPOLLIN, .data = {.u32 = kListenerKey}};
  if (!epoll.valid() || epoll_ctl(epoll.get(), EPOLL_CTL_ADD, listener->get(), &event) != 0) {
    return std::unexpected(std::string("cannot watch the TCP port: ") + std::strerror(errno));
  }
  return TcpPort(std::move(*listener), std::move(epoll));
}

TcpPort::TcpPort(FileDescriptor listener, FileDescriptor epoll)
    : listener_(std::move(listener)), epoll_(std::move(epoll)) {}
TcpPort::TcpPort(TcpPort&&) noexcept = default;
TcpPort& TcpPort::operator=(TcpPort&&) noexcept = default;
TcpPort::~TcpPort() = default;

SocketAddress TcpPort::address() const { return local_address(listener_.get()); }
size_t TcpPort::stream_count() const { return streams_.size(); }
void TcpPort::close_stream(uint32_t stream) { streams_.erase(stream); }

void TcpPort::serve(Timestamp now, const std::function<void(std::span<Datagram>)>& on_frames,
                    const std::function<void(uint32_t)>& on_closed) {
  std::array<epoll_event, 64> events;
  const int n = epoll_wait(epoll_.get(), events.data(), events.size(), 0);
  for (int i = 0; i < n; ++i) {
    const uint32_t key = events[i].data.u32;
    if (key == kListenerKey) {
      accept_all(now);
      continue;
    }
    const auto found = streams_.find(key);
    if (found == streams_.end()) continue;
    bool alive = true;
    if (events[i].events & EPOLLOUT) alive = write_queued(*found->second);
    if (alive && (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) alive = read_frames(*found->second, on_frames);
    if (!alive) {
      streams_.erase(key);
      on_closed(key);
    }
  }
}

void TcpPort::accept_all(Timestamp now) {
  for (;;) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    FileDescriptor fd(
        accept4(listener_.get(), reinterpret_cast<sockaddr*>(&storage), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) return;
    if (streams_.size() >= kMaxStreams) {
      ++stats_.refused_full;
      continue;
    }
    const int on = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // media must not wait for an acknowledgement
    const uint32_t number = next_stream_++;
    epoll_event event{.events = EPOLLIN, .data = {.u32 = number}};
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd.get(), &event) != 0) continue;
    auto stream = std::make_unique<Stream>();
    stream->path = {.protocol = Path::Protocol::Tcp,
                    .stream = number,
                    .remote = from_sockaddr(storage),
                    .local = local_address(fd.get()).ip};
    stream->fd = std::move(fd);
    stream->accepted_at = now;
    streams_.emplace(number, std::move(stream));
    ++stats_.accepted;
  }
}

bool TcpPort::read_frames(Stream& stream, const std::function<void(std::span<Datagram>)>& on_frames) {
  for (int turn = 0; turn < kReadsPerTurn; ++turn) {
    const ssize_t n = recv(stream.fd.get(), stream.in.data() + stream.in_used, stream.in.size() - stream.in_used, 0);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return false;
    stream.in_used += static_cast<size_t>(n);
    frames_.clear();
    size_t at = 0;
    while (stream.in_used - at >= 2) {
      const size_t size = load_be16(stream.in.data() + at);
      if (size > DatagramBatch::kMaxDatagram) return false;
      if (stream.in_used - at - 2 < size) break;
      if (size > 0) frames_.push_back({MutableBytes(stream.in.data() + at + 2, size), stream.path});
      at += 2 + size;
    }
    if (!frames_.empty()) {
      stream.had_frame = true;
      stats_.frames_received += frames_.size();
      on_frames(frames_);
    }
    std::memmove(stream.in.data(), stream.in.data() + at, stream.in_used - at);
    stream.in_used -= at;
  }
  return true;
}

void TcpPort::send_batch(const DatagramBatch& batch) {
  // Entries of one stream are neighbours mostly: write each stream once per run.
  Stream* current = nullptr;
  const auto finish = [this](Stream* stream) {
    if (stream && !write_queued(*stream)) stream->out.clear(), stream->out_sent = 0;  // its reader will see the end
  };
  for (const DatagramBatch::Entry& entry : batch.entries()) {
    if (entry.path.protocol != Path::Protocol::Tcp) continue;
    if (!current || current->path.stream != entry.path.stream) {
      finish(current);
      const auto found = streams_.find(entry.path.stream);
      current = found == streams_.end() ? nullptr : found->second.get();
    }
    if (current) {
      enqueue(*current, batch.bytes(entry));
    } else {
      ++stats_.frames_dropped;
    }
  }
  finish(current);
}

void TcpPort::enqueue(Stream& stream, Bytes datagram) {
  if (stream.queued() + datagram.size() + 2 > kMaxQueuedBytes) {
    ++stats_.frames_dropped;
    return;
  }
  const size_t at = stream.out.size();
  stream.out.resize(at + 2 + datagram.size());
  store_be16(stream.out.data() + at, static_cast<uint16_t>(datagram.size()));
  std::memcpy(stream.out.data() + at + 2, datagram.data(), datagram.size());
  ++stats_.frames_sent;
}

bool TcpPort::write_queued(Stream& stream) {
  while (stream.queued() > 0) {
    const ssize_t n = send(stream.fd.get(), stream.out.data() + stream.out_sent, stream.queued(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) return false;
    if (n < 0) break;
    stream.out_sent += static_cast<size_t>(n);
  }
  if (stream.queued() == 0 || stream.out_sent > kMaxQueuedBytes) {
    stream.out.erase(stream.out.begin(), stream.out.begin() + static_cast<ptrdiff_t>(stream.out_sent));
    stream.out_sent = 0;
  }
  if (const bool wanted = stream.queued() > 0; wanted != stream.watching_writes) {
    epoll_event event{.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN, .data = {.u32 = stream.path.stream}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, stream.fd.get(), &event);
    stream.watching_writes = wanted;
  }
  return true;
}

void TcpPort::on_deadline(Timestamp now) {
  stats_.timed_out += std::erase_if(streams_, [now](const auto& item) {
    return !item.second->had_frame && now - item.second->accepted_at >= kFirstFrameTimeout;
  });
}

Timestamp TcpPort::next_deadline() const {
  Timestamp next = Timestamp::never();
  for (const auto& [number, stream] : streams_) {
    if (!stream->had_frame) next = std::min(next, stream->accepted_at + kFirstFrameTimeout);
  }
  return next;
}

}  // namespace parley::net
