#pragma once

#include <concepts>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.hpp"
#include "store/store.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace parley::store {

/// One run of a prepared statement: bind in order, then step. Resets the statement when it goes.
class Query {
 public:
  Query(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
  Query(Query&& other) noexcept;
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  Query& bind(int64_t value);
  Query& bind(double value);
  Query& bind(std::string_view value);
  Query& bind(const char* value) { return bind(std::string_view(value)); }
  /// Just bool: a pointer must not pass for one.
  template <std::same_as<bool> T>
  Query& bind(T value) {
    return bind(int64_t{value});
  }
  Query& bind(UtcTime value) { return bind(value.ms()); }
  Query& bind(const std::optional<UtcTime>& value) { return value ? bind(*value) : bind_null(); }
  Query& bind_null();

  /// Runs a statement that gives no rows.
  Result<void> run();
  /// True: there is a row to read; false: no more.
  Result<bool> next();

  int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  bool boolean(int column) const { return integer(column) != 0; }
  UtcTime time(int column) const { return UtcTime::from_ms(integer(column)); }
  std::optional<UtcTime> optional_time(int column) const;

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

/// An open SQLite file and its prepared statements. sqlite3.h is seen by database.cpp alone.
class Database {
 public:
  /// WAL, foreign keys on, locked for this process.
  static Result<Database> open(const std::string& path);
  Database(Database&& other) noexcept;
  Database& operator=(Database&&) = delete;
  ~Database();

  /// The statement is prepared at its first use and kept. `sql` comes from this source tree: an error in it aborts.
  Query query(std::string_view sql);
  /// Several statements without parameters.
  Result<void> execute(const std::string& sql);
  /// Rows changed by the last statement.
  int64_t changes() const;
  int64_t last_insert_id() const;

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}

  sqlite3* handle_;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

/// Rolls back unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(other.database_) { other.database_ = nullptr; }
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace parley::store
