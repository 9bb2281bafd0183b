#include "store/sqlite/sqlite_egresses.hpp"

#include <utility>

#include "store/sqlite/lines.hpp"

namespace parley::store {
namespace {

constexpr std::string_view kColumns =
    "id, kind, room, session, participant, status, is_open, created_at, details_json, secrets_json";

std::string select(std::string_view rest) {
  return "SELECT " + std::string(kColumns) + " FROM egresses " + std::string(rest);
}

EgressRecord read_egress(const Query& row) {
  return {.id = EgressId(row.text(0)),
          .kind = row.text(1),
          .room = RoomId(row.text(2)),
          .session = SessionId(row.text(3)),
          .participant = ParticipantId(row.text(4)),
          .status = row.text(5),
          .open = row.boolean(6),
          .created_at = row.time(7),
          .details_json = row.text(8)};
}

// ?1 kinds as lines ('' for all), ?2 room, ?3 session, ?4 participant, ?5 query. A kind's name is no part of another's
// line, since each ends with a line break.
constexpr std::string_view kFilter =
    "WHERE removed = 0 AND (?1 = '' OR instr(char(10) || ?1, char(10) || kind || char(10)) > 0)"
    " AND (?2 IS NULL OR room = ?2) AND (?3 IS NULL OR session = ?3) AND (?4 IS NULL OR participant = ?4)"
    " AND (?5 IS NULL OR id = ?5 OR room = ?5 OR session = ?5) ";

void bind_filter(Query& query, const EgressFilter& filter) {
  query.bind(to_lines(filter.kinds));
  filter.room ? query.bind(filter.room->value()) : query.bind_null();
  filter.session ? query.bind(filter.session->value()) : query.bind_null();
  filter.participant ? query.bind(filter.participant->value()) : query.bind_null();
  filter.query ? query.bind(*filter.query) : query.bind_null();
}

}  // namespace

Result<void> SqliteEgresses::put(const EgressRecord& record, std::string_view secrets_json) {
  static const std::string sql =
      "INSERT INTO egresses (" + std::string(kColumns) +
      ") VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, room = excluded.room,"
      " session = excluded.session, participant = excluded.participant, status = excluded.status,"
      " is_open = excluded.is_open, created_at = excluded.created_at, details_json = excluded.details_json,"
      " secrets_json = excluded.secrets_json";
  return database_.query(sql)
      .bind(record.id.value())
      .bind(record.kind)
      .bind(record.room.value())
      .bind(record.session.value())
      .bind(record.participant.value())
      .bind(record.status)
      .bind(record.open)
      .bind(record.created_at)
      .bind(record.details_json)
      .bind(record.open ? secrets_json : std::string_view())
      .run();
}

Result<std::optional<EgressRecord>> SqliteEgresses::find(const EgressId& id) {
  static const std::string sql = select("WHERE id = ? AND removed = 0");
  Query query = database_.query(sql);
  const Result<bool> row = query.bind(id.value()).next();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return read_egress(query);
}

Result<Page<EgressRecord>> SqliteEgresses::list(const EgressFilter& filter, Paging paging) {
  static const std::string count = "SELECT count(*) FROM egresses " + std::string(kFilter);
  static const std::string rows =
      select(std::string(kFilter) + "ORDER BY created_at DESC, number DESC LIMIT ?6 OFFSET ?7");
  Page<EgressRecord> page;
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
    page.items.push_back(read_egress(query));
  }
}

Result<std::vector<OpenEgress>> SqliteEgresses::open() {
  static const std::string sql = select("WHERE is_open ORDER BY number");
  std::vector<OpenEgress> out;
  Query query = database_.query(sql);
  for (;;) {
    Result<bool> row = query.next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return out;
    out.push_back({read_egress(query), query.text(9)});
  }
}

Result<void> SqliteEgresses::remove(const EgressId& id, std::string_view details_json) {
  Result<void> done =
      database_.query("UPDATE egresses SET removed = 1, is_open = 1, details_json = ? WHERE id = ? AND removed = 0")
          .bind(details_json)
          .bind(id.value())
          .run();
  if (!done) return done;
  if (database_.changes() == 0) return std::unexpected(Error{Error::Kind::NotFound, "no such egress"});
  return {};
}

}  // namespace parley::store
