#include "bench/naive_sfu.hpp"

#include <sys/socket.h>

#include <utility>

#include "base/check.hpp"
#include "net/socket_address.hpp"
#include "rtp/packet.hpp"

namespace parley::bench {

struct NaiveSfu::Subscriber {
  sockaddr_storage address;
  socklen_t address_size;
  srtp::Sender srtp;
  uint32_t ssrc;
  uint16_t sequence_offset;
  uint32_t timestamp_offset;
};

NaiveSfu::NaiveSfu(const srtp::MasterKey& publisher) : publisher_(publisher) {
  auto opened = net::open_bound_socket(SOCK_DGRAM, {});
  PARLEY_CHECK(opened.has_value());
  socket_ = std::move(*opened);
  family_ = net::socket_family(socket_.get());
  constexpr int kBuffer = 4 * 1024 * 1024;  // as net::UdpPort
  setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &kBuffer, sizeof kBuffer);
  setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &kBuffer, sizeof kBuffer);
}

NaiveSfu::~NaiveSfu() = default;

uint16_t NaiveSfu::port() const { return net::local_address(socket_.get()).port; }

void NaiveSfu::add_subscriber(const SocketAddress& address, const srtp::MasterKey& key, uint32_t ssrc) {
  Subscriber& added = subscribers_.emplace_back(Subscriber{{}, 0, srtp::Sender(key), ssrc, 0, 0});
  added.address_size = net::to_sockaddr(address, family_, added.address);
  added.sequence_offset = static_cast<uint16_t>(ssrc & 0x7f);
  added.timestamp_offset = ssrc * 7;
}

void NaiveSfu::turn(Sleep& sleep) {
  sleep.until_readable(std::array{socket_.get()});
  for (;;) {
    sockaddr_storage from;
    socklen_t from_size = sizeof from;
    const ssize_t n =
        recvfrom(socket_.get(), in_.data(), in_.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &from_size);
    ++counters_.receive_calls;
    if (n < 0) return;
    ++counters_.received;
    const auto size = publisher_.unprotect_rtp(MutableBytes(in_.data(), static_cast<size_t>(n)));
    if (!size) continue;
    const auto view = rtp::PacketView::parse(Bytes(in_.data(), *size), {});
    if (view) forward(view->packet, view->header_size);
  }
}

void NaiveSfu::forward(Bytes packet, size_t header_size) {
  for (Subscriber& to : subscribers_) {
    std::memcpy(out_.data(), packet.data(), packet.size());
    store_be16(&out_[2], static_cast<uint16_t>(load_be16(&out_[2]) + to.sequence_offset));
    store_be32(&out_[4], load_be32(&out_[4]) + to.timestamp_offset);
    store_be32(&out_[8], to.ssrc);
    const MutableBytes whole(out_);
    const auto size =
        to.srtp.protect_rtp(whole.first(header_size), whole.subspan(header_size, packet.size() - header_size), whole);
    if (!size) continue;
    ++counters_.forwarded;
    ++counters_.send_calls;
    const ssize_t n = sendto(socket_.get(), out_.data(), *size, MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&to.address), to.address_size);
    ++(n >= 0 ? counters_.sent : counters_.dropped);
    counters_.messages += n >= 0;
  }
}

}  // namespace parley::bench
