#pragma once

#include <vector>

#include "store/store.hpp"

namespace parley::store {

class MemoryRooms final : public RoomStore {
 public:
  Result<void> insert(const RoomRecord& room) override;
  Result<void> update(const RoomRecord& room) override;
  Result<std::optional<RoomRecord>> find(std::string_view name) override;
  Result<Page<RoomRecord>> list(const std::optional<std::string>& name, Paging paging) override;

  const RoomRecord* by_id(const RoomId& id) const;

 private:
  bool conflicts(const RoomRecord& room, const RoomRecord* except) const;

  std::vector<RoomRecord> rooms_;  // in the order of creation
};

}  // namespace parley::store
