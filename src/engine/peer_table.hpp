#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/id.hpp"
#include "engine/peer.hpp"

namespace parley::engine {

/// The peers of a shard, found by id, by the path of a datagram, and, for a first check from a new path, by the ICE
/// user fragment that it addresses.
class PeerTable {
 public:
  /// ICE keeps at most 16 valid paths; beyond that only stale ones, which are swept when the list is full.
  static constexpr size_t kMaxPathsEach = 32;

  size_t size() const { return peers_.size(); }
  Peer* find(ConnectionId id);
  /// Whose datagram this is: STUN by the user fragment, as a path may have passed to another peer, all else by the
  /// path.
  Peer* find(Bytes datagram, const Path& from);

  Peer& insert(std::unique_ptr<Peer> peer);
  /// Takes the peer out of all indices and hands it over.
  std::unique_ptr<Peer> remove(ConnectionId id);
  /// After `Description::local_ice` of the peer changed: the fragment before stays known until the next change.
  void update_ufrag(Peer& peer);
  /// A check of the peer has passed on `path`.
  void learn_path(Peer& peer, const Path& path);
  /// The peers that used the TCP stream, which is gone, are told and forget it.
  void forget_stream(uint32_t stream);

  template <typename Action>
  void for_each(Action action) {
    for (auto& [id, peer] : peers_) action(*peer);
  }

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  std::unordered_map<ConnectionId, std::unique_ptr<Peer>> peers_;
  std::unordered_map<Path, Peer*> by_path_;
  std::unordered_map<std::string, Peer*, TextHash, std::equal_to<>> by_ufrag_;
};

}  // namespace parley::engine
