#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "store/store.hpp"

namespace parley::api {

/// Something that a room's webhook may want to hear of.
struct WebhookEvent {
  enum class Type : uint8_t { SessionStarted, SessionEnded, ParticipantJoined, ParticipantLeft };
  Type type = Type::SessionStarted;
  RoomId room;
  SessionId session;
  UtcTime start;               ///< session events: when the session began
  std::optional<UtcTime> end;  ///< SessionEnded
  ParticipantId participant;   ///< participant events
  std::string participant_name;
};

/// "session-started", …: the names that webhook bodies and event filters use.
std::string_view name_of(WebhookEvent::Type type);

/// True if the filter of a webhook wants the event. A pattern is a name or a name's beginning and a "*"; no pattern at
/// all means every event.
bool wants(const std::vector<std::string>& patterns, std::string_view event);

/// The body of the call: `{"webhookType": …, "data": {…}}`.
std::string webhook_body(const WebhookEvent& event);

/// Puts the event into the outbox if its room has a webhook that wants it. True: it was put there.
store::Result<bool> enqueue(store::Store& store, const WebhookEvent& event, UtcTime now);

}  // namespace parley::api
