#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "base/id.hpp"

namespace parley::server {

/// Chooses the shard of each new connection: a room stays together as long as it fits, since media between shards is
/// copied once more, and spills over to the shard with the least connections when it does not. A core.
class Placement {
 public:
  /// `room_limit`: connections of one room on one shard before the next one goes elsewhere.
  Placement(uint8_t shards, size_t room_limit);

  ShardIndex place(const RoomId& room);
  void release(const RoomId& room, ShardIndex shard);
  size_t connections_on(ShardIndex shard) const { return total_[shard.value()]; }

 private:
  ShardIndex least_loaded() const;

  size_t room_limit_;
  std::vector<size_t> total_;                    // connections by shard
  std::map<RoomId, std::vector<size_t>> rooms_;  // the same of each room that has any
};

}  // namespace parley::server
