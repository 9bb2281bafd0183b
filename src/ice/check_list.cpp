#include "ice/check_list.hpp"

#include <algorithm>
#include <utility>

namespace parley::ice {
namespace {

// RFC 4291 section 2.5.6.
bool is_link_local(const IpAddress& ip) { return ip.bytes()[0] == 0xfe && (ip.bytes()[1] & 0xc0) == 0x80; }

bool is_wildcard(const IpAddress& ip) { return ip.is_unspecified() || ip == IpAddress::v4(0); }

// RFC 8445 section 6.1.2.2: the same family, and link-local only with link-local. What leaves from a loopback address
// reaches no other host.
bool can_reach(const IpAddress& host, const IpAddress& remote) {
  if (host.is_unspecified()) return true;
  if (host.is_v4() != remote.is_v4()) return false;
  if (is_wildcard(host)) return true;
  return is_link_local(host) == is_link_local(remote) && (!host.is_loopback() || remote.is_loopback());
}

Path udp_path(const HostCandidate& host, const SocketAddress& remote) {
  return {Path::Protocol::Udp, 0, remote, is_wildcard(host.address.ip) ? IpAddress() : host.address.ip};
}

bool is_waiting(const Pair& pair) {
  return pair.state == Pair::State::Checking || pair.nominating ||
         (pair.triggered && pair.state != Pair::State::Failed);
}

// Order in which due pairs are checked, lowest first.
int rank(const Pair& pair) {
  if (pair.nominating) return 0;
  if (pair.triggered) return 1;
  return pair.checks == 0 ? 2 : 3;
}

}  // namespace

void Pair::note_sent(const Check& check) {
  if (outstanding.full()) {
    std::move(outstanding.begin() + 1, outstanding.end(), outstanding.begin());
    outstanding.pop_back();
  }
  outstanding.push_back(check);
  constexpr int kDoublings = 4;  // from the first to the longest repeat
  static_assert(CheckList::kFirstRepeat * (1 << kDoublings) == CheckList::kLongestRepeat);
  // TCP loses nothing; what is repeated there is for a peer that was not ready.
  const int doublings = is_udp() ? std::min<int>(checks, kDoublings) : kDoublings;
  due = check.sent + CheckList::kFirstRepeat * (1 << doublings);
  if (checks < UINT8_MAX) ++checks;
  triggered = false;
}

Check* Pair::find_check(const stun::TransactionId& id) {
  const auto found = std::find_if(outstanding.begin(), outstanding.end(), [&](const Check& c) { return c.id == id; });
  return found == outstanding.end() ? nullptr : found;
}

bool is_same(const Path& of_pair, const Path& from) {
  if (of_pair.protocol != from.protocol) return false;
  if (of_pair.protocol == Path::Protocol::Tcp) return of_pair.stream == from.stream;
  return of_pair.remote == from.remote && (of_pair.local.is_unspecified() || of_pair.local == from.local);
}

void CheckList::set_hosts(std::vector<HostCandidate> hosts) {
  hosts.resize(std::min(hosts.size(), kMaxHosts));
  hosts_ = std::move(hosts);
  std::erase_if(pairs_, [&](const Pair& pair) {
    return pair.is_udp() && std::none_of(hosts_.begin(), hosts_.end(), [&](const HostCandidate& host) {
             return can_reach(host.address.ip, pair.path.remote.ip) && udp_path(host, pair.path.remote) == pair.path;
           });
  });
  for (const RemoteCandidate& remote : remotes_) pair_up(remote);
}

bool CheckList::add_remote(const RemoteCandidate& candidate) {
  const auto known = std::find_if(remotes_.begin(), remotes_.end(), [&](const RemoteCandidate& r) {
    return r.protocol == candidate.protocol && r.address == candidate.address;
  });
  if (known != remotes_.end()) return true;
  if (remotes_.size() >= kMaxRemotes) return false;
  remotes_.push_back(candidate);
  return pair_up(candidate);
}

bool CheckList::pair_up(const RemoteCandidate& remote) {
  if (remote.protocol == Path::Protocol::Tcp) return add_pair({}, remote);
  bool all = true;
  for (const HostCandidate& host : hosts_) {
    if (can_reach(host.address.ip, remote.address.ip) && !add_pair(host, remote)) all = false;
  }
  return all;
}

bool CheckList::add_pair(const HostCandidate& host, const RemoteCandidate& remote) {
  const bool tcp = remote.protocol == Path::Protocol::Tcp;
  Pair pair{.path = tcp ? Path{Path::Protocol::Tcp, 0, remote.address, {}} : udp_path(host, remote.address)};
  if (has_pair(pair.path)) return true;
  if (pairs_.size() >= kMaxPairs) return false;
  const uint16_t preference = tcp ? tcp_local_preference(TcpDirection::Active, host.preference) : host.preference;
  if (tcp) pair.state = Pair::State::Closed;
  pair.local_priority = candidate_priority(tcp ? kTcpHostPreference : kHostPreference, preference);
  pair.check_priority = candidate_priority(tcp ? kTcpPeerReflexivePreference : kPeerReflexivePreference, preference);
  pair.remote_priority = remote.priority;
  pairs_.push_back(pair);
  sort();
  return true;
}

bool CheckList::has_pair(const Path& path) const {
  return std::any_of(pairs_.begin(), pairs_.end(), [&](const Pair& pair) {
    return pair.path.protocol == path.protocol && pair.path.remote == path.remote && pair.path.local == path.local;
  });
}

Pair* CheckList::add_reflexive(const Path& from, uint32_t priority) {
  if (from.protocol != Path::Protocol::Udp || remotes_.size() >= kMaxRemotes || pairs_.size() >= kMaxPairs) {
    return nullptr;
  }
  for (const HostCandidate& host : hosts_) {
    if (!can_reach(host.address.ip, from.remote.ip) || !is_same(udp_path(host, from.remote), from)) continue;
    remotes_.push_back({Path::Protocol::Udp, from.remote, priority});
    add_pair(host, remotes_.back());
    return find(from);
  }
  return nullptr;
}

void CheckList::restart(const std::vector<RemoteCandidate>& remotes) {
  pairs_.clear();
  remotes_.clear();
  for (const RemoteCandidate& remote : remotes) add_remote(remote);
}

void CheckList::set_controlling(bool controlling) {
  controlling_ = controlling;
  sort();
}

void CheckList::sort() {
  for (Pair& pair : pairs_) {
    pair.priority = controlling_ ? pair_priority(pair.local_priority, pair.remote_priority)
                                 : pair_priority(pair.remote_priority, pair.local_priority);
  }
  std::stable_sort(pairs_.begin(), pairs_.end(), [](const Pair& a, const Pair& b) { return a.priority > b.priority; });
}

Pair* CheckList::find(const Path& path) {
  Pair* found = nullptr;
  for (Pair& pair : pairs_) {
    if (pair.state == Pair::State::Closed) continue;
    if (pair.path == path) return &pair;
    if (found == nullptr && is_same(pair.path, path)) found = &pair;
  }
  return found;
}

Pair* CheckList::next_due(Timestamp now, bool concluded) {
  Pair* next = nullptr;
  for (Pair& pair : pairs_) {
    if (!is_waiting(pair) || (concluded && !pair.triggered)) continue;
    if (!pair.triggered && pair.due > now) continue;
    if (next == nullptr || rank(pair) < rank(*next)) next = &pair;
  }
  return next;
}

Timestamp CheckList::next_deadline(bool concluded) const {
  Timestamp earliest = Timestamp::never();
  for (const Pair& pair : pairs_) {
    if (!is_waiting(pair) || (concluded && !pair.triggered)) continue;
    earliest = std::min(earliest, pair.triggered ? Timestamp() : pair.due);
  }
  return earliest;
}

Pair* CheckList::best_succeeded() {
  Pair* best = nullptr;
  for (Pair& pair : pairs_) {
    if (pair.state != Pair::State::Succeeded) continue;
    if (pair.is_udp()) return &pair;
    if (best == nullptr) best = &pair;
  }
  return best;
}

}  // namespace parley::ice
