// The endpoints under /v2/sessions.
#include <nlohmann/json.hpp>

#include "api/call.hpp"
#include "api/fields.hpp"

namespace parley::api {
namespace {

/// A session resource carries its participants and deliveries; who wants all of a big one asks page by page.
constexpr int64_t kMaxInlineParticipants = 100;
constexpr int64_t kMaxDeliveries = 1000;
/// About 25 MB of CSV at 256 bytes a message.
constexpr int64_t kMaxChat = 100'000;
/// A participant's day at one sample each ten seconds.
constexpr int64_t kMaxSamples = 8640;
constexpr int64_t kMaxTime = 253'402'300'799'999;  // 9999-12-31
constexpr size_t kMaxName = 128;

Field<store::SessionFilter> parse_filter(const Call& call) {
  store::SessionFilter filter;
  const auto text = [&](const char* name) -> std::optional<std::string> {
    const std::string* value = call.request.parameter(name);
    return value && !value->empty() ? std::optional(*value) : std::nullopt;
  };
  if (const auto room = text("roomId")) filter.room = RoomId(*room);
  filter.custom_room_id = text("customRoomId");
  filter.query = text("query");
  if (const auto status = text("status")) {
    if (*status != "ongoing" && *status != "ended") return std::unexpected("status must be one of: ongoing, ended");
    filter.ongoing = *status == "ongoing";
  }
  const auto from = integer_parameter(call.request, "startDate", 0, kMaxTime);
  if (!from) return std::unexpected(from.error());
  if (*from) filter.started_from = UtcTime::from_ms(**from);
  const auto to = integer_parameter(call.request, "endDate", 0, kMaxTime);
  if (!to) return std::unexpected(to.error());
  if (*to) filter.started_to = UtcTime::from_ms(**to);
  return filter;
}

Answer<Outcome> participants_page(const Call& call, bool active_only) {
  const auto paging = parse_paging(call.request);
  if (!paging) return refuse(400, paging.error());
  auto found = find_session(call, call.path_value(0));
  if (!found) return std::unexpected(found.error());
  auto page = checked(call.ports.store.sessions().participants(found->session.id, active_only, *paging));
  if (!page) return std::unexpected(page.error());
  Json data = Json::array();
  for (const auto& p : page->items) data.push_back(active_only ? participant_resource(p) : participant_summary(p));
  return Outcome{json_response({{"pageInfo", page_info(*paging, page->total)}, {"data", std::move(data)}}), {}};
}

Answer<store::ParticipantRecord> find_participant(const Call& call, const SessionId& session, const std::string& id) {
  auto found = checked(call.ports.store.sessions().find_participant(session, ParticipantId(id)));
  if (!found) return std::unexpected(found.error());
  if (!*found) return refuse(404, "There is no participant '" + id + "' in this session.");
  return std::move(**found);
}

Answer<Json> stats_of(const Call& call, const SessionId& session, const std::optional<ParticipantId>& participant) {
  auto samples = checked(call.ports.store.samples().list(session, participant, kMaxSamples));
  if (!samples) return std::unexpected(samples.error());
  Json data = Json::array();
  for (const store::QualitySample& sample : *samples) data.push_back(quality_point(sample));
  return data;
}

/// What a body says of the session to act on.
struct Target {
  std::optional<std::string> room;
  std::optional<std::string> session;
};

Field<Target> parse_target_fields(const Fields& fields) {
  Target target;
  for (const char* name : {"roomId", "meetingId"}) {
    auto text = fields.text(name, {.max = kMaxName});
    if (!text) return std::unexpected(text.error());
    if (*text && !target.room) target.room = std::move(*text);
  }
  auto session = fields.text("sessionId", {.max = kMaxName});
  if (!session) return std::unexpected(session.error());
  target.session = std::move(*session);
  if (!target.room && !target.session) return std::unexpected("roomId or sessionId is missing");
  return target;
}

/// The session named, or the room's ongoing one.
Answer<SessionAndRoom> resolve(const Call& call, const Target& target) {
  if (target.session) {
    auto found = find_session(call, *target.session);
    if (!found || !target.room) return found;
    const store::RoomRecord& room = found->room;
    if (*target.room == room.id.value() || *target.room == room.custom_room_id) return found;
    return refuse(400, "sessionId is not a session of that room");
  }
  auto room = find_room(call, *target.room);
  if (!room) return std::unexpected(room.error());
  auto page = checked(call.ports.store.sessions().list({.room = room->id, .ongoing = true}, {1, 1}));
  if (!page) return std::unexpected(page.error());
  if (page->items.empty()) return refuse(404, "The room '" + *target.room + "' has no session now.");
  return SessionAndRoom{std::move(page->items.front()), std::move(*room)};
}

Answer<Outcome> with_session(const Call& call, const SessionAndRoom& found, std::vector<Action> actions) {
  auto body = describe_session(call, found.session, found.room.custom_room_id);
  if (!body) return std::unexpected(body.error());
  return Outcome{json_response(*body), std::move(actions)};
}

}  // namespace

Answer<Json> describe_session(const Call& call, const store::SessionRecord& session,
                              const std::string& custom_room_id) {
  auto people =
      checked(call.ports.store.sessions().participants(session.id, false, {.per_page = kMaxInlineParticipants}));
  if (!people) return std::unexpected(people.error());
  auto deliveries = checked(call.ports.store.deliveries().of_session(session.id, kMaxDeliveries));
  if (!deliveries) return std::unexpected(deliveries.error());
  return session_resource(session, custom_room_id, people->items, *deliveries, call.request.base_url);
}

Answer<Outcome> list_sessions(const Call& call) {
  const auto paging = parse_paging(call.request);
  if (!paging) return refuse(400, paging.error());
  auto filter = parse_filter(call);
  if (!filter) return refuse(400, filter.error());
  if (call.claims->room) {  // sees that room's sessions alone
    auto room = find_room(call, call.claims->room->value());
    if (!room) return std::unexpected(room.error());
    if (filter->room && *filter->room != room->id) return refuse(403, "The token is only valid for another room.");
    filter->room = room->id;
  }
  auto page = checked(call.ports.store.sessions().list(*filter, *paging));
  if (!page) return std::unexpected(page.error());
  Json data = Json::array();
  for (const store::SessionRecord& session : page->items) {
    auto room = checked(call.ports.store.rooms().find(session.room.value()));
    if (!room) return std::unexpected(room.error());
    auto body = describe_session(call, session, *room ? (*room)->custom_room_id : "");
    if (!body) return std::unexpected(body.error());
    data.push_back(std::move(*body));
  }
  return Outcome{json_response({{"pageInfo", page_info(*paging, page->total)}, {"data", std::move(data)}}), {}};
}

Answer<Outcome> get_session(const Call& call) {
  auto found = find_session(call, call.path_value(0));
  if (!found) return std::unexpected(found.error());
  return with_session(call, *found, {});
}

Answer<Outcome> get_session_chat(const Call& call) {
  auto found = find_session(call, call.path_value(0));
  if (!found) return std::unexpected(found.error());
  auto messages = checked(call.ports.store.chat().list(found->session.id, kMaxChat));
  if (!messages) return std::unexpected(messages.error());
  return Outcome{{.content_type = "text/csv; charset=utf-8", .body = chat_csv(*messages)}, {}};
}

Answer<Outcome> list_participants(const Call& call) { return participants_page(call, false); }
Answer<Outcome> list_active_participants(const Call& call) { return participants_page(call, true); }

Answer<Outcome> get_participant(const Call& call) {
  auto found = find_session(call, call.path_value(0));
  if (!found) return std::unexpected(found.error());
  auto participant = find_participant(call, found->session.id, call.path_value(1));
  if (!participant) return std::unexpected(participant.error());
  return Outcome{json_response(participant_resource(*participant)), {}};
}

Answer<Outcome> get_session_stats(const Call& call) {
  auto found = find_session(call, call.path_value(0));
  if (!found) return std::unexpected(found.error());
  auto data = stats_of(call, found->session.id, std::nullopt);
  if (!data) return std::unexpected(data.error());
  return Outcome{json_response({{"sessionId", found->session.id.value()}, {"data", std::move(*data)}}), {}};
}

Answer<Outcome> get_participant_stats(const Call& call) {
  auto found = find_session(call, call.path_value(0));
  if (!found) return std::unexpected(found.error());
  auto participant = find_participant(call, found->session.id, call.path_value(1));
  if (!participant) return std::unexpected(participant.error());
  auto data = stats_of(call, found->session.id, participant->participant);
  if (!data) return std::unexpected(data.error());
  Json body = {{"sessionId", found->session.id.value()}, {"participantId", participant->participant.value()}};
  body["deviceInfo"] = participant_resource(*participant)["deviceInfo"];
  body["data"] = std::move(*data);
  return Outcome{json_response(body), {}};
}

Answer<Outcome> end_session(const Call& call) {
  const auto body = parse_body(call.request.body);
  if (!body) return refuse(400, body.error());
  const Fields fields(*body, "");
  const auto target = parse_target_fields(fields);
  if (!target) return refuse(400, target.error());
  for (const char* name : {"force", "ignoreClosed"}) {
    if (const auto flag = fields.boolean(name); !flag) return refuse(400, flag.error());
  }
  const bool ignore_closed = fields.boolean("ignoreClosed")->value_or(false);
  auto found = resolve(call, *target);
  if (!found) return std::unexpected(found.error());
  if (found->session.end) {
    if (!ignore_closed) return refuse(400, "The session has ended already.");
    return with_session(call, *found, {});
  }
  // The record is complete once everybody has left; the answer says what that will come to.
  found->session.end = call.now;
  if (auto done = checked(call.ports.store.sessions().end(found->session.id, call.now)); !done) {
    return std::unexpected(done.error());
  }
  return with_session(call, *found, {EndSession{found->room.id, found->session.id}});
}

Answer<Outcome> remove_participant(const Call& call) {
  const auto body = parse_body(call.request.body);
  if (!body) return refuse(400, body.error());
  const Fields fields(*body, "");
  const auto id = fields.text("participantId", {.max = kMaxName});
  if (!id) return refuse(400, id.error());
  if (!*id) return refuse(400, "participantId is missing");
  const auto target = parse_target_fields(fields);
  if (!target) return refuse(400, target.error());
  auto found = resolve(call, *target);
  if (!found) return std::unexpected(found.error());
  auto participant = find_participant(call, found->session.id, **id);
  if (!participant) return std::unexpected(participant.error());
  const bool active = !participant->timelog.empty() && !participant->timelog.back().end;
  if (!active) return refuse(404, "The participant '" + **id + "' has left already.");
  Outcome outcome;
  outcome.response = json_response({{"message", "The participant was removed."},
                                    {"roomId", found->room.id.value()},
                                    {"sessionId", found->session.id.value()},
                                    {"participantId", **id}});
  outcome.actions.push_back(RemoveParticipant{found->room.id, found->session.id, participant->participant});
  return outcome;
}

Answer<Outcome> get_public_key(const Call& call) {
  return Outcome{json_response({{"publicKey", call.ports.webhook_public_key}}), {}};
}

}  // namespace parley::api
