#include "store/sqlite/sqlite_rooms.hpp"

#include "store/sqlite/lines.hpp"

namespace parley::store {
namespace {

constexpr std::string_view kColumns =
    "id, record_id, custom_room_id, user_id, disabled, created_at, updated_at, geo_fence, webhook_end_point,"
    " webhook_events, auto_close_type, auto_close_minutes, allowed_participant_ids, auto_start_recording,"
    " auto_start_hls, multi_recording, multi_livestream, multi_hls";

void bind_room(Query& query, const RoomRecord& room) {
  query.bind(room.id.value()).bind(room.record_id);
  room.custom_room_id.empty() ? query.bind_null() : query.bind(room.custom_room_id);
  query.bind(room.user_id).bind(room.disabled).bind(room.created_at).bind(room.updated_at).bind(room.geo_fence);
  if (room.webhook) {
    query.bind(room.webhook->end_point).bind(to_lines(room.webhook->events));
  } else {
    query.bind_null().bind("");
  }
  if (room.auto_close) {
    query.bind(static_cast<int64_t>(room.auto_close->type)).bind(room.auto_close->duration_minutes);
  } else {
    query.bind_null().bind(int64_t{0});
  }
  query.bind(to_lines(room.allowed_participant_ids));
  query.bind(room.auto_start.recording_json).bind(room.auto_start.hls_json);
  const MultiComposition& multi = room.multi_composition;
  query.bind(multi.recording).bind(multi.livestream).bind(multi.hls);
}

/// Reads kColumns. A webhook always has an end point; an auto-close always has minutes.
RoomRecord read_room(const Query& row) {
  RoomRecord room;
  room.id = RoomId(row.text(0));
  room.record_id = row.text(1);
  room.custom_room_id = row.text(2);
  room.user_id = row.text(3);
  room.disabled = row.boolean(4);
  room.created_at = row.time(5);
  room.updated_at = row.time(6);
  room.geo_fence = row.text(7);
  if (std::string end_point = row.text(8); !end_point.empty()) {
    room.webhook = RoomWebhook{std::move(end_point), from_lines(row.text(9))};
  }
  if (row.optional_time(10)) room.auto_close = AutoClose{static_cast<AutoCloseType>(row.integer(10)), row.integer(11)};
  room.allowed_participant_ids = from_lines(row.text(12));
  room.auto_start = {row.text(13), row.text(14)};
  room.multi_composition = {row.boolean(15), row.boolean(16), row.boolean(17)};
  return room;
}

std::string select(std::string_view rest) {
  return "SELECT " + std::string(kColumns) + " FROM rooms " + std::string(rest);
}

}  // namespace

Result<void> SqliteRooms::insert(const RoomRecord& room) {
  static const std::string sql =
      "INSERT INTO rooms (" + std::string(kColumns) + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
  Query query = database_.query(sql);
  bind_room(query, room);
  return query.run();
}

Result<void> SqliteRooms::update(const RoomRecord& room) {
  static const std::string sql =
      "UPDATE rooms SET (" + std::string(kColumns) + ") = (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) WHERE id = ?";
  Query query = database_.query(sql);
  bind_room(query, room);
  if (Result<void> done = query.bind(room.id.value()).run(); !done) return done;
  if (database_.changes() == 0) return std::unexpected(Error{Error::Kind::NotFound, "no such room"});
  return {};
}

Result<std::optional<RoomRecord>> SqliteRooms::find(std::string_view name) {
  static const std::string by[] = {select("WHERE id = ?"), select("WHERE custom_room_id = ?"),
                                   select("WHERE record_id = ?")};
  for (const std::string& sql : by) {
    Query query = database_.query(sql);
    const Result<bool> row = query.bind(name).next();
    if (!row) return std::unexpected(row.error());
    if (*row) return read_room(query);
  }
  return std::nullopt;
}

Result<Page<RoomRecord>> SqliteRooms::list(const std::optional<std::string>& name, Paging paging) {
  static const std::string where = "WHERE ?1 IS NULL OR id = ?1 OR custom_room_id = ?1 ";
  static const std::string count = "SELECT count(*) FROM rooms " + where;
  static const std::string rows = select(where + "ORDER BY created_at DESC, number DESC LIMIT ?2 OFFSET ?3");
  Page<RoomRecord> page;
  {
    Query query = database_.query(count);
    name ? query.bind(*name) : query.bind_null();
    if (Result<bool> row = query.next(); !row) return std::unexpected(row.error());
    page.total = query.integer(0);
  }
  Query query = database_.query(rows);
  name ? query.bind(*name) : query.bind_null();
  query.bind(paging.per_page).bind((paging.page - 1) * paging.per_page);
  for (;;) {
    Result<bool> row = query.next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return page;
    page.items.push_back(read_room(query));
  }
}

}  // namespace parley::store
