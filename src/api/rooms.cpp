// The endpoints under /v2/rooms.
#include <nlohmann/json.hpp>

#include "api/call.hpp"
#include "api/egress_options.hpp"
#include "api/fields.hpp"
#include "api/room_ids.hpp"

namespace parley::api {
namespace {

/// VideoSDK's own limit for end points; the rest is far above what applications use.
constexpr size_t kMaxEndPoint = 512;
constexpr size_t kMaxCustomRoomId = 128;
constexpr size_t kMaxEvents = 32;
constexpr size_t kMaxAllowedParticipants = 1000;
constexpr size_t kMaxName = 128;
/// A week: longer sessions should say so by having none.
constexpr int64_t kMaxDurationMinutes = 7 * 24 * 60;
constexpr int64_t kDefaultDurationMinutes = 480;
/// How many deliveries a room lists.
constexpr int64_t kMaxDeliveries = 1000;

Field<std::optional<store::RoomWebhook>> parse_webhook(const Fields& body) {
  const auto object = body.object("webhook");
  if (!object) return std::unexpected(object.error());
  if (!*object) return std::nullopt;
  const Fields fields(**object, "webhook.");
  const auto end_point = fields.text("endPoint", {.max = kMaxEndPoint});
  if (!end_point) return std::unexpected(end_point.error());
  if (!*end_point) return std::unexpected("webhook.endPoint is missing");
  if (Field<void> valid = check_url("webhook.endPoint", **end_point); !valid) return std::unexpected(valid.error());
  const auto events = fields.names("events", kMaxEvents, kMaxName);
  if (!events) return std::unexpected(events.error());
  return store::RoomWebhook{**end_point, events->value_or(std::vector<std::string>())};
}

Field<std::optional<store::AutoClose>> parse_auto_close(const Fields& body) {
  const auto object = body.object("autoCloseConfig");
  if (!object) return std::unexpected(object.error());
  if (!*object) return std::nullopt;
  const Fields fields(**object, "autoCloseConfig.");
  const auto type = fields.one_of("type", {"session-ends", "session-end-and-deactivate"});
  if (!type) return std::unexpected(type.error());
  const auto duration = fields.integer("duration", 1, kMaxDurationMinutes);
  if (!duration) return std::unexpected(duration.error());
  const bool deactivate = type->value_or("session-ends") == "session-end-and-deactivate";
  return store::AutoClose{
      deactivate ? store::AutoCloseType::SessionEndAndDeactivate : store::AutoCloseType::SessionEnds,
      duration->value_or(kDefaultDurationMinutes)};
}

/// A body of a start call, checked now, so that a session need not find out.
Field<std::string> parse_auto_start(const Fields& config, egress::Kind kind, const char* name) {
  const auto object = config.object(name);
  if (!object) return std::unexpected(object.error());
  if (!*object) return "";
  if (auto start = parse_start(kind, **object, {}); !start) {
    return std::unexpected(config.name_of(name) + "." + start.error());
  }
  return (*object)->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Field<store::AutoStart> parse_auto_starts(const Fields& body) {
  const auto object = body.object("autoStartConfig");
  if (!object) return std::unexpected(object.error());
  if (!*object) return store::AutoStart();
  const Fields fields(**object, "autoStartConfig.");
  if ((*object)->contains("composite")) return std::unexpected("autoStartConfig.composite is not supported");
  auto recording = parse_auto_start(fields, egress::Kind::Recording, "recording");
  if (!recording) return std::unexpected(recording.error());
  auto hls = parse_auto_start(fields, egress::Kind::Hls, "hls");
  if (!hls) return std::unexpected(hls.error());
  return store::AutoStart{std::move(*recording), std::move(*hls)};
}

Field<store::MultiComposition> parse_multi_composition(const Fields& body) {
  const auto object = body.object("multiComposition");
  if (!object) return std::unexpected(object.error());
  if (!*object) return store::MultiComposition();
  const Fields fields(**object, "multiComposition.");
  const auto recording = fields.boolean("recording");
  const auto hls = fields.boolean("hls");
  const auto rtmp = fields.boolean("rtmp");
  for (const auto* flag : {&recording, &hls, &rtmp}) {
    if (!*flag) return std::unexpected(flag->error());
  }
  return store::MultiComposition{
      .recording = recording->value_or(false), .livestream = rtmp->value_or(false), .hls = hls->value_or(false)};
}

/// What the body says of the room to make.
Field<store::RoomRecord> parse_room(const nlohmann::json& body) {
  const Fields fields(body, "");
  store::RoomRecord room;
  const auto custom = fields.text("customRoomId", {.max = kMaxCustomRoomId});
  if (!custom) return std::unexpected(custom.error());
  room.custom_room_id = custom->value_or("");
  if (room.custom_room_id.find('/') != std::string::npos)
    return std::unexpected("customRoomId must not contain a slash");
  const auto geo_fence = fields.text("geoFence", {.max = kMaxName});
  if (!geo_fence) return std::unexpected(geo_fence.error());
  room.geo_fence = geo_fence->value_or("");
  auto webhook = parse_webhook(fields);
  if (!webhook) return std::unexpected(webhook.error());
  room.webhook = std::move(*webhook);
  const auto auto_close = parse_auto_close(fields);
  if (!auto_close) return std::unexpected(auto_close.error());
  room.auto_close = *auto_close;
  auto allowed = fields.names("allowedParticipantIds", kMaxAllowedParticipants, kMaxName);
  if (!allowed) return std::unexpected(allowed.error());
  room.allowed_participant_ids = allowed->value_or(std::vector<std::string>());
  auto auto_start = parse_auto_starts(fields);
  if (!auto_start) return std::unexpected(auto_start.error());
  room.auto_start = std::move(*auto_start);
  const auto multi = parse_multi_composition(fields);
  if (!multi) return std::unexpected(multi.error());
  room.multi_composition = *multi;
  return room;
}

Answer<void> insert_room(const Call& call, store::RoomRecord& room) {
  room.user_id = call.claims->apikey;
  room.created_at = room.updated_at = call.now;
  if (const auto inserted = insert_with_new_ids(call.ports.store.rooms(), room, call.ports.rng); !inserted) {
    return store_failed(inserted.error());
  }
  return {};
}

}  // namespace

Answer<Outcome> create_room(const Call& call) {
  const auto body = parse_body(call.request.body);
  if (!body) return refuse(400, body.error());
  auto room = parse_room(*body);
  if (!room) return refuse(400, room.error());
  if (call.claims->room) return refuse(403, "The token is only valid for one room and cannot make another.");
  if (!room->custom_room_id.empty()) {
    auto existing = checked(call.ports.store.rooms().find(room->custom_room_id));
    if (!existing) return std::unexpected(existing.error());
    if (*existing && (*existing)->custom_room_id != room->custom_room_id) {
      return refuse(409, "customRoomId is the roomId of another room");
    }
    if (*existing) return Outcome{json_response(room_resource(**existing, call.request.base_url)), {}};
  }
  if (Answer<void> made = insert_room(call, *room); !made) return std::unexpected(made.error());
  return Outcome{json_response(room_resource(*room, call.request.base_url)), {}};
}

Answer<Outcome> list_rooms(const Call& call) {
  const auto paging = parse_paging(call.request);
  if (!paging) return refuse(400, paging.error());
  const std::string* query = call.request.parameter("query");
  std::optional<std::string> name = query && !query->empty() ? std::optional(*query) : std::nullopt;
  if (call.claims->room) {  // sees that room alone
    if (name && *name != call.claims->room->value()) return refuse(403, "The token is only valid for another room.");
    name = call.claims->room->value();
  }
  auto page = checked(call.ports.store.rooms().list(name, *paging));
  if (!page) return std::unexpected(page.error());
  Json data = Json::array();
  for (const store::RoomRecord& room : page->items) data.push_back(room_resource(room, call.request.base_url));
  return Outcome{json_response({{"pageInfo", page_info(*paging, page->total)}, {"data", std::move(data)}}), {}};
}

Answer<Outcome> get_room(const Call& call) {
  auto room = find_room(call, call.path_value(0));
  if (!room) return std::unexpected(room.error());
  return Outcome{json_response(room_resource(*room, call.request.base_url)), {}};
}

Answer<Outcome> validate_room(const Call& call) {
  auto room = find_room(call, call.path_value(0));
  if (!room) return std::unexpected(room.error());
  if (room->disabled) return refuse(400, "The room '" + call.path_value(0) + "' is disabled.");
  return Outcome{json_response(room_resource(*room, call.request.base_url)), {}};
}

Answer<Outcome> deactivate_room(const Call& call) {
  const auto body = parse_body(call.request.body);
  if (!body) return refuse(400, body.error());
  const auto id = Fields(*body, "").text("roomId", {.max = kMaxName});
  if (!id) return refuse(400, id.error());
  if (!*id) return refuse(400, "roomId is missing");
  auto room = find_room(call, **id);
  if (!room) return std::unexpected(room.error());
  if (room->id.value() != **id) return refuse(400, "roomId must be the room's own id, not another of its names");
  Outcome outcome;
  if (!room->disabled) {
    room->disabled = true;
    room->updated_at = call.now;
    if (auto done = checked(call.ports.store.rooms().update(*room)); !done) return std::unexpected(done.error());
    outcome.actions.push_back(CloseRoom{room->id});
  }
  outcome.response = json_response(room_resource(*room, call.request.base_url));
  return outcome;
}

Answer<Outcome> get_room_webhooks(const Call& call) {
  auto room = find_room(call, call.path_value(0));
  if (!room) return std::unexpected(room.error());
  auto deliveries = checked(call.ports.store.deliveries().of_room(room->id, kMaxDeliveries));
  if (!deliveries) return std::unexpected(deliveries.error());
  return Outcome{json_response(webhook_summary(*deliveries)), {}};
}

}  // namespace parley::api
