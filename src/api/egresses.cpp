// The endpoints under /v2/recordings, /v2/livestreams and /v2/hls.
#include <nlohmann/json.hpp>

#include "api/call.hpp"
#include "api/egress_options.hpp"
#include "api/egress_resource.hpp"
#include "api/fields.hpp"
#include "egress/names.hpp"
#include "egress/record_json.hpp"

namespace parley::api {
namespace {

using egress::Kind;
using nlohmann::json;

constexpr size_t kMaxName = 128;
/// Recordings on one channel of a merge.
constexpr size_t kMaxMerged = 50;

LinkContext context_of(const Call& call) { return {call.ports.links, call.request.base_url, call.now}; }

Answer<egress::Egress> read_record(const store::EgressRecord& record) {
  auto parsed = egress::parse_record_json(record.details_json);
  if (!parsed) return store_failed({store::Error::Kind::Unavailable, record.id.value() + ": " + parsed.error()});
  return std::move(*parsed);
}

std::string missing(Kind kind, const std::string& id) {
  return "There is no " + std::string(egress::spoken_name(kind)) + " '" + id + "'.";
}

/// One of this kind that the token may see: 404, 403.
Answer<egress::Egress> find_egress(const Call& call, Kind kind, const std::string& id) {
  auto found = checked(call.ports.store.egresses().find(EgressId(id)));
  if (!found) return std::unexpected(found.error());
  if (!*found || (*found)->kind != name_of(kind)) return refuse(404, missing(kind, id));
  if (auto room = find_room(call, (*found)->room.value()); !room) return std::unexpected(room.error());
  return read_record(**found);
}

Answer<json> body_of(const Call& call) {
  auto body = parse_body(call.request.body);
  if (!body) return refuse(400, body.error());
  return std::move(*body);
}

Answer<store::RoomRecord> room_of(const Call& call, const Fields& fields) {
  std::optional<std::string> name;
  for (const char* field : {"roomId", "meetingId"}) {
    const auto text = fields.text(field, {.max = kMaxName});
    if (!text) return refuse(400, text.error());
    if (*text && !name) name = *text;
  }
  if (!name) return refuse(400, "roomId is missing");
  auto room = find_room(call, *name);
  if (room && room->disabled) return refuse(400, "The room '" + *name + "' is disabled.");
  return room;
}

Outcome asks(store::RoomRecord room, decltype(EgressCall::what) what) {
  return {.egress = EgressCall{std::move(room), std::move(what)}};
}

/// The newest one of a participant (and track) that is not over.
Answer<EgressId> find_targeted(const Call& call, const store::RoomRecord& room, Kind kind, const Fields& fields) {
  const auto participant = fields.text("participantId", {.max = kMaxName});
  if (!participant) return refuse(400, participant.error());
  if (!*participant) return refuse(400, "participantId or id is missing");
  const auto track = fields.text("kind", {.max = 32});
  if (!track) return refuse(400, track.error());
  auto page = checked(call.ports.store.egresses().list(
      {.kinds = {std::string(name_of(kind))}, .room = room.id, .participant = ParticipantId(**participant)},
      {.per_page = kMaxPerPage}));
  if (!page) return std::unexpected(page.error());
  for (const store::EgressRecord& record : page->items) {
    auto e = read_record(record);
    if (!e) return std::unexpected(e.error());
    const bool same_track = !*track || (e->target && e->target->track && name_of(*e->target->track) == **track);
    if (egress::is_live(e->status) && same_track) return e->id;
  }
  return refuse(404, "The participant '" + **participant + "' is not being recorded.");
}

/// The room and the egress that a body names: by `id` (or `recordingId`), or the room's only one, or by its target.
struct Named {
  store::RoomRecord room;
  egress::Selector which;
};
Answer<Named> named_in(const Call& call, Kind kind, const json& body) {
  const Fields fields(body, "");
  std::optional<std::string> id;
  for (const char* field : {"id", "recordingId"}) {
    const auto text = fields.text(field, {.max = kMaxName});
    if (!text) return refuse(400, text.error());
    if (*text) id = *text;
  }
  if (id) {
    auto e = find_egress(call, kind, *id);
    if (!e) return std::unexpected(e.error());
    if (egress::is_over(e->status)) {
      return refuse(409, "The " + std::string(egress::spoken_name(kind)) + " has ended already.");
    }
    auto room = find_room(call, e->room.value());
    if (!room) return std::unexpected(room.error());
    const auto text = fields.text("roomId", {.max = kMaxName});
    if (!text) return refuse(400, text.error());
    if (*text && **text != room->id.value() && **text != room->custom_room_id) {
      return refuse(400, "id is of another room than roomId");
    }
    return Named{std::move(*room), {kind, e->id}};
  }
  auto room = room_of(call, fields);
  if (!room) return std::unexpected(room.error());
  egress::Selector which{kind, {}};
  if (kind == Kind::ParticipantRecording || kind == Kind::TrackRecording) {
    auto found = find_targeted(call, *room, kind, fields);
    if (!found) return std::unexpected(found.error());
    which.id = *found;
  }
  return Named{std::move(*room), std::move(which)};
}

Answer<store::EgressFilter> filter_of(const Call& call, Kind kind) {
  store::EgressFilter filter{.kinds = {std::string(name_of(kind))}};
  const auto text = [&](const char* name) -> std::optional<std::string> {
    const std::string* value = call.request.parameter(name);
    return value && !value->empty() ? std::optional(*value) : std::nullopt;
  };
  std::optional<std::string> room = text("roomId");
  if (!room && call.claims->room) room = call.claims->room->value();
  if (room) {
    auto found = find_room(call, *room);
    if (!found) return std::unexpected(found.error());
    filter.room = found->id;
  }
  if (const auto session = text("sessionId")) filter.session = SessionId(*session);
  if (const auto participant = text("participantId")) filter.participant = ParticipantId(*participant);
  filter.query = text("query");
  return filter;
}

}  // namespace

// --- by kind --------------------------------------------------------------------------------------------------------

template <Kind kKind>
Answer<Outcome> start_egress(const Call& call) {
  const auto body = body_of(call);
  if (!body) return std::unexpected(body.error());
  auto room = room_of(call, Fields(*body, ""));
  if (!room) return std::unexpected(room.error());
  auto start = parse_start(kKind, *body, call.ports.egress_rules);
  if (!start) return refuse(400, start.error());
  return asks(std::move(*room), std::move(*start));
}

template <Kind kKind>
Answer<Outcome> stop_egress(const Call& call) {
  const auto body = body_of(call);
  if (!body) return std::unexpected(body.error());
  auto named = named_in(call, kKind, *body);
  if (!named) return std::unexpected(named.error());
  return asks(std::move(named->room), StopEgress{std::move(named->which)});
}

template <Kind kKind>
Answer<Outcome> change_layout(const Call& call) {
  const auto body = body_of(call);
  if (!body) return std::unexpected(body.error());
  auto named = named_in(call, kKind, *body);
  if (!named) return std::unexpected(named.error());
  auto change = parse_layout_change(std::move(named->which), *body);
  if (!change) return refuse(400, change.error());
  return asks(std::move(named->room), std::move(*change));
}

template <Kind kKind>
Answer<Outcome> list_egresses(const Call& call) {
  const auto paging = parse_paging(call.request);
  if (!paging) return refuse(400, paging.error());
  auto filter = filter_of(call, kKind);
  if (!filter) return std::unexpected(filter.error());
  auto page = checked(call.ports.store.egresses().list(*filter, *paging));
  if (!page) return std::unexpected(page.error());
  Json data = Json::array();
  for (const store::EgressRecord& record : page->items) {
    auto e = read_record(record);
    if (!e) return std::unexpected(e.error());
    data.push_back(egress_resource(*e, context_of(call)));
  }
  return Outcome{json_response({{"pageInfo", page_info(*paging, page->total)}, {"data", std::move(data)}}), {}};
}

template <Kind kKind>
Answer<Outcome> get_egress(const Call& call) {
  auto e = find_egress(call, kKind, call.path_value(0));
  if (!e) return std::unexpected(e.error());
  return Outcome{json_response(egress_resource(*e, context_of(call))), {}};
}

template <Kind kKind>
Answer<Outcome> delete_egress(const Call& call) {
  auto e = find_egress(call, kKind, call.path_value(0));
  if (!e) return std::unexpected(e.error());
  if (!egress::is_over(e->status)) {
    return refuse(409, "The " + std::string(egress::spoken_name(kKind)) + " is not over: stop it first.");
  }
  auto room = find_room(call, e->room.value());
  if (!room) return std::unexpected(room.error());
  // What follows may take long, or fail for now: a server that starts goes on with it.
  egress::Egress removing = *e;
  removing.storage = egress::Storage::Removing;
  auto done = checked(call.ports.store.egresses().remove(e->id, egress::to_record_json(removing)));
  if (!done) return std::unexpected(done.error());
  return asks(std::move(*room), DeleteEgress{std::move(*e)});
}

#define PARLEY_EGRESS_ENDPOINTS(kind)                              \
  template Answer<Outcome> start_egress<Kind::kind>(const Call&);  \
  template Answer<Outcome> stop_egress<Kind::kind>(const Call&);   \
  template Answer<Outcome> list_egresses<Kind::kind>(const Call&); \
  template Answer<Outcome> get_egress<Kind::kind>(const Call&);    \
  template Answer<Outcome> delete_egress<Kind::kind>(const Call&); \
  template Answer<Outcome> change_layout<Kind::kind>(const Call&);
PARLEY_EGRESS_ENDPOINTS(Recording)
PARLEY_EGRESS_ENDPOINTS(ParticipantRecording)
PARLEY_EGRESS_ENDPOINTS(TrackRecording)
PARLEY_EGRESS_ENDPOINTS(Livestream)
PARLEY_EGRESS_ENDPOINTS(Hls)
template Answer<Outcome> list_egresses<Kind::Merge>(const Call&);
template Answer<Outcome> get_egress<Kind::Merge>(const Call&);
#undef PARLEY_EGRESS_ENDPOINTS

// --- of one kind ----------------------------------------------------------------------------------------------------

namespace {

Answer<Outcome> pause_or_resume(const Call& call, bool paused) {
  const auto body = body_of(call);
  if (!body) return std::unexpected(body.error());
  auto named = named_in(call, Kind::Recording, *body);
  if (!named) return std::unexpected(named.error());
  return asks(std::move(named->room), PauseEgress{std::move(named->which), paused});
}

}  // namespace

Answer<Outcome> pause_recording(const Call& call) { return pause_or_resume(call, true); }
Answer<Outcome> resume_recording(const Call& call) { return pause_or_resume(call, false); }

Answer<Outcome> change_outputs(const Call& call) {
  const auto body = body_of(call);
  if (!body) return std::unexpected(body.error());
  auto named = named_in(call, Kind::Livestream, *body);
  if (!named) return std::unexpected(named.error());
  auto change = parse_output_change(std::move(named->which), *body, call.ports.egress_rules);
  if (!change) return refuse(400, change.error());
  return asks(std::move(named->room), std::move(*change));
}

namespace {

/// One of the recordings of a channel: `{participantId, recordingId, type}`.
Answer<egress::Egress> merge_input(const Call& call, const Fields& fields, const std::string& session) {
  const auto id = fields.text("recordingId", {.max = kMaxName});
  if (!id) return refuse(400, id.error());
  if (!*id) return refuse(400, fields.name_of("recordingId") + " is missing");
  const auto type = fields.one_of("type", {"participant", "track"});
  if (!type) return refuse(400, type.error());
  const auto participant = fields.text("participantId", {.max = kMaxName});
  if (!participant) return refuse(400, participant.error());
  const bool track = type->value_or("participant") == "track";
  auto e = find_egress(call, track ? Kind::TrackRecording : Kind::ParticipantRecording, **id);
  if (!e) return e;
  if (e->session.value() != session) return refuse(400, fields.name_of("recordingId") + " is of another session");
  if (*participant && e->target && e->target->participant.value() != **participant) {
    return refuse(400, fields.name_of("recordingId") + " is of another participant");
  }
  if (!egress::is_over(e->status)) return refuse(409, fields.name_of("recordingId") + " is not over: stop it first");
  if (e->files.empty()) return refuse(400, fields.name_of("recordingId") + " has no file");
  if (e->storage == egress::Storage::Bucket) {
    return refuse(409, fields.name_of("recordingId") + " is in the bucket and no longer on this machine");
  }
  return e;
}

Answer<std::vector<egress::Egress>> merge_channel(const Call& call, const json& body, const char* name,
                                                  const std::string& session) {
  const auto it = body.find(name);
  if (it == body.end() || it->is_null()) return refuse(400, std::string(name) + " is missing");
  const bool fits = it->is_array() && !it->empty() && it->size() <= kMaxMerged;
  if (!fits) {
    return refuse(400, std::string(name) + " must be an array of 1 to " + std::to_string(kMaxMerged) + " recordings");
  }
  std::vector<egress::Egress> out;
  for (size_t i = 0; i < it->size(); ++i) {
    const std::string entry = std::string(name) + "[" + std::to_string(i) + "]";
    if (!(*it)[i].is_object()) return refuse(400, entry + " must be an object {participantId, recordingId, type}");
    auto input = merge_input(call, Fields((*it)[i], entry + "."), session);
    if (!input) return std::unexpected(input.error());
    out.push_back(std::move(*input));
  }
  return out;
}

}  // namespace

Answer<Outcome> merge_recordings(const Call& call) {
  const auto body = body_of(call);
  if (!body) return std::unexpected(body.error());
  const Fields fields(*body, "");
  const auto id = fields.text("sessionId", {.max = kMaxName});
  if (!id) return refuse(400, id.error());
  if (!*id) return refuse(400, "sessionId is missing");
  auto found = find_session(call, **id);
  if (!found) return std::unexpected(found.error());
  auto left = merge_channel(call, *body, "channel1", **id);
  if (!left) return std::unexpected(left.error());
  auto right = merge_channel(call, *body, "channel2", **id);
  if (!right) return std::unexpected(right.error());
  // What a start says of addresses holds here too.
  auto start = parse_start(Kind::Recording, *body, call.ports.egress_rules);
  if (!start) return refuse(400, start.error());
  return asks(std::move(found->room), MergeRecordings{SessionId(**id), std::move(*left), std::move(*right),
                                                      start->request.webhook_url, start->request.dir_path});
}

Answer<Outcome> get_active_hls(const Call& call) {
  auto room = find_room(call, call.path_value(0));
  if (!room) return std::unexpected(room.error());
  auto page = checked(call.ports.store.egresses().list({.kinds = {"hls"}, .room = room->id}, {}));
  if (!page) return std::unexpected(page.error());
  for (const store::EgressRecord& record : page->items) {
    auto e = read_record(record);
    if (!e) return std::unexpected(e.error());
    if (egress::is_live(e->status)) {
      return Outcome{json_response({{"data", egress_resource(*e, context_of(call))}}), {}};
    }
  }
  return refuse(404, "The room '" + call.path_value(0) + "' has no HLS stream now.");
}

Answer<Outcome> capture_hls(const Call& call) {
  const auto body = body_of(call);
  if (!body) return std::unexpected(body.error());
  const Fields fields(*body, "");
  auto room = room_of(call, fields);
  if (!room) return std::unexpected(room.error());
  constexpr int64_t kMaxSide = 4096;
  constexpr int64_t kDay = 86400;
  CaptureHls capture;
  const auto time = fields.integer("time", 0, kDay);
  const auto width = fields.integer("width", 16, kMaxSide);
  const auto height = fields.integer("height", 16, kMaxSide);
  for (const auto* field : {&time, &width, &height}) {
    if (!*field) return refuse(400, field->error());
  }
  const auto format = fields.one_of("format", {"jpg", "png", "webp"});
  if (!format) return refuse(400, format.error());
  if (*time) capture.at = static_cast<double>(**time);
  capture.width = static_cast<int>(width->value_or(0));
  capture.height = static_cast<int>(height->value_or(0));
  capture.format = format->value_or("jpg");
  return asks(std::move(*room), std::move(capture));
}

}  // namespace parley::api
