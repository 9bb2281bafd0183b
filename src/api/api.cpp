#include "api/api.hpp"

#include <algorithm>
#include <string_view>

#include "api/call.hpp"
#include "auth/rules.hpp"
#include "auth/token.hpp"

namespace parley::api {
namespace {

using egress::Kind;

struct Route {
  const char* method;
  const char* path;  ///< segments in braces match anything
  Endpoint endpoint;
  bool is_public = false;
};

// Earlier ones win: "validate" is not a roomId.
constexpr Route kRoutes[] = {
    {"POST", "/v2/rooms", create_room},
    {"GET", "/v2/rooms", list_rooms},
    {"GET", "/v2/rooms/validate/{roomId}", validate_room},
    {"POST", "/v2/rooms/validate/{roomId}", validate_room},
    {"POST", "/v2/rooms/deactivate", deactivate_room},
    {"GET", "/v2/rooms/{roomId}", get_room},
    {"GET", "/v2/rooms/{roomId}/webhooks", get_room_webhooks},
    {"GET", "/v2/sessions", list_sessions},
    {"POST", "/v2/sessions/end", end_session},
    {"POST", "/v2/sessions/participants/remove", remove_participant},
    {"GET", "/v2/sessions/{sessionId}", get_session},
    {"GET", "/v2/sessions/{sessionId}/chat", get_session_chat},
    {"GET", "/v2/sessions/{sessionId}/stats", get_session_stats},
    {"GET", "/v2/sessions/{sessionId}/participants", list_participants},
    {"GET", "/v2/sessions/{sessionId}/participants/active", list_active_participants},
    {"GET", "/v2/sessions/{sessionId}/participants/{participantId}", get_participant},
    {"GET", "/v2/sessions/{sessionId}/participant/{participantId}/stats", get_participant_stats},
    {"POST", "/v2/recordings/start", start_egress<Kind::Recording>},
    {"POST", "/v2/recordings/end", stop_egress<Kind::Recording>},
    {"POST", "/v2/recordings/stop", stop_egress<Kind::Recording>},
    {"POST", "/v2/recordings/pause", pause_recording},
    {"POST", "/v2/recordings/resume", resume_recording},
    {"POST", "/v2/recordings/layout", change_layout<Kind::Recording>},
    {"GET", "/v2/recordings", list_egresses<Kind::Recording>},
    {"POST", "/v2/recordings/participant/start", start_egress<Kind::ParticipantRecording>},
    {"POST", "/v2/recordings/participant/stop", stop_egress<Kind::ParticipantRecording>},
    {"GET", "/v2/recordings/participant", list_egresses<Kind::ParticipantRecording>},
    {"POST", "/v2/recordings/participant/merge", merge_recordings},
    {"GET", "/v2/recordings/participant/merge", list_egresses<Kind::Merge>},
    {"GET", "/v2/recordings/participant/merge/{muxerId}", get_egress<Kind::Merge>},
    {"POST", "/v2/recordings/participant/track/start", start_egress<Kind::TrackRecording>},
    {"POST", "/v2/recordings/participant/track/stop", stop_egress<Kind::TrackRecording>},
    {"GET", "/v2/recordings/participant/track", list_egresses<Kind::TrackRecording>},
    {"GET", "/v2/recordings/participant/track/{recordingId}", get_egress<Kind::TrackRecording>},
    {"DELETE", "/v2/recordings/participant/track/{recordingId}", delete_egress<Kind::TrackRecording>},
    {"GET", "/v2/recordings/participant/{recordingId}", get_egress<Kind::ParticipantRecording>},
    {"DELETE", "/v2/recordings/participant/{recordingId}", delete_egress<Kind::ParticipantRecording>},
    {"GET", "/v2/recordings/{recordingId}", get_egress<Kind::Recording>},
    {"DELETE", "/v2/recordings/{recordingId}", delete_egress<Kind::Recording>},
    {"POST", "/v2/livestreams/start", start_egress<Kind::Livestream>},
    {"POST", "/v2/livestreams/end", stop_egress<Kind::Livestream>},
    {"POST", "/v2/livestreams/stop", stop_egress<Kind::Livestream>},
    {"POST", "/v2/livestreams/layout", change_layout<Kind::Livestream>},
    {"POST", "/v2/livestreams/outputs", change_outputs},
    {"GET", "/v2/livestreams", list_egresses<Kind::Livestream>},
    {"GET", "/v2/livestreams/{livestreamId}", get_egress<Kind::Livestream>},
    {"DELETE", "/v2/livestreams/{livestreamId}", delete_egress<Kind::Livestream>},
    {"POST", "/v2/hls/start", start_egress<Kind::Hls>},
    {"POST", "/v2/hls/end", stop_egress<Kind::Hls>},
    {"POST", "/v2/hls/stop", stop_egress<Kind::Hls>},
    {"POST", "/v2/hls/layout", change_layout<Kind::Hls>},
    {"POST", "/v2/hls/capture", capture_hls},
    {"GET", "/v2/hls", list_egresses<Kind::Hls>},
    {"GET", "/v2/hls/{hlsId}", get_egress<Kind::Hls>},
    {"DELETE", "/v2/hls/{hlsId}", delete_egress<Kind::Hls>},
    {"GET", "/v2/hls/{roomId}/active", get_active_hls},
    {"GET", "/v2/public/rsa-public-key", get_public_key, true},
};

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    out.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return out;
}

/// The values of the template's braces, if the path fits.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto want = segments_of(pattern);
  const auto have = segments_of(path);
  if (want.size() != have.size()) return std::nullopt;
  std::vector<std::string> values;
  for (size_t i = 0; i < want.size(); ++i) {
    if (want[i].starts_with('{')) {
      if (have[i].empty()) return std::nullopt;
      values.emplace_back(have[i]);
    } else if (want[i] != have[i]) {
      return std::nullopt;
    }
  }
  return values;
}

