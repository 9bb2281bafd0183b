#include "server/site.hpp"

#include <nlohmann/json.hpp>

#include "api/errors.hpp"
#include "api/fields.hpp"
#include "api/openapi.hpp"
#include "api/room_ids.hpp"
#include "auth/token.hpp"
#include "server/bucket.hpp"
#include "server/store_call.hpp"

namespace parley::server {
namespace {

namespace asio = boost::asio;

/// A working day: a page that is left open comes back after lunch.
constexpr TimeDelta kAppTokenLife = TimeDelta::seconds(12 * 3600);
constexpr size_t kMaxName = 128;

/// The app needs its own scripts, styles that components set on elements, media from the page itself, and sockets to
/// wherever it was loaded from. Framing is allowed: embedding a meeting in a page is a use of the product.
/// `bucket`: where recordings are played from, to which our links redirect; "" for nowhere else.
std::string content_policy(const std::string& bucket) {
  const std::string media = bucket.empty() ? "" : " " + bucket;
  return "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https:;"
         " media-src 'self' blob: mediastream:" +
         media + "; connect-src 'self' ws: wss:" + media +
         "; worker-src 'self' blob:; object-src 'none'; base-uri 'self'";
}

bool is_under(const std::string& path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

/// Applications on other origins call REST and load the SDK.
bool allows_other_origins(const std::string& path) {
  return is_under(path, "/v2") || is_under(path, "/sdk") || is_under(path, "/hls") || is_under(path, "/files") ||
         path == "/openapi.json";
}

void add_headers(const api::Request& request, const std::string& content_policy, api::Response& response) {
  auto& headers = response.headers;
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.emplace_back("Referrer-Policy", "no-referrer");
  if (response.content_type.starts_with("text/html")) headers.emplace_back("Content-Security-Policy", content_policy);
  if (is_under(request.path, "/v2") || is_under(request.path, "/app"))
    headers.emplace_back("Cache-Control", "no-store");
  if (allows_other_origins(request.path)) {
    headers.emplace_back("Access-Control-Allow-Origin", "*");
    headers.emplace_back("Access-Control-Expose-Headers", "Content-Range, Accept-Ranges, Content-Disposition");
  }
}

api::Response preflight() {
  api::Response response{.status = 204};
  response.headers = {{"Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE, OPTIONS"},
                      {"Access-Control-Allow-Headers", "authorization, content-type, range"},
                      {"Access-Control-Max-Age", "600"}};
  return response;
}

}  // namespace

Site::Site(Parts parts, const Config& config, std::string web_root, std::string webhook_public_key)
    : parts_(std::move(parts)),
      config_(config),
      files_(std::move(web_root)),
      webhook_public_key_(std::move(webhook_public_key)),
      content_policy_(content_policy(bucket_origin(config))) {}

asio::awaitable<api::Response> Site::respond(api::Request request) {
  if (!config_.public_url.empty()) request.base_url = config_.public_url;
  const api::Request seen{.method = request.method, .path = request.path};
  api::Response response;
  if (seen.method == "OPTIONS" && allows_other_origins(seen.path)) {
    response = preflight();
  } else if (is_under(seen.path, "/v2")) {
    response = co_await call_api(std::move(request));
  } else if (EgressFiles::owns(seen.path)) {
    if (seen.method == "GET" || seen.method == "HEAD") {
      response = co_await parts_.egress_files.respond(request);
    } else {
      response = api::error_response(405, seen.path + " does not understand " + seen.method + ".");
    }
  } else if (seen.path == "/app/rooms" && seen.method == "POST") {
    response = co_await make_app_room(std::move(request));
  } else if (seen.path == "/app/token" && seen.method == "POST") {
    response = co_await make_app_token(std::move(request));
  } else {
    response = serve_page(request);
  }
  add_headers(seen, content_policy_, response);
  co_return response;
}

asio::awaitable<api::Response> Site::call_api(api::Request request) {
  const std::string base_url = request.base_url;
  if (request.method == "HEAD") request.method = "GET";
  // GCC 12 destroys a lambda twice that is made inside of a co_await expression: it gets a name here and below.
  auto job = [this, request = std::move(request)](store::Store& store) {
    const api::EgressRules rules{config_.allow_private_destinations};
    return api::Api({store, parts_.keys, parts_.rng, webhook_public_key_, parts_.links, rules})
        .handle(request, net::utc_now());
  };
  auto outcome = co_await call_store<api::Outcome>(parts_.store, parts_.io, std::move(job));
  if (!outcome) co_return api::error_response(503, "The server has too much to write now: try again soon.");
  for (const api::Action& action : outcome->actions) act(action);
  if (outcome->egress) co_return co_await parts_.egress(std::move(*outcome->egress), base_url);
  co_return std::move(outcome->response);
}

void Site::act(const api::Action& action) {
  parts_.control.call([&](ControlPlane& plane, room::Moment at) {
    if (const auto* end = std::get_if<api::EndSession>(&action)) plane.end_session(end->room, end->session, at);
    if (const auto* close = std::get_if<api::CloseRoom>(&action)) plane.close_room(close->room, at);
    if (const auto* remove = std::get_if<api::RemoveParticipant>(&action)) {
      plane.remove_participant(remove->room, remove->participant, at);
    }
  });
}

asio::awaitable<api::Response> Site::make_app_room(api::Request) {
  if (!config_.app_is_open()) co_return api::error_response(403, "This server gives no rooms to the web app.");
  auto job = [this](store::Store& store) -> store::Result<std::string> {
    store::RoomRecord room{.user_id = config_.api_key, .created_at = net::utc_now()};
    room.updated_at = room.created_at;
    if (auto done = api::insert_with_new_ids(store.rooms(), room, parts_.rng); !done) {
      return std::unexpected(done.error());
    }
    return room.id.value();
  };
  auto made = co_await call_store<store::Result<std::string>>(parts_.store, parts_.io, std::move(job));
  if (!made || !*made) co_return api::error_response(503, "The server cannot make a room now.");
  co_return api::Response{.body = nlohmann::json{{"roomId", **made}}.dump()};
}

asio::awaitable<api::Response> Site::make_app_token(api::Request request) {
  if (!config_.app_is_open()) co_return api::error_response(403, "This server gives no tokens to the web app.");
  const auto body = api::parse_body(request.body);
  if (!body) co_return api::error_response(400, body.error());
  const api::Fields fields(*body, "");
  const auto room = fields.text("roomId", {.max = kMaxName});
  if (!room) co_return api::error_response(400, room.error());
  if (!*room) co_return api::error_response(400, "roomId is missing");
  auto job = [name = **room](store::Store& store) { return store.rooms().find(name); };
  auto found =
      co_await call_store<store::Result<std::optional<store::RoomRecord>>>(parts_.store, parts_.io, std::move(job));
  if (!found || !*found) co_return api::error_response(503, "The server cannot look for the room now.");
  if (!**found) co_return api::error_response(404, "There is no room '" + **room + "'.");
  co_return api::Response{.body = nlohmann::json{{"token", app_token(**room)}}.dump()};
}

std::string Site::app_token(const std::string& room) const {
  const UtcTime now = net::utc_now();
  // No roles: it joins, and asks REST for this room's recordings.
  const auth::Claims claims{.apikey = config_.api_key,
                            .permissions = {.allow_join = true, .allow_mod = true},
                            .version = 2,
                            .room = RoomId(room),
                            .issued_at = now,
                            .expires_at = now + kAppTokenLife};
  return auth::issue(claims, parts_.keys.find(config_.api_key)->secret);
}

api::Response Site::serve_page(const api::Request& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    return api::error_response(405, request.path + " does not understand " + request.method + ".");
  }
  if (request.path == "/healthz") return {.body = parts_.health()};
  if (request.path == "/metrics") {
    return {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = parts_.metrics()};
  }
  if (request.path == "/openapi.json") return {.body = std::string(api::openapi_json())};
  if (request.path == "/docs")
    return {.content_type = "text/html; charset=utf-8", .body = std::string(api::docs_html())};
  if (request.path == "/docs.js") {
    return {.content_type = "text/javascript; charset=utf-8", .body = std::string(api::docs_script())};
  }
  if (auto file = files_.find(request.path)) return std::move(*file);
  // Addresses of the app have no file ending: "/", "/m/abcd-efgh-ijkl".
  const std::string last = request.path.substr(request.path.rfind('/') + 1);
  bool is_page = last.find('.') == std::string::npos && request.path.find("..") == std::string::npos;
  for (const char* folder : {"/sdk", "/v1", "/app", "/assets"}) is_page = is_page && !is_under(request.path, folder);
  if (is_page) {
    if (auto page = files_.index()) return std::move(*page);
  }
  return api::error_response(404, "There is nothing at " + request.path + ".");
}

void Site::on_socket_open(SocketId id, SignalSocket& socket) {
  parts_.control.call([&](ControlPlane& plane, room::Moment at) { plane.on_socket_open(id, socket, at); });
}
void Site::on_frame(SocketId id, Bytes frame, bool binary) {
  parts_.control.call([&](ControlPlane& plane, room::Moment at) { plane.on_frame(id, frame, binary, at); });
}
void Site::on_socket_closed(SocketId id) {
  parts_.control.call([&](ControlPlane& plane, room::Moment at) { plane.on_socket_closed(id, at); });
}

}  // namespace parley::server
