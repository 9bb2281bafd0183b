#include "server/placement.hpp"

#include <algorithm>
#include <optional>

#include "base/check.hpp"

namespace parley::server {

Placement::Placement(uint8_t shards, size_t room_limit) : room_limit_(room_limit), total_(shards) {
  PARLEY_CHECK(shards > 0 && room_limit > 0);
}

ShardIndex Placement::least_loaded() const {
  return ShardIndex(static_cast<uint8_t>(std::ranges::min_element(total_) - total_.begin()));
}

ShardIndex Placement::place(const RoomId& room) {
  std::vector<size_t>& counts = rooms_.try_emplace(room, total_.size()).first->second;
  // The fullest shard that still has room: the connections gather on few.
  std::optional<size_t> best;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0 && counts[i] < room_limit_ && (!best || counts[i] > counts[*best])) best = i;
  }
  const ShardIndex chosen = best ? ShardIndex(static_cast<uint8_t>(*best)) : least_loaded();
  ++counts[chosen.value()];
  ++total_[chosen.value()];
  return chosen;
}

void Placement::release(const RoomId& room, ShardIndex shard) {
  const auto it = rooms_.find(room);
  PARLEY_CHECK(it != rooms_.end() && it->second[shard.value()] > 0);
  --it->second[shard.value()];
  --total_[shard.value()];
  if (std::ranges::all_of(it->second, [](size_t n) { return n == 0; })) rooms_.erase(it);
}

}  // namespace parley::server
