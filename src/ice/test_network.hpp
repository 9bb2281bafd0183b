#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "base/rng.hpp"
#include "ice/full_agent.hpp"
#include "ice/lite_agent.hpp"

/// A client under test, its peer and the network between them, in simulated time.
namespace parley::ice::test {

inline const Credentials kClient{"clnt", "client password of 24 ch"};
inline const Credentials kServer{"srvr", "server password of 24 ch"};
inline const SocketAddress kClientAddress{IpAddress::v4(0x0a000001), 5000};
inline const SocketAddress kClientAddress2{IpAddress::v4(0x0a000002), 5001};
inline const SocketAddress kServerAddress{IpAddress::v4(0xc0000201), 50'000};
inline const SocketAddress kServerAddress2{IpAddress::v4(0xc0000202), 50'000};

inline RemoteCandidate udp(const SocketAddress& address = kServerAddress, uint16_t preference = 0xffff) {
  return {Path::Protocol::Udp, address, candidate_priority(kHostPreference, preference)};
}
inline RemoteCandidate tcp(const SocketAddress& address = kServerAddress) {
  return {Path::Protocol::Tcp, address,
          candidate_priority(kTcpHostPreference, tcp_local_preference(TcpDirection::Passive, 0x1fff))};
}

inline FullAgent::Config client_config(std::vector<RemoteCandidate> remotes = {udp()}, uint64_t seed = 1) {
  return {.local = kClient,
          .remote = kServer,
          .hosts = {{kClientAddress}},
          .remotes = std::move(remotes),
          .rng = Rng(seed)};
}

/// A parsed Binding request of one agent to the other.
struct SentCheck {
  Timestamp at;
  Path path;
  bool use_candidate = false;
};

/// Runs a client against a peer, by the millisecond.
template <typename Peer>
class Network {
 public:
  Network(FullAgent::Config client, Peer peer_agent, uint64_t seed = 1)
      : agent(std::move(client)), peer(std::move(peer_agent)), rng_(seed) {}

  TimeDelta delay = TimeDelta::millis(20);
  double loss = 0;
  bool udp_blocked = false;
  bool tcp_refused = false;
  std::set<IpAddress> dead;  ///< addresses of the peer that answer nothing
  bool peer_answers = true;
  bool media = false;  ///< the client hears the peer's media all the time
  /// A NAT in front of the client: the peer sees this address.
  std::optional<SocketAddress> nat;

  void run(TimeDelta span) {
    for (const Timestamp end = now + span; now < end;) step();
  }
  bool run_until(const std::function<bool()>& condition, TimeDelta limit) {
    for (const Timestamp end = now + limit; now < end && !condition();) step();
    return condition();
  }

  FullAgent agent;
  Peer peer;
  Timestamp now = Timestamp::from_us(1'000'000);
  const Timestamp began = now;
  std::vector<SentCheck> checks;  ///< of the client
  std::vector<StreamRequest> requests;

 private:
  struct InFlight {
    Timestamp arrival;
    bool to_peer;
    Path path;  // as the receiver sees it
    std::vector<uint8_t> bytes;
  };

  void step() {
    now += TimeDelta::millis(1);
    std::vector<InFlight> arrived;
    std::erase_if(flying_, [&](InFlight& packet) {
      if (packet.arrival > now) return false;
      arrived.push_back(std::move(packet));
      return true;
    });
    for (const InFlight& packet : arrived) deliver(packet);
    if (media) agent.note_packet(now);
    if (now >= agent.next_deadline()) agent.on_deadline(now, from_client_);
    serve_streams();
    if constexpr (requires { peer.on_deadline(now, from_peer_); }) {
      if (now >= peer.next_deadline()) peer.on_deadline(now, from_peer_);
    }
    flush();
  }

  void deliver(const InFlight& packet) {
    if (!packet.to_peer) {
      agent.receive(packet.bytes, packet.path, now, from_client_);
    } else if (peer_answers) {
      peer.receive(packet.bytes, packet.path, now, from_peer_);
    }
  }

  void serve_streams() {
    for (const StreamRequest& request : agent.take_stream_requests()) {
      requests.push_back(request);
      if (request.kind != StreamRequest::Kind::Open) continue;
      if (tcp_refused) {
        agent.forget(request.path);
      } else {
        opening_.push_back({now + delay * 2, request.path});
      }
    }
    std::erase_if(opening_, [&](const auto& opening) {
      if (opening.first > now) return false;
      agent.on_stream_opened(opening.second, now);
      return true;
    });
  }

  void flush() {
    for (const auto& entry : from_client_.entries()) {
      const Bytes bytes = from_client_.bytes(entry);
      const auto message = stun::MessageView::parse(bytes);
      if (message && message->message_class == stun::Class::Request) {
        checks.push_back({now, entry.path, message->use_candidate});
      }
      if (!lost(entry.path)) flying_.push_back({now + delay, true, at_peer(entry.path), {bytes.begin(), bytes.end()}});
    }
    from_client_.clear();
    for (const auto& entry : from_peer_.entries()) {
      const Bytes bytes = from_peer_.bytes(entry);
      const std::optional<Path> path = at_client(entry.path);
      if (path && !lost(*path)) flying_.push_back({now + delay, false, *path, {bytes.begin(), bytes.end()}});
    }
    from_peer_.clear();
  }

  bool lost(const Path& path) {
    if (path.protocol == Path::Protocol::Tcp) return false;
    return udp_blocked || dead.contains(path.remote.ip) || rng_.chance(loss);
  }
  // The peer names the address of its own that a datagram came to, as a server on several addresses does.
  Path at_peer(const Path& path) const {
    if (path.protocol == Path::Protocol::Tcp) return {Path::Protocol::Tcp, path.stream, kClientAddress, {}};
    const SocketAddress client = path.local == kClientAddress2.ip ? kClientAddress2 : kClientAddress;
    return {Path::Protocol::Udp, 0, nat.value_or(client), path.remote.ip};
  }
  std::optional<Path> at_client(const Path& path) const {
    if (path.protocol == Path::Protocol::Tcp) return Path{Path::Protocol::Tcp, path.stream, kServerAddress, {}};
    const IpAddress local = path.local.is_unspecified() ? kServerAddress.ip : path.local;
    const SocketAddress from{local, kServerAddress.port};
    if (nat && path.remote != *nat) return std::nullopt;  // nobody is there
    return Path{Path::Protocol::Udp, 0, from, nat ? kClientAddress.ip : path.remote.ip};
  }

  Rng rng_;
  DatagramBatch from_client_;
  DatagramBatch from_peer_;
  std::vector<InFlight> flying_;
  std::vector<std::pair<Timestamp, Path>> opening_;
};

}  // namespace parley::ice::test
