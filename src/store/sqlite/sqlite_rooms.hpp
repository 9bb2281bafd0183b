#pragma once

#include "store/sqlite/database.hpp"

namespace parley::store {

class SqliteRooms final : public RoomStore {
 public:
  explicit SqliteRooms(Database& database) : database_(database) {}
  Result<void> insert(const RoomRecord& room) override;
  Result<void> update(const RoomRecord& room) override;
  Result<std::optional<RoomRecord>> find(std::string_view name) override;
  Result<Page<RoomRecord>> list(const std::optional<std::string>& name, Paging paging) override;

 private:
  Database& database_;
};

}  // namespace parley::store
