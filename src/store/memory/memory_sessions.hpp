#pragma once

#include <map>
#include <vector>

#include "store/memory/memory_rooms.hpp"
#include "store/store.hpp"

namespace parley::store {

class MemorySessions final : public SessionStore {
 public:
  explicit MemorySessions(const MemoryRooms& rooms) : rooms_(rooms) {}

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

  bool contains(const SessionId& session) const { return sessions_.contains(session); }

 private:
  struct Entry {
    SessionRecord record;
    std::vector<ParticipantRecord> participants;  // in the order of first entry
  };
  ParticipantRecord* find_in(const SessionId& session, const ParticipantId& participant);
  bool matches(const SessionRecord& session, const SessionFilter& filter) const;

  const MemoryRooms& rooms_;
  std::map<SessionId, Entry> sessions_;
};

}  // namespace parley::store
