// What only a file on disk can show: it lasts, it is migrated, it is locked.
#include "store/sqlite/sqlite_store.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "store/sqlite/database.hpp"
#include "store/sqlite/migrations.hpp"

namespace parley::store {
namespace {

class SqliteStoreTest : public ::testing::Test {
 protected:
  SqliteStoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "parley-store-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~SqliteStoreTest() override { std::filesystem::remove_all(folder_); }
  std::string path() const { return (folder_ / "parley.db").string(); }

  std::filesystem::path folder_;
};

RoomRecord a_room() { return {.id = RoomId("r"), .record_id = "x", .user_id = "k"}; }

TEST_F(SqliteStoreTest, LastsFromOneOpeningToTheNext) {
  {
    auto store = open_sqlite_store(path()).value();
    ASSERT_TRUE(store->rooms().insert(a_room()));
  }
  auto store = open_sqlite_store(path()).value();
  EXPECT_EQ(store->rooms().find("r").value(), a_room());
}

TEST_F(SqliteStoreTest, OneServerAtATime) {
  auto store = open_sqlite_store(path()).value();
  const auto second = open_sqlite_store(path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, Error::Kind::Unavailable);
}

TEST_F(SqliteStoreTest, RefusesWhatIsNoDatabase) {
  std::ofstream(path()) << std::string(4096, 'x');
  const auto store = open_sqlite_store(path());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().kind, Error::Kind::Unavailable);
  EXPECT_FALSE(open_sqlite_store((folder_ / "missing" / "parley.db").string()));
}

TEST_F(SqliteStoreTest, RefusesTheFileOfANewerServer) {
  ASSERT_TRUE(open_sqlite_store(path()));
  {
    Database database = Database::open(path()).value();
    ASSERT_TRUE(database.execute("PRAGMA user_version = 1000"));
  }
  const auto store = open_sqlite_store(path());
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message.find("newer"), std::string::npos);
}

TEST_F(SqliteStoreTest, MigrationVersionsCountUpByOne) {
  int expected = 0;
  for (const Migration& step : migrations()) EXPECT_EQ(step.version, ++expected);
}

TEST_F(SqliteStoreTest, AFileOfTheFirstVersionKeepsItsRoomsAndGetsTheRest) {
  {
    Database database = Database::open(path()).value();
    ASSERT_TRUE(database.execute(migrations()[0].sql));
    ASSERT_TRUE(
        database.execute("PRAGMA user_version = 1; INSERT INTO rooms (id, record_id, user_id, disabled,"
                         " created_at, updated_at, geo_fence, allowed_participant_ids)"
                         " VALUES ('r', 'x', 'k', 0, 0, 0, '', '')"));
  }
  auto store = open_sqlite_store(path()).value();
  EXPECT_EQ(store->rooms().find("r").value(), a_room());
  EXPECT_TRUE(store->egresses().put({.id = EgressId("e"), .room = RoomId("r")}, ""));
}

TEST_F(SqliteStoreTest, AFailedTransactionLeavesNothing) {
  Database database = Database::open(path()).value();
  ASSERT_TRUE(migrate(database));
  {
    Transaction transaction = Transaction::begin(database).value();
    ASSERT_TRUE(database.query("INSERT INTO meta (key, value) VALUES (?,?)").bind("a").bind("b").run());
  }  // not committed
  Query query = database.query("SELECT count(*) FROM meta");
  ASSERT_TRUE(query.next().value());
  EXPECT_EQ(query.integer(0), 0);
}

}  // namespace
}  // namespace parley::store
