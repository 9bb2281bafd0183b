#include "store/sqlite/sqlite_records.hpp"

#include "store/sqlite/lines.hpp"

namespace parley::store {
namespace {

template <typename T, typename Read>
Result<std::vector<T>> collect(Query query, Read read) {
  std::vector<T> out;
  for (;;) {
    Result<bool> row = query.next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return out;
    out.push_back(read(query));
  }
}

}  // namespace

// --- chat ---------------------------------------------------------------------------------------------------------

Result<void> SqliteChat::append(const ChatRecord& m) {
  return database_
      .query(
          "INSERT INTO chat (session, message_id, topic, message, payload_json, sender_id, sender_name, send_only,"
          " at) VALUES (?,?,?,?,?,?,?,?,?)")
      .bind(m.session.value())
      .bind(m.message_id)
      .bind(m.topic)
      .bind(m.message)
      .bind(m.payload_json)
      .bind(m.sender_id)
      .bind(m.sender_name)
      .bind(to_lines(m.send_only))
      .bind(m.at)
      .run();
}

Result<std::vector<ChatRecord>> SqliteChat::list(const SessionId& session, int64_t limit) {
  Query query = database_.query(
      "SELECT message_id, topic, message, payload_json, sender_id, sender_name, send_only, at FROM chat"
      " WHERE session = ? ORDER BY number LIMIT ?");
  query.bind(session.value()).bind(limit);
  return collect<ChatRecord>(std::move(query), [&](const Query& row) {
    return ChatRecord{session,     row.text(0), row.text(1), row.text(2),
                      row.text(3), row.text(4), row.text(5), from_lines(row.text(6)),
                      row.time(7)};
  });
}

// --- samples ------------------------------------------------------------------------------------------------------

Result<void> SqliteSamples::append(const QualitySample& s) {
  Query query = database_.query(
      "INSERT INTO samples (session, participant, at, rtt_ms, send_audio_lost, send_audio_kbps, send_audio_jitter_ms,"
      " send_video_lost, send_video_kbps, send_video_jitter_ms, receive_audio_lost, receive_audio_kbps,"
      " receive_audio_jitter_ms, receive_video_lost, receive_video_kbps, receive_video_jitter_ms, audio_score,"
      " video_score) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  query.bind(s.session.value()).bind(s.participant.value()).bind(s.at).bind(s.rtt_ms);
  for (const QualitySample::Media* m : {&s.send_audio, &s.send_video, &s.receive_audio, &s.receive_video}) {
    query.bind(m->packets_lost).bind(m->bitrate_kbps).bind(m->jitter_ms);
  }
  return query.bind(s.audio_score).bind(s.video_score).run();
}

Result<std::vector<QualitySample>> SqliteSamples::list(const SessionId& session,
                                                       const std::optional<ParticipantId>& participant, int64_t limit) {
  Query query = database_.query(
      "SELECT participant, at, rtt_ms, send_audio_lost, send_audio_kbps, send_audio_jitter_ms, send_video_lost,"
      " send_video_kbps, send_video_jitter_ms, receive_audio_lost, receive_audio_kbps, receive_audio_jitter_ms,"
      " receive_video_lost, receive_video_kbps, receive_video_jitter_ms, audio_score, video_score FROM samples"
      " WHERE session = ?1 AND (?2 IS NULL OR participant = ?2) ORDER BY at, number LIMIT ?3");
  query.bind(session.value());
  participant ? query.bind(participant->value()) : query.bind_null();
  query.bind(limit);
  return collect<QualitySample>(std::move(query), [&](const Query& row) {
    const auto media = [&](int c) { return QualitySample::Media{row.integer(c), row.integer(c + 1), row.real(c + 2)}; };
    return QualitySample{session,      ParticipantId(row.text(0)),
                         row.time(1),  row.real(2),
                         media(3),     media(6),
                         media(9),     media(12),
                         row.real(15), row.real(16)};
  });
}

Result<int64_t> SqliteSamples::prune(UtcTime before) {
  if (Result<void> done = database_.query("DELETE FROM samples WHERE at < ?").bind(before).run(); !done) {
    return std::unexpected(done.error());
  }
  return database_.changes();
}

// --- deliveries ---------------------------------------------------------------------------------------------------

namespace {

constexpr std::string_view kDelivery =
    "SELECT id, room, session, type, url, body, created_at, state, attempts, next_attempt_at, last_status, last_error"
    " FROM deliveries ";

Delivery read_delivery(const Query& row) {
  return {.id = row.integer(0),
          .room = RoomId(row.text(1)),
          .session = SessionId(row.text(2)),
          .type = row.text(3),
          .url = row.text(4),
          .body = row.text(5),
          .created_at = row.time(6),
          .state = static_cast<DeliveryState>(row.integer(7)),
          .attempts = static_cast<int>(row.integer(8)),
          .next_attempt_at = row.time(9),
          .last_status = static_cast<int>(row.integer(10)),
          .last_error = row.text(11)};
}

}  // namespace

Result<int64_t> SqliteDeliveries::add(const Delivery& d) {
  Result<void> done = database_
                          .query(
                              "INSERT INTO deliveries (room, session, type, url, body, created_at, state, attempts,"
                              " next_attempt_at, last_status, last_error) VALUES (?,?,?,?,?,?,0,?,?,?,?)")
                          .bind(d.room.value())
                          .bind(d.session.value())
                          .bind(d.type)
                          .bind(d.url)
                          .bind(d.body)
                          .bind(d.created_at)
                          .bind(int64_t{d.attempts})
                          .bind(d.next_attempt_at)
                          .bind(int64_t{d.last_status})
                          .bind(d.last_error)
                          .run();
  if (!done) return std::unexpected(done.error());
  return database_.last_insert_id();
}

Result<std::vector<Delivery>> SqliteDeliveries::due(UtcTime now, int64_t limit) {
  static const std::string sql =
      std::string(kDelivery) + "WHERE state = 0 AND next_attempt_at <= ? ORDER BY id LIMIT ?";
  Query query = database_.query(sql);
  query.bind(now).bind(limit);
  return collect<Delivery>(std::move(query), read_delivery);
}

Result<std::optional<UtcTime>> SqliteDeliveries::next_due() {
  Query query = database_.query("SELECT min(next_attempt_at) FROM deliveries WHERE state = 0");
  if (Result<bool> row = query.next(); !row) return std::unexpected(row.error());
  return query.optional_time(0);
}

Result<void> SqliteDeliveries::record(const Attempt& a) {
  Result<void> done = database_
                          .query(
                              "UPDATE deliveries SET state = ?, attempts = attempts + 1, next_attempt_at = ?,"
                              " last_status = ?, last_error = ? WHERE id = ?")
                          .bind(static_cast<int64_t>(a.state))
                          .bind(a.next_attempt_at)
                          .bind(int64_t{a.status})
                          .bind(a.error)
                          .bind(a.delivery)
                          .run();
  if (done && database_.changes() == 0) return std::unexpected(Error{Error::Kind::NotFound, "no such delivery"});
  return done;
}

Result<std::vector<Delivery>> SqliteDeliveries::of_session(const SessionId& session, int64_t limit) {
  static const std::string sql = std::string(kDelivery) + "WHERE session = ? ORDER BY id LIMIT ?";
  Query query = database_.query(sql);
  query.bind(session.value()).bind(limit);
  return collect<Delivery>(std::move(query), read_delivery);
}

Result<std::vector<Delivery>> SqliteDeliveries::of_room(const RoomId& room, int64_t limit) {
  static const std::string sql = std::string(kDelivery) + "WHERE room = ? ORDER BY id LIMIT ?";
  Query query = database_.query(sql);
  query.bind(room.value()).bind(limit);
  return collect<Delivery>(std::move(query), read_delivery);
}

Result<int64_t> SqliteDeliveries::prune(UtcTime before) {
  if (Result<void> done =
          database_.query("DELETE FROM deliveries WHERE state <> 0 AND created_at < ?").bind(before).run();
      !done) {
    return std::unexpected(done.error());
  }
  return database_.changes();
}

// --- meta ---------------------------------------------------------------------------------------------------------

Result<std::optional<std::string>> SqliteMeta::get(std::string_view key) {
  Query query = database_.query("SELECT value FROM meta WHERE key = ?");
  Result<bool> row = query.bind(key).next();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return query.text(0);
}

Result<void> SqliteMeta::put(std::string_view key, std::string_view value) {
  return database_
      .query("INSERT INTO meta (key, value) VALUES (?,?) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
      .bind(key)
      .bind(value)
      .run();
}

}  // namespace parley::store
