#include "store/sqlite/migrations.hpp"

#include <string>

namespace parley::store {
namespace {

// Times are milliseconds since 1970 UTC; lists are lines of one text. A released step is never changed: add another.
constexpr Migration kMigrations[] = {
    {1, R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE rooms (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  record_id TEXT NOT NULL UNIQUE,
  custom_room_id TEXT UNIQUE,
  user_id TEXT NOT NULL,
  disabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  geo_fence TEXT NOT NULL,
  webhook_end_point TEXT,
  webhook_events TEXT NOT NULL DEFAULT '',
  auto_close_type INTEGER,
  auto_close_minutes INTEGER NOT NULL DEFAULT 0,
  allowed_participant_ids TEXT NOT NULL
);
CREATE INDEX rooms_by_age ON rooms (created_at, number);

CREATE TABLE sessions (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  room TEXT NOT NULL REFERENCES rooms (id),
  start INTEGER NOT NULL,
  end INTEGER
);
CREATE INDEX sessions_by_start ON sessions (start, number);
CREATE INDEX sessions_by_room ON sessions (room, start);
CREATE INDEX sessions_open ON sessions (number) WHERE end IS NULL;

CREATE TABLE participants (
  number INTEGER PRIMARY KEY,
  session TEXT NOT NULL REFERENCES sessions (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  meta_data_json TEXT NOT NULL,
  mode TEXT NOT NULL,
  sdk_type TEXT NOT NULL,
  sdk_version TEXT NOT NULL,
  platform TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  active INTEGER NOT NULL,
  UNIQUE (session, id)
);

CREATE TABLE timelog (
  number INTEGER PRIMARY KEY,
  participant INTEGER NOT NULL REFERENCES participants (number),
  start INTEGER NOT NULL,
  end INTEGER
);
CREATE INDEX timelog_by_participant ON timelog (participant);

CREATE TABLE activities (
  number INTEGER PRIMARY KEY,
  participant INTEGER NOT NULL REFERENCES participants (number),
  kind TEXT NOT NULL,
  is_on INTEGER NOT NULL,
  value TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX activities_by_participant ON activities (participant);

CREATE TABLE chat (
  number INTEGER PRIMARY KEY,
  session TEXT NOT NULL REFERENCES sessions (id),
  message_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  message TEXT NOT NULL,
  payload_json TEXT NOT NULL,
  sender_id TEXT NOT NULL,
  sender_name TEXT NOT NULL,
  send_only TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX chat_by_session ON chat (session);

CREATE TABLE samples (
  number INTEGER PRIMARY KEY,
  session TEXT NOT NULL REFERENCES sessions (id),
  participant TEXT NOT NULL,
  at INTEGER NOT NULL,
  rtt_ms REAL NOT NULL,
  send_audio_lost INTEGER NOT NULL, send_audio_kbps INTEGER NOT NULL, send_audio_jitter_ms REAL NOT NULL,
  send_video_lost INTEGER NOT NULL, send_video_kbps INTEGER NOT NULL, send_video_jitter_ms REAL NOT NULL,
  receive_audio_lost INTEGER NOT NULL, receive_audio_kbps INTEGER NOT NULL, receive_audio_jitter_ms REAL NOT NULL,
  receive_video_lost INTEGER NOT NULL, receive_video_kbps INTEGER NOT NULL, receive_video_jitter_ms REAL NOT NULL,
  audio_score REAL NOT NULL,
  video_score REAL NOT NULL
);
CREATE INDEX samples_by_session ON samples (session, at);
CREATE INDEX samples_by_age ON samples (at);

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  room TEXT NOT NULL,
  session TEXT NOT NULL,
  type TEXT NOT NULL,
  url TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  last_status INTEGER NOT NULL,
  last_error TEXT NOT NULL
);
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE state = 0;
CREATE INDEX deliveries_by_session ON deliveries (session);
CREATE INDEX deliveries_by_room ON deliveries (room);
)sql"},
    {2, R"sql(
ALTER TABLE rooms ADD COLUMN auto_start_recording TEXT NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN auto_start_hls TEXT NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN multi_recording INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN multi_livestream INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN multi_hls INTEGER NOT NULL DEFAULT 0;

CREATE TABLE egresses (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  room TEXT NOT NULL REFERENCES rooms (id),
  session TEXT NOT NULL,
  participant TEXT NOT NULL,
  status TEXT NOT NULL,
  is_open INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  removed INTEGER NOT NULL DEFAULT 0,
  details_json TEXT NOT NULL,
  -- Stream keys of a live one, to go on after a restart of the server; '' once it is over. In no list or view.
  secrets_json TEXT NOT NULL
);
CREATE INDEX egresses_by_age ON egresses (created_at, number);
CREATE INDEX egresses_by_room ON egresses (room, created_at);
CREATE INDEX egresses_by_session ON egresses (session);
CREATE INDEX egresses_open ON egresses (number) WHERE is_open;
)sql"},
};

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Result<void> migrate(Database& database) {
  int64_t version = 0;
  {
    Query query = database.query("PRAGMA user_version");
    Result<bool> row = query.next();
    if (!row) return std::unexpected(row.error());
    version = query.integer(0);
  }
  if (version > migrations().back().version) {
    return std::unexpected(Error{Error::Kind::Unavailable, "the database was written by a newer server (version " +
                                                               std::to_string(version) + ")"});
  }
  for (const Migration& step : migrations()) {
    if (step.version <= version) continue;
    Result<Transaction> transaction = Transaction::begin(database);
    if (!transaction) return std::unexpected(transaction.error());
    const std::string mark = "PRAGMA user_version = " + std::to_string(step.version);
    if (Result<void> done = database.execute(step.sql); !done) return done;
    if (Result<void> done = database.execute(mark); !done) return done;
    if (Result<void> done = transaction->commit(); !done) return done;
  }
  return {};
}

}  // namespace parley::store
