#include "cuttable_proxy.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace parley::test {
namespace {

sockaddr_in loopback(uint16_t port) {
  return {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

/// False when the connection is over.
bool pass_on(int from, int to) {
  char buffer[16384];
  const ssize_t n = ::recv(from, buffer, sizeof buffer, MSG_DONTWAIT);
  if (n < 0) return true;
  return n > 0 && ::send(to, buffer, static_cast<size_t>(n), MSG_NOSIGNAL) == n;
}

}  // namespace

CuttableProxy::CuttableProxy(uint16_t to) : to_(to) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  ::listen(listener_, 8);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

CuttableProxy::~CuttableProxy() {
  stopping_ = true;
  thread_.join();
  close_pairs();
  ::close(listener_);
}

void CuttableProxy::cut() {
  refusing_ = true;
  cutting_ = true;
  while (cutting_) std::this_thread::yield();
}

void CuttableProxy::close_pairs() {
  for (const Pair& pair : pairs_) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};  // RST
    ::setsockopt(pair.client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(pair.client);
    ::close(pair.server);
  }
  pairs_.clear();
}

void CuttableProxy::run() {
  while (!stopping_) {
    if (cutting_.exchange(false)) close_pairs();
    std::vector<pollfd> polled = {{listener_, POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      polled.push_back({pair.client, POLLIN, 0});
      polled.push_back({pair.server, POLLIN, 0});
    }
    ::poll(polled.data(), polled.size(), 10);
    size_t at = 1;
    for (auto it = pairs_.begin(); it != pairs_.end(); at += 2) {
      const bool client = polled[at].revents == 0 || pass_on(it->client, it->server);
      const bool server = polled[at + 1].revents == 0 || pass_on(it->server, it->client);
      if (client && server) {
        ++it;
        continue;
      }
      ::close(it->client);
      ::close(it->server);
      it = pairs_.erase(it);
    }
    if (polled[0].revents == 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(to_);
    if (refusing_ || ::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      ::close(client);
      ::close(server);
      continue;
    }
    ++accepted_;
    pairs_.push_back({client, server});
  }
}

}  // namespace parley::test