std::expected<auth::Claims, Response> authorize(const Request& request, const auth::KeyRing& keys, UtcTime now) {
  std::string_view token = request.authorization;
  if (token.starts_with("Bearer ") || token.starts_with("bearer ")) token.remove_prefix(7);
  if (token.empty()) return refuse(401, "The header 'Authorization: <token>' is missing.");
  auto claims = auth::verify(token, keys, now);
  if (!claims) return refuse(401, claims.error().message);
  if (auto allowed = auth::may_use_rest(*claims); !allowed) return refuse(403, allowed.error().message);
  return std::move(*claims);
}

Outcome refused(Response response) { return {std::move(response), {}}; }

}  // namespace

std::vector<RouteName> Api::routes() {
  std::vector<RouteName> out;
  for (const Route& route : kRoutes) out.push_back({route.method, route.path});
  return out;
}

Outcome Api::handle(const Request& request, UtcTime now) const {
  std::string allowed;  // methods of routes with this path
  for (const Route& route : kRoutes) {
    auto values = match(route.path, request.path);
    if (!values) continue;
    if (request.method != route.method) {
      allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
      continue;
    }
    Call call{ports_, request, std::move(*values), std::nullopt, now};
    if (!route.is_public) {
      auto claims = authorize(request, ports_.keys, now);
      if (!claims) return refused(std::move(claims.error()));
      call.claims = std::move(*claims);
    }
    Answer<Outcome> answer = route.endpoint(call);
    return answer ? std::move(*answer) : refused(std::move(answer.error()));
  }
  if (allowed.empty()) return refused(error_response(404, "There is nothing at " + request.path + "."));
  Response response = error_response(405, request.path + " does not understand " + request.method + ".");
  response.headers.emplace_back("Allow", allowed);
  return refused(std::move(response));
}

}  // namespace parley::api
