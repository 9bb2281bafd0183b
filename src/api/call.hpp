#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "api/api.hpp"
#include "api/errors.hpp"
#include "api/resources.hpp"

namespace parley::api {

/// One call being answered: what every endpoint gets.
struct Call {
  const Ports& ports;
  const Request& request;
  std::vector<std::string> path_values;  ///< of the template's {…}, in order
  std::optional<auth::Claims> claims;    ///< none on public routes
  UtcTime now;

  const std::string& path_value(size_t i) const { return path_values[i]; }
};

template <typename T>
using Answer = std::expected<T, Response>;

inline std::unexpected<Response> refuse(int status, std::string_view message) {
  return std::unexpected(error_response(status, message));
}
/// 500 with a sentence that says nothing of our insides; the details are logged.
std::unexpected<Response> store_failed(const store::Error& error);

/// The value of a store call, or `store_failed`.
template <typename T>
Answer<T> checked(store::Result<T> result) {
  if (!result) return store_failed(result.error());
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*result);
  }
}

Response json_response(const Json& body);

/// 403 if the token is bound to another room.
Answer<void> check_room(const Call& call, const store::RoomRecord& room);
/// A room by any of its names, that the token may see: 404, 403.
Answer<store::RoomRecord> find_room(const Call& call, const std::string& name);
/// The same for a session, with its room.
struct SessionAndRoom {
  store::SessionRecord session;
  store::RoomRecord room;
};
Answer<SessionAndRoom> find_session(const Call& call, const std::string& id);
Answer<Json> describe_session(const Call& call, const store::SessionRecord& session, const std::string& custom_room_id);

// --- endpoints ------------------------------------------------------------------------------------------------------

using Endpoint = Answer<Outcome> (*)(const Call& call);

Answer<Outcome> create_room(const Call& call);
Answer<Outcome> list_rooms(const Call& call);
Answer<Outcome> get_room(const Call& call);
Answer<Outcome> validate_room(const Call& call);
Answer<Outcome> deactivate_room(const Call& call);
Answer<Outcome> get_room_webhooks(const Call& call);

Answer<Outcome> list_sessions(const Call& call);
Answer<Outcome> get_session(const Call& call);
Answer<Outcome> get_session_chat(const Call& call);
Answer<Outcome> list_participants(const Call& call);
Answer<Outcome> list_active_participants(const Call& call);
Answer<Outcome> get_participant(const Call& call);
Answer<Outcome> get_session_stats(const Call& call);
Answer<Outcome> get_participant_stats(const Call& call);
Answer<Outcome> end_session(const Call& call);
Answer<Outcome> remove_participant(const Call& call);

template <egress::Kind kKind>
Answer<Outcome> start_egress(const Call& call);
template <egress::Kind kKind>
Answer<Outcome> stop_egress(const Call& call);
template <egress::Kind kKind>
Answer<Outcome> change_layout(const Call& call);
template <egress::Kind kKind>
Answer<Outcome> list_egresses(const Call& call);
template <egress::Kind kKind>
Answer<Outcome> get_egress(const Call& call);
template <egress::Kind kKind>
Answer<Outcome> delete_egress(const Call& call);
Answer<Outcome> pause_recording(const Call& call);
Answer<Outcome> resume_recording(const Call& call);
Answer<Outcome> change_outputs(const Call& call);
Answer<Outcome> get_active_hls(const Call& call);
Answer<Outcome> capture_hls(const Call& call);
Answer<Outcome> merge_recordings(const Call& call);

Answer<Outcome> get_public_key(const Call& call);

}  // namespace parley::api
