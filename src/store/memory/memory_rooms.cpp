#include "store/memory/memory_rooms.hpp"

#include <algorithm>

#include "store/memory/paginate.hpp"

namespace parley::store {

bool MemoryRooms::conflicts(const RoomRecord& room, const RoomRecord* except) const {
  return std::ranges::any_of(rooms_, [&](const RoomRecord& other) {
    if (&other == except) return false;
    return other.id == room.id || other.record_id == room.record_id ||
           (!room.custom_room_id.empty() && other.custom_room_id == room.custom_room_id);
  });
}

Result<void> MemoryRooms::insert(const RoomRecord& room) {
  if (conflicts(room, nullptr)) return std::unexpected(Error{Error::Kind::Conflict, "room exists"});
  rooms_.push_back(room);
  return {};
}

Result<void> MemoryRooms::update(const RoomRecord& room) {
  const auto it = std::ranges::find(rooms_, room.id, &RoomRecord::id);
  if (it == rooms_.end()) return std::unexpected(Error{Error::Kind::NotFound, "no such room"});
  if (conflicts(room, &*it)) return std::unexpected(Error{Error::Kind::Conflict, "room name is taken"});
  *it = room;
  return {};
}

Result<std::optional<RoomRecord>> MemoryRooms::find(std::string_view name) {
  if (name.empty()) return std::nullopt;
  auto it = std::ranges::find_if(rooms_, [&](const RoomRecord& r) { return r.id.value() == name; });
  if (it == rooms_.end()) it = std::ranges::find(rooms_, name, &RoomRecord::custom_room_id);
  if (it == rooms_.end()) it = std::ranges::find(rooms_, name, &RoomRecord::record_id);
  if (it == rooms_.end()) return std::nullopt;
  return *it;
}

Result<Page<RoomRecord>> MemoryRooms::list(const std::optional<std::string>& name, Paging paging) {
  std::vector<RoomRecord> kept;
  for (auto it = rooms_.rbegin(); it != rooms_.rend(); ++it) {
    if (!name || it->id.value() == *name || it->custom_room_id == *name) kept.push_back(*it);
  }
  std::ranges::stable_sort(kept, std::greater<>(), &RoomRecord::created_at);
  return paginate(kept, paging);
}

const RoomRecord* MemoryRooms::by_id(const RoomId& id) const {
  const auto it = std::ranges::find(rooms_, id, &RoomRecord::id);
  return it == rooms_.end() ? nullptr : &*it;
}

}  // namespace parley::store
