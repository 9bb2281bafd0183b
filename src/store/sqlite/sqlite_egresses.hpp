#pragma once

#include "store/sqlite/database.hpp"

namespace parley::store {

class SqliteEgresses final : public EgressStore {
 public:
  explicit SqliteEgresses(Database& database) : database_(database) {}
  Result<void> put(const EgressRecord& record, std::string_view secrets_json) override;
  Result<std::optional<EgressRecord>> find(const EgressId& id) override;
  Result<Page<EgressRecord>> list(const EgressFilter& filter, Paging paging) override;
  Result<std::vector<OpenEgress>> open() override;
  Result<void> remove(const EgressId& id, std::string_view details_json) override;

 private:
  Database& database_;
};

}  // namespace parley::store
