#pragma once

#include "store/sqlite/database.hpp"

namespace parley::store {

class SqliteSessions final : public SessionStore {
 public:
  explicit SqliteSessions(Database& database) : database_(database) {}
  Result<void> start(const SessionRecord& session) override;
  Result<void> end(const SessionId& session, UtcTime at) override;
  Result<std::vector<SessionRecord>> end_all(UtcTime at) override;
  Result<std::optional<SessionRecord>> find(const SessionId& session) override;
  Result<Page<SessionRecord>> list(const SessionFilter& filter, Paging paging) override;
  Result<void> enter(const ParticipantEntry& entry) override;
  Result<void> exit(const SessionId& session, const ParticipantId& participant, UtcTime at) override;
  Result<void> add_activity(const SessionId& session, const ParticipantId& participant, const Activity& a) override;
  Result<Page<ParticipantRecord>> participants(const SessionId& session, bool active_only, Paging paging) override;
  Result<std::optional<ParticipantRecord>> find_participant(const SessionId& session,
                                                            const ParticipantId& participant) override;

 private:
  Result<std::optional<int64_t>> number_of(const SessionId& session, const ParticipantId& participant);
  Result<void> upsert(const ParticipantEntry& entry);
  Result<void> close_open(int64_t participant, UtcTime at);
  Result<void> read_history(int64_t number, ParticipantRecord& record);

  Database& database_;
};

}  // namespace parley::store
