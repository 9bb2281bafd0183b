#include "store/memory/memory_sessions.hpp"

#include <algorithm>

#include "store/memory/paginate.hpp"

namespace parley::store {
namespace {

std::unexpected<Error> not_found(const char* what) { return std::unexpected(Error{Error::Kind::NotFound, what}); }

bool is_active(const ParticipantRecord& p) { return !p.timelog.empty() && !p.timelog.back().end; }

void close_open(ParticipantRecord& p, UtcTime at) {
  if (is_active(p)) p.timelog.back().end = at;
}

}  // namespace

Result<void> MemorySessions::start(const SessionRecord& session) {
  if (!rooms_.by_id(session.room)) return not_found("no such room");
  if (!sessions_.try_emplace(session.id, Entry{session, {}}).second) {
    return std::unexpected(Error{Error::Kind::Conflict, "session exists"});
  }
  return {};
}

Result<void> MemorySessions::end(const SessionId& session, UtcTime at) {
  const auto it = sessions_.find(session);
  if (it == sessions_.end()) return not_found("no such session");
  if (it->second.record.end) return {};
  it->second.record.end = at;
  for (ParticipantRecord& p : it->second.participants) close_open(p, at);
  return {};
}

Result<std::vector<SessionRecord>> MemorySessions::end_all(UtcTime at) {
  std::vector<SessionRecord> ended;
  for (auto& [id, entry] : sessions_) {
    if (entry.record.end) continue;
    (void)end(id, at);
    ended.push_back(entry.record);
  }
  return ended;
}

Result<std::optional<SessionRecord>> MemorySessions::find(const SessionId& session) {
  const auto it = sessions_.find(session);
  if (it == sessions_.end()) return std::nullopt;
  return it->second.record;
}

bool MemorySessions::matches(const SessionRecord& session, const SessionFilter& filter) const {
  const RoomRecord* room = rooms_.by_id(session.room);
  const std::string custom = room ? room->custom_room_id : "";
  if (filter.room && session.room != *filter.room) return false;
  if (filter.custom_room_id && custom != *filter.custom_room_id) return false;
  if (filter.query && session.id.value() != *filter.query && session.room.value() != *filter.query &&
      custom != *filter.query) {
    return false;
  }
  if (filter.started_from && session.start < *filter.started_from) return false;
  if (filter.started_to && session.start > *filter.started_to) return false;
  return !filter.ongoing || *filter.ongoing == !session.end.has_value();
}

Result<Page<SessionRecord>> MemorySessions::list(const SessionFilter& filter, Paging paging) {
  std::vector<SessionRecord> kept;
  for (const auto& [id, entry] : sessions_) {
    if (matches(entry.record, filter)) kept.push_back(entry.record);
  }
  std::ranges::stable_sort(kept, std::greater<>(), &SessionRecord::start);
  return paginate(kept, paging);
}

ParticipantRecord* MemorySessions::find_in(const SessionId& session, const ParticipantId& participant) {
  const auto it = sessions_.find(session);
  if (it == sessions_.end()) return nullptr;
  const auto found = std::ranges::find(it->second.participants, participant, &ParticipantRecord::participant);
  return found == it->second.participants.end() ? nullptr : &*found;
}

Result<void> MemorySessions::enter(const ParticipantEntry& entry) {
  const auto it = sessions_.find(entry.session);
  if (it == sessions_.end()) return not_found("no such session");
  ParticipantRecord* p = find_in(entry.session, entry.participant);
  if (!p) {
    p = &it->second.participants.emplace_back();
    p->session = entry.session;
    p->participant = entry.participant;
  }
  close_open(*p, entry.at);
  p->name = entry.name;
  p->meta_data_json = entry.meta_data_json;
  p->mode = entry.mode;
  p->device = entry.device;
  p->timelog.push_back({entry.at, std::nullopt});
  return {};
}

Result<void> MemorySessions::exit(const SessionId& session, const ParticipantId& participant, UtcTime at) {
  if (ParticipantRecord* p = find_in(session, participant)) close_open(*p, at);
  return {};
}

Result<void> MemorySessions::add_activity(const SessionId& session, const ParticipantId& participant,
                                          const Activity& a) {
  ParticipantRecord* p = find_in(session, participant);
  if (!p) return not_found("no such participant");
  if (p->activities.size() >= kMaxActivities) p->activities.erase(p->activities.begin());
  p->activities.push_back(a);
  if (a.kind == "mode") p->mode = a.value;
  return {};
}

Result<Page<ParticipantRecord>> MemorySessions::participants(const SessionId& session, bool active_only,
                                                             Paging paging) {
  const auto it = sessions_.find(session);
  if (it == sessions_.end()) return Page<ParticipantRecord>();
  if (!active_only) return paginate(it->second.participants, paging);
  std::vector<ParticipantRecord> active;
  std::ranges::copy_if(it->second.participants, std::back_inserter(active), is_active);
  return paginate(active, paging);
}

Result<std::optional<ParticipantRecord>> MemorySessions::find_participant(const SessionId& session,
                                                                          const ParticipantId& participant) {
  const ParticipantRecord* p = find_in(session, participant);
  if (!p) return std::nullopt;
  return *p;
}

}  // namespace parley::store
