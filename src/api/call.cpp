#include "api/call.hpp"

#include <nlohmann/json.hpp>

#include "base/log.hpp"

namespace parley::api {

std::unexpected<Response> store_failed(const store::Error& error) {
  log_error("store: {}", error.message);
  return refuse(500, "The server cannot read or write its records now.");
}

Response json_response(const Json& body) { return {.body = body.dump(-1, ' ', false, Json::error_handler_t::replace)}; }

Answer<void> check_room(const Call& call, const store::RoomRecord& room) {
  if (!call.claims || !call.claims->room) return {};
  const std::string& bound = call.claims->room->value();
  if (bound == room.id.value() || (!room.custom_room_id.empty() && bound == room.custom_room_id)) return {};
  return refuse(403, "The token is only valid for another room.");
}

Answer<store::RoomRecord> find_room(const Call& call, const std::string& name) {
  Answer<std::optional<store::RoomRecord>> found = checked(call.ports.store.rooms().find(name));
  if (!found) return std::unexpected(found.error());
  if (!*found) return refuse(404, "There is no room '" + name + "'.");
  if (Answer<void> allowed = check_room(call, **found); !allowed) return std::unexpected(allowed.error());
  return std::move(**found);
}

Answer<SessionAndRoom> find_session(const Call& call, const std::string& id) {
  Answer<std::optional<store::SessionRecord>> found = checked(call.ports.store.sessions().find(SessionId(id)));
  if (!found) return std::unexpected(found.error());
  if (!*found) return refuse(404, "There is no session '" + id + "'.");
  Answer<store::RoomRecord> room = find_room(call, (*found)->room.value());
  if (!room) return std::unexpected(room.error());
  return SessionAndRoom{std::move(**found), std::move(*room)};
}

}  // namespace parley::api
