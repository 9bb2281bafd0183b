#include "store/sqlite/database.hpp"

#include <sqlite3.h>

#include <utility>

#include "base/check.hpp"

namespace parley::store {
namespace {

/// A second server on the same file waits this long, then says so.
constexpr int kBusyTimeoutMs = 1000;

Error error_of(sqlite3* database) {
  const int code = sqlite3_extended_errcode(database);
  const std::string message = sqlite3_errmsg(database);
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY: return {Error::Kind::Conflict, message};
    case SQLITE_CONSTRAINT_FOREIGNKEY: return {Error::Kind::NotFound, message};
    default: return {Error::Kind::Unavailable, message};
  }
}

}  // namespace

Query::Query(Query&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)), bound_(other.bound_) {}

Query::~Query() {
  if (!statement_) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::bind(int64_t value) {
  PARLEY_CHECK(sqlite3_bind_int64(statement_, ++bound_, value) == SQLITE_OK);
  return *this;
}

Query& Query::bind(double value) {
  PARLEY_CHECK(sqlite3_bind_double(statement_, ++bound_, value) == SQLITE_OK);
  return *this;
}

Query& Query::bind(std::string_view value) {
  // An empty view may hold a null pointer, which would bind NULL.
  const char* text = value.empty() ? "" : value.data();
  PARLEY_CHECK(sqlite3_bind_text(statement_, ++bound_, text, static_cast<int>(value.size()), SQLITE_TRANSIENT) ==
               SQLITE_OK);
  return *this;
}

Query& Query::bind_null() {
  PARLEY_CHECK(sqlite3_bind_null(statement_, ++bound_) == SQLITE_OK);
  return *this;
}

Result<void> Query::run() {
  Result<bool> row = next();
  if (!row) return std::unexpected(std::move(row.error()));
  return {};
}

Result<bool> Query::next() {
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW: return true;
    case SQLITE_DONE: return false;
    default: return std::unexpected(error_of(database_));
  }
}

int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Query::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string Query::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes ? std::string(bytes, static_cast<size_t>(size)) : std::string();
}

std::optional<UtcTime> Query::optional_time(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return time(column);
}

Result<Database> Database::open(const std::string& path) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database(handle);
  if (!handle) return std::unexpected(Error{Error::Kind::Unavailable, "out of memory"});
  if (code != SQLITE_OK) return std::unexpected(error_of(handle));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  // Exclusive: no other process, and WAL then needs no shared memory. NORMAL: a commit survives a crash of the process;
  // after a power cut the last ones may be missing, but the file is whole.
  // The empty transaction takes the lock now, so that a second server fails at its start and not at its first write.
  Result<void> set = database.execute(
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
      "PRAGMA foreign_keys = ON; BEGIN IMMEDIATE; COMMIT;");
  if (!set) return std::unexpected(std::move(set.error()));
  return database;
}

Database::Database(Database&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), statements_(std::move(other.statements_)) {}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Query Database::query(std::string_view sql) {
  auto [it, added] = statements_.try_emplace(std::string(sql), nullptr);
  if (added) {
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &it->second, nullptr);
    if (code != SQLITE_OK) std::fprintf(stderr, "%s: %s\n", sqlite3_errmsg(handle_), it->first.c_str());
    PARLEY_CHECK(code == SQLITE_OK);
  }
  return Query(handle_, it->second);
}

Result<void> Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return std::unexpected(error_of(handle_));
}

int64_t Database::changes() const { return sqlite3_changes64(handle_); }
int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }

Result<Transaction> Transaction::begin(Database& database) {
  if (Result<void> begun = database.execute("BEGIN IMMEDIATE"); !begun) return std::unexpected(begun.error());
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_) (void)database_->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
  Result<void> done = database_->execute("COMMIT");
  if (done) database_ = nullptr;
  return done;
}

}  // namespace parley::store
