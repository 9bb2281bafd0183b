#include "media_relay.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

namespace parley::test {
namespace {

constexpr uint16_t kBindingRequest = 1, kUsername = 6;  // RFC 8489 sections 14.3 and 18.2

sockaddr_in address_of(const std::string& ip, uint16_t port) {
  sockaddr_in out{.sin_family = AF_INET, .sin_port = htons(port)};
  ::inet_pton(AF_INET, ip.c_str(), &out.sin_addr);
  return out;
}

uint16_t be16(const uint8_t* p) { return static_cast<uint16_t>(p[0] << 8 | p[1]); }

}  // namespace

MediaRelay::MediaRelay(const std::string& front, uint16_t port) : port_(port) {
  front_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = address_of(front, port);
  if (::bind(front_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot bind " + front);
  }
  thread_ = std::thread([this] { run(); });
}

MediaRelay::~MediaRelay() {
  stopping_ = true;
  thread_.join();
  drop_backs();
  ::close(front_);
}

size_t MediaRelay::usernames() const {
  const std::lock_guard lock(mutex_);
  return usernames_.size();
}

void MediaRelay::drop_backs() {
  for (const auto& [client, fd] : backs_) ::close(fd);
  backs_.clear();
}

void MediaRelay::note_username(const uint8_t* data, size_t size) {
  if (size < 20 || be16(data) != kBindingRequest) return;
  for (size_t at = 20; at + 4 <= size;) {
    const size_t length = be16(data + at + 2);
    if (at + 4 + length > size) return;
    if (be16(data + at) == kUsername) {
      const std::lock_guard lock(mutex_);
      usernames_.emplace(reinterpret_cast<const char*>(data) + at + 4, length);
    }
    at += 4 + (length + 3) / 4 * 4;
  }
}

/// RTP by RFC 5761 section 4: what begins with version 2 and is no RTCP type.
bool MediaRelay::loses(const uint8_t* data, size_t size) {
  const bool media = size > 12 && data[0] >> 6 == 2 && (data[1] < 192 || data[1] > 223);
  if (!media || at_risk_ <= 0 || at_risk_-- % nth_ != 0) return false;
  ++lost_;
  return true;
}

void MediaRelay::from_clients() {
  uint8_t data[2048];
  sockaddr_in from{};
  socklen_t from_size = sizeof from;
  const ssize_t n = ::recvfrom(front_, data, sizeof data, 0, reinterpret_cast<sockaddr*>(&from), &from_size);
  if (n < 0) return;
  note_username(data, static_cast<size_t>(n));
  if (cut_ || loses(data, static_cast<size_t>(n))) return;
  int& back = backs_.try_emplace({from.sin_addr.s_addr, from.sin_port}, -1).first->second;
  if (back < 0) {
    back = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const sockaddr_in server = address_of("127.0.0.1", port_);
    ::connect(back, reinterpret_cast<const sockaddr*>(&server), sizeof server);
  }
  (void)!::send(back, data, static_cast<size_t>(n), 0);
}

void MediaRelay::run() {
  while (!stopping_) {
    if (cut_) drop_backs();
    std::vector<pollfd> polled = {{front_, POLLIN, 0}};
    std::vector<std::pair<uint32_t, uint16_t>> clients;
    for (const auto& [client, fd] : backs_) {
      polled.push_back({fd, POLLIN, 0});
      clients.push_back(client);
    }
    ::poll(polled.data(), polled.size(), 10);
    for (size_t i = 0; i < clients.size(); ++i) {
      if (polled[i + 1].revents == 0) continue;
      uint8_t data[2048];
      const ssize_t n = ::recv(polled[i + 1].fd, data, sizeof data, 0);
      const sockaddr_in to{
          .sin_family = AF_INET, .sin_port = clients[i].second, .sin_addr = {.s_addr = clients[i].first}};
      if (n > 0 && !cut_ && !loses(data, static_cast<size_t>(n))) {
        ::sendto(front_, data, static_cast<size_t>(n), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
      }
    }
    if (polled[0].revents != 0) from_clients();
  }
}

}  // namespace parley::test
