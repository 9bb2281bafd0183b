#include "api/webhook_event.hpp"

#include <nlohmann/json.hpp>

#include "api/resources.hpp"

namespace parley::api {

std::string_view name_of(WebhookEvent::Type type) {
  switch (type) {
    case WebhookEvent::Type::SessionStarted: return "session-started";
    case WebhookEvent::Type::SessionEnded: return "session-ended";
    case WebhookEvent::Type::ParticipantJoined: return "participant-joined";
    case WebhookEvent::Type::ParticipantLeft: return "participant-left";
  }
  return "";
}

bool wants(const std::vector<std::string>& patterns, std::string_view event) {
  if (patterns.empty()) return true;
  for (const std::string_view pattern : patterns) {
    if (pattern.ends_with('*') ? event.starts_with(pattern.substr(0, pattern.size() - 1)) : event == pattern)
      return true;
  }
  return false;
}

std::string webhook_body(const WebhookEvent& event) {
  Json data = {{"meetingId", event.room.value()}, {"sessionId", event.session.value()}};
  switch (event.type) {
    case WebhookEvent::Type::SessionStarted: data["start"] = iso_time(event.start); break;
    case WebhookEvent::Type::SessionEnded:
      data["start"] = iso_time(event.start);
      data["end"] = event.end ? Json(iso_time(*event.end)) : Json(nullptr);
      break;
    case WebhookEvent::Type::ParticipantJoined:
    case WebhookEvent::Type::ParticipantLeft:
      data["participantId"] = event.participant.value();
      data["participantName"] = event.participant_name;
      break;
  }
  const Json body = {{"webhookType", name_of(event.type)}, {"data", std::move(data)}};
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

store::Result<bool> enqueue(store::Store& store, const WebhookEvent& event, UtcTime now) {
  const auto room = store.rooms().find(event.room.value());
  if (!room) return std::unexpected(room.error());
  if (!*room || !(*room)->webhook || !wants((*room)->webhook->events, name_of(event.type))) return false;
  const auto added = store.deliveries().add({.room = event.room,
                                             .session = event.session,
                                             .type = std::string(name_of(event.type)),
                                             .url = (*room)->webhook->end_point,
                                             .body = webhook_body(event),
                                             .created_at = now,
                                             .next_attempt_at = now});
  if (!added) return std::unexpected(added.error());
  return true;
}

}  // namespace parley::api
