#include "engine/peer_table.hpp"

#include <algorithm>
#include <utility>

#include "ice/lite_agent.hpp"

namespace parley::engine {

Peer* PeerTable::find(ConnectionId id) {
  const auto found = peers_.find(id);
  return found == peers_.end() ? nullptr : found->second.get();
}

Peer* PeerTable::find(Bytes datagram, const Path& from) {
  constexpr uint8_t kStunEnd = 4;  // RFC 7983 section 7: first byte 0-3
  if (!datagram.empty() && datagram[0] < kStunEnd) {
    const auto ufrag = ice::addressed_ufrag(datagram);
    const auto addressed = ufrag ? by_ufrag_.find(*ufrag) : by_ufrag_.end();
    if (addressed != by_ufrag_.end()) return addressed->second;
  }
  const auto found = by_path_.find(from);
  return found == by_path_.end() ? nullptr : found->second;
}

Peer& PeerTable::insert(std::unique_ptr<Peer> peer) {
  Peer& inserted = *peer;
  peers_.emplace(inserted.id, std::move(peer));
  update_ufrag(inserted);
  return inserted;
}

std::unique_ptr<Peer> PeerTable::remove(ConnectionId id) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return nullptr;
  std::unique_ptr<Peer> peer = std::move(found->second);
  peers_.erase(found);
  for (const Path& path : peer->paths) by_path_.erase(path);
  for (const std::string& ufrag : peer->ufrags) by_ufrag_.erase(ufrag);
  return peer;
}

void PeerTable::update_ufrag(Peer& peer) {
  const std::string& current = peer.connection.description().local_ice.ufrag;
  if (!peer.ufrags.empty() && peer.ufrags.front() == current) return;
  if (!by_ufrag_.emplace(current, &peer).second) return;  // another peer's; 8 random characters make that no case
  peer.ufrags.insert(peer.ufrags.begin(), current);
  while (peer.ufrags.size() > 2) {
    by_ufrag_.erase(peer.ufrags.back());
    peer.ufrags.pop_back();
  }
}

void PeerTable::learn_path(Peer& peer, const Path& path) {
  Peer*& owner = by_path_[path];
  if (owner == &peer) return;
  if (owner != nullptr) std::erase(owner->paths, path);
  owner = &peer;
  peer.paths.push_back(path);
  if (peer.paths.size() <= kMaxPathsEach) return;
  std::erase_if(peer.paths, [&](const Path& known) {
    const bool stale = !peer.connection.is_valid(known);
    if (stale) by_path_.erase(known);
    return stale;
  });
}

void PeerTable::forget_stream(uint32_t stream) {
  std::erase_if(by_path_, [&](const auto& entry) {
    const auto& [path, peer] = entry;
    if (path.protocol != Path::Protocol::Tcp || path.stream != stream) return false;
    peer->connection.forget(path);
    std::erase(peer->paths, path);
    return true;
  });
}

}  // namespace parley::engine
