// The half of SqliteSessions that is about participants.
#include <utility>

#include "store/sqlite/sqlite_sessions.hpp"

namespace parley::store {
namespace {

constexpr std::string_view kParticipant =
    "SELECT number, id, name, meta_data_json, mode, sdk_type, sdk_version, platform, user_agent FROM participants ";

ParticipantRecord read_participant(const Query& row, const SessionId& session) {
  ParticipantRecord p;
  p.session = session;
  p.participant = ParticipantId(row.text(1));
  p.name = row.text(2);
  p.meta_data_json = row.text(3);
  p.mode = row.text(4);
  p.device = {row.text(5), row.text(6), row.text(7), row.text(8)};
  return p;
}

}  // namespace

Result<std::optional<int64_t>> SqliteSessions::number_of(const SessionId& session, const ParticipantId& participant) {
  Query query = database_.query("SELECT number FROM participants WHERE session = ? AND id = ?");
  Result<bool> row = query.bind(session.value()).bind(participant.value()).next();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return query.integer(0);
}

Result<void> SqliteSessions::close_open(int64_t participant, UtcTime at) {
  return database_.query("UPDATE timelog SET end = ? WHERE participant = ? AND end IS NULL")
      .bind(at)
      .bind(participant)
      .run();
}

Result<void> SqliteSessions::upsert(const ParticipantEntry& entry) {
  return database_
      .query(
          "INSERT INTO participants (session, id, name, meta_data_json, mode, sdk_type, sdk_version, platform,"
          " user_agent, active) VALUES (?,?,?,?,?,?,?,?,?,1) ON CONFLICT (session, id) DO UPDATE SET"
          " name = excluded.name, meta_data_json = excluded.meta_data_json, mode = excluded.mode,"
          " sdk_type = excluded.sdk_type, sdk_version = excluded.sdk_version, platform = excluded.platform,"
          " user_agent = excluded.user_agent, active = 1")
      .bind(entry.session.value())
      .bind(entry.participant.value())
      .bind(entry.name)
      .bind(entry.meta_data_json)
      .bind(entry.mode)
      .bind(entry.device.sdk_type)
      .bind(entry.device.sdk_version)
      .bind(entry.device.platform)
      .bind(entry.device.user_agent)
      .run();
}

Result<void> SqliteSessions::enter(const ParticipantEntry& entry) {
  Result<Transaction> transaction = Transaction::begin(database_);
  if (!transaction) return std::unexpected(transaction.error());
  if (Result<void> done = upsert(entry); !done) return done;
  const auto number = number_of(entry.session, entry.participant);
  if (!number) return std::unexpected(number.error());
  if (Result<void> done = close_open(**number, entry.at); !done) return done;
  Result<void> done = database_.query("INSERT INTO timelog (participant, start, end) VALUES (?,?,NULL)")
                          .bind(**number)
                          .bind(entry.at)
                          .run();
  if (!done) return done;
  return transaction->commit();
}

Result<void> SqliteSessions::exit(const SessionId& session, const ParticipantId& participant, UtcTime at) {
  const auto number = number_of(session, participant);
  if (!number) return std::unexpected(number.error());
  if (!*number) return {};
  Result<Transaction> transaction = Transaction::begin(database_);
  if (!transaction) return std::unexpected(transaction.error());
  if (Result<void> done = close_open(**number, at); !done) return done;
  Result<void> done = database_.query("UPDATE participants SET active = 0 WHERE number = ?").bind(**number).run();
  if (!done) return done;
  return transaction->commit();
}

Result<void> SqliteSessions::add_activity(const SessionId& session, const ParticipantId& participant,
                                          const Activity& a) {
  const auto number = number_of(session, participant);
  if (!number) return std::unexpected(number.error());
  if (!*number) return std::unexpected(Error{Error::Kind::NotFound, "no such participant"});
  Result<Transaction> transaction = Transaction::begin(database_);
  if (!transaction) return std::unexpected(transaction.error());
  Result<void> done = database_.query("INSERT INTO activities (participant, kind, is_on, value, at) VALUES (?,?,?,?,?)")
                          .bind(**number)
                          .bind(a.kind)
                          .bind(a.on)
                          .bind(a.value)
                          .bind(a.at)
                          .run();
  if (!done) return done;
  done = database_
             .query(
                 "DELETE FROM activities WHERE participant = ?1 AND number <="
                 " (SELECT number FROM activities WHERE participant = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)")
             .bind(**number)
             .bind(int64_t{kMaxActivities})
             .run();
  if (!done) return done;
  if (a.kind == "mode") {
    done = database_.query("UPDATE participants SET mode = ? WHERE number = ?").bind(a.value).bind(**number).run();
    if (!done) return done;
  }
  return transaction->commit();
}

Result<void> SqliteSessions::read_history(int64_t number, ParticipantRecord& record) {
  Query times = database_.query("SELECT start, end FROM timelog WHERE participant = ? ORDER BY number");
  times.bind(number);
  for (;;) {
    Result<bool> row = times.next();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    record.timelog.push_back({times.time(0), times.optional_time(1)});
  }
  Query acts = database_.query("SELECT kind, is_on, value, at FROM activities WHERE participant = ? ORDER BY number");
  acts.bind(number);
  for (;;) {
    Result<bool> row = acts.next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    record.activities.push_back({acts.text(0), acts.boolean(1), acts.text(2), acts.time(3)});
  }
}

Result<Page<ParticipantRecord>> SqliteSessions::participants(const SessionId& session, bool active_only,
                                                             Paging paging) {
  static const std::string where = "WHERE session = ?1 AND (active OR NOT ?2) ";
  static const std::string count = "SELECT count(*) FROM participants " + where;
  static const std::string rows = std::string(kParticipant) + where + "ORDER BY number LIMIT ?3 OFFSET ?4";
  Page<ParticipantRecord> page;
  {
    Query query = database_.query(count);
    if (Result<bool> row = query.bind(session.value()).bind(active_only).next(); !row) {
      return std::unexpected(row.error());
    }
    page.total = query.integer(0);
  }
  std::vector<int64_t> numbers;
  {
    Query query = database_.query(rows);
    query.bind(session.value()).bind(active_only).bind(paging.per_page).bind((paging.page - 1) * paging.per_page);
    for (;;) {
      Result<bool> row = query.next();
      if (!row) return std::unexpected(row.error());
      if (!*row) break;
      numbers.push_back(query.integer(0));
      page.items.push_back(read_participant(query, session));
    }
  }
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (Result<void> done = read_history(numbers[i], page.items[i]); !done) return std::unexpected(done.error());
  }
  return page;
}

Result<std::optional<ParticipantRecord>> SqliteSessions::find_participant(const SessionId& session,
                                                                          const ParticipantId& participant) {
  static const std::string sql = std::string(kParticipant) + "WHERE session = ? AND id = ?";
  int64_t number = 0;
  ParticipantRecord record;
  {
    Query query = database_.query(sql);
    Result<bool> row = query.bind(session.value()).bind(participant.value()).next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return std::nullopt;
    number = query.integer(0);
    record = read_participant(query, session);
  }
  if (Result<void> done = read_history(number, record); !done) return std::unexpected(done.error());
  return record;
}

}  // namespace parley::store
