#include "store/sqlite/sqlite_store.hpp"

#include "store/sqlite/database.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/sqlite_egresses.hpp"
#include "store/sqlite/sqlite_records.hpp"
#include "store/sqlite/sqlite_rooms.hpp"
#include "store/sqlite/sqlite_sessions.hpp"

namespace parley::store {
namespace {

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(Database database) : database_(std::move(database)) {}
  RoomStore& rooms() override { return rooms_; }
  SessionStore& sessions() override { return sessions_; }
  ChatStore& chat() override { return chat_; }
  SampleStore& samples() override { return samples_; }
  DeliveryStore& deliveries() override { return deliveries_; }
  EgressStore& egresses() override { return egresses_; }
  MetaStore& meta() override { return meta_; }

 private:
  Database database_;
  SqliteRooms rooms_{database_};
  SqliteSessions sessions_{database_};
  SqliteChat chat_{database_};
  SqliteSamples samples_{database_};
  SqliteDeliveries deliveries_{database_};
  SqliteEgresses egresses_{database_};
  SqliteMeta meta_{database_};
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path) {
  Result<Database> database = Database::open(path);
  if (!database) return std::unexpected(std::move(database.error()));
  if (Result<void> done = migrate(*database); !done) return std::unexpected(std::move(done.error()));
  return std::make_unique<SqliteStore>(std::move(*database));
}

}  // namespace parley::store
