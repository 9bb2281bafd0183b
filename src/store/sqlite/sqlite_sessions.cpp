#include "store/sqlite/sqlite_sessions.hpp"

#include <utility>

namespace parley::store {
namespace {

constexpr std::string_view kSession = "SELECT s.id, s.room, s.start, s.end FROM sessions s ";

SessionRecord read_session(const Query& row) {
  return {SessionId(row.text(0)), RoomId(row.text(1)), row.time(2), row.optional_time(3)};
}

// ?1 room, ?2 custom id, ?3 query, ?4 from, ?5 to, ?6 ongoing.
constexpr std::string_view kFilter =
    "JOIN rooms r ON r.id = s.room WHERE (?1 IS NULL OR s.room = ?1) AND (?2 IS NULL OR r.custom_room_id = ?2)"
    " AND (?3 IS NULL OR s.id = ?3 OR s.room = ?3 OR r.custom_room_id = ?3)"
    " AND (?4 IS NULL OR s.start >= ?4) AND (?5 IS NULL OR s.start <= ?5)"
    " AND (?6 IS NULL OR (s.end IS NULL) = ?6) ";

void bind_filter(Query& query, const SessionFilter& filter) {
  filter.room ? query.bind(filter.room->value()) : query.bind_null();
  filter.custom_room_id ? query.bind(*filter.custom_room_id) : query.bind_null();
  filter.query ? query.bind(*filter.query) : query.bind_null();
  query.bind(filter.started_from).bind(filter.started_to);
  filter.ongoing ? query.bind(*filter.ongoing) : query.bind_null();
}

std::unexpected<Error> not_found(const char* what) { return std::unexpected(Error{Error::Kind::NotFound, what}); }

}  // namespace

Result<void> SqliteSessions::start(const SessionRecord& session) {
  return database_.query("INSERT INTO sessions (id, room, start, end) VALUES (?,?,?,?)")
      .bind(session.id.value())
      .bind(session.room.value())
      .bind(session.start)
      .bind(session.end)
      .run();
}

Result<void> SqliteSessions::end(const SessionId& session, UtcTime at) {
  const auto found = find(session);
  if (!found) return std::unexpected(found.error());
  if (!*found) return not_found("no such session");
  if ((*found)->end) return {};
  Result<Transaction> transaction = Transaction::begin(database_);
  if (!transaction) return std::unexpected(transaction.error());
  Result<void> done = database_
                          .query(
                              "UPDATE timelog SET end = ? WHERE end IS NULL AND participant IN"
                              " (SELECT number FROM participants WHERE session = ?)")
                          .bind(at)
                          .bind(session.value())
                          .run();
  if (!done) return done;
  done = database_.query("UPDATE participants SET active = 0 WHERE session = ?").bind(session.value()).run();
  if (!done) return done;
  done = database_.query("UPDATE sessions SET end = ? WHERE id = ?").bind(at).bind(session.value()).run();
  if (!done) return done;
  return transaction->commit();
}

Result<std::vector<SessionRecord>> SqliteSessions::end_all(UtcTime at) {
  std::vector<SessionRecord> open;
  {
    static const std::string sql = std::string(kSession) + "WHERE s.end IS NULL ORDER BY s.number";
    Query query = database_.query(sql);
    for (;;) {
      Result<bool> row = query.next();
      if (!row) return std::unexpected(row.error());
      if (!*row) break;
      open.push_back(read_session(query));
    }
  }
  for (SessionRecord& session : open) {
    if (Result<void> done = end(session.id, at); !done) return std::unexpected(done.error());
    session.end = at;
  }
  return open;
}

Result<std::optional<SessionRecord>> SqliteSessions::find(const SessionId& session) {
  static const std::string sql = std::string(kSession) + "WHERE s.id = ?";
  Query query = database_.query(sql);
  Result<bool> row = query.bind(session.value()).next();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return read_session(query);
}

Result<Page<SessionRecord>> SqliteSessions::list(const SessionFilter& filter, Paging paging) {
  static const std::string count = "SELECT count(*) FROM sessions s " + std::string(kFilter);
  static const std::string rows =
      std::string(kSession) + std::string(kFilter) + "ORDER BY s.start DESC, s.number DESC LIMIT ?7 OFFSET ?8";
  Page<SessionRecord> page;
  {
    Query query = database_.query(count);
    bind_filter(query, filter);
    if (Result<bool> row = query.next(); !row) return std::unexpected(row.error());
    page.total = query.integer(0);
  }
  Query query = database_.query(rows);
  bind_filter(query, filter);
  query.bind(paging.per_page).bind((paging.page - 1) * paging.per_page);
  for (;;) {
    Result<bool> row = query.next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return page;
    page.items.push_back(read_session(query));
  }
}

}  // namespace parley::store
