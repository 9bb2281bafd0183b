// Why not a library: cpp-jwt 1.4 (the one in Debian 12) compares signatures with operator==, which leaks their prefix
// by time, and it can only check `exp` against the system's clock. What remains of a JWT once HS256 is the only
// algorithm is this file. It is also the only one of the module that knows JSON.
#include "auth/token.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "auth/base64url.hpp"
#include "auth/hs256.hpp"

namespace parley::auth {
namespace {

using Json = nlohmann::json;
template <typename T>
using OrRefusal = std::expected<T, Refusal>;

std::unexpected<Refusal> refuse(uint32_t code, std::string message) {
  return std::unexpected(Refusal{code, std::move(message)});
}

struct Parts {
  std::string_view header, payload, signature;
  std::string_view signing_input;  // RFC 7515 section 5.2: header, dot, payload as they were sent
};

std::optional<Parts> split(std::string_view token) {
  const size_t first = token.find('.');
  if (first == token.npos) return std::nullopt;
  const size_t second = token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
               token.substr(0, second)};
}

std::optional<Json> decode_object(std::string_view part) {
  const std::optional<std::string> text = base64url_decode(part);
  if (!text) return std::nullopt;
  Json value = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!value.is_object()) return std::nullopt;
  return value;
}

const Json* find(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it == object.end() ? nullptr : &*it;
}

OrRefusal<void> check_header(std::string_view part) {
  const std::optional<Json> header = decode_object(part);
  if (!header) return refuse(kBadToken, "the token's header is not base64url of a JSON object");
  // The token never chooses how it is checked: anything but HS256, "none" above all, ends here (RFC 8725 section 3.1).
  const Json* alg = find(*header, "alg");
  if (!alg || *alg != "HS256") return refuse(kBadToken, "the token's alg is not HS256");
  // RFC 7515 section 4.1.11: extensions marked critical must be understood, and none are here.
  if (find(*header, "crit")) return refuse(kBadToken, "the token's header has critical extensions");
  return {};
}

OrRefusal<std::string> read_text(const Json& object, const char* name) {
  const Json* value = find(object, name);
  if (!value) return std::string();
  if (!value->is_string()) return refuse(kBadToken, std::string("the token's ") + name + " is not a string");
  return value->get<std::string>();
}

// NumericDate, RFC 7519 section 2: seconds since 1970, possibly with a fraction.
OrRefusal<std::optional<UtcTime>> read_time(const Json& object, const char* name) {
  constexpr double kLatest = 253402300800;  // the year 10000: larger numbers are milliseconds by mistake, or an attack
  const Json* value = find(object, name);
  if (!value) return std::nullopt;
  const double seconds = value->is_number() ? value->get<double>() : -1;
  if (!(seconds >= 0 && seconds < kLatest)) {
    return refuse(kBadToken, std::string("the token's ") + name + " is not a time in seconds since 1970");
  }
  return UtcTime::from_ms(static_cast<int64_t>(std::floor(seconds * 1000)));
}

OrRefusal<void> read_times(const Json& payload, UtcTime now, TimeDelta leeway, Claims& claims) {
  const auto iat = read_time(payload, "iat");
  if (!iat) return std::unexpected(iat.error());
  const auto nbf = read_time(payload, "nbf");
  if (!nbf) return std::unexpected(nbf.error());
  const auto exp = read_time(payload, "exp");
  if (!exp) return std::unexpected(exp.error());
  if (!*exp) return refuse(kBadToken, "the token has no exp: it must say when it expires");
  if (now >= **exp + leeway) return refuse(kBadToken, "the token has expired");
  if (*nbf && now + leeway < **nbf) return refuse(kBadToken, "the token is not valid yet (nbf)");
  claims.issued_at = *iat;
  claims.not_before = *nbf;
  claims.expires_at = **exp;
  return {};
}

OrRefusal<Permissions> read_permissions(const Json& payload) {
  const Json* list = find(payload, "permissions");
  if (!list || !list->is_array() || list->empty()) {
    return refuse(kBadPermissions, "the token has no permissions: name allow_join, ask_join or allow_mod");
  }
  Permissions permissions;
  for (const Json& item : *list) {
    if (item == "allow_join") {
      permissions.allow_join = true;
    } else if (item == "ask_join") {
      permissions.ask_join = true;
    } else if (item == "allow_mod") {
      permissions.allow_mod = true;
    } else {
      return refuse(kBadPermissions, "the token's permissions are not all of allow_join, ask_join, allow_mod");
    }
  }
  if (permissions.ask_join && (permissions.allow_join || permissions.allow_mod)) {
    return refuse(kBadPermissions, "the token's permission ask_join must be alone");
  }
  return permissions;
}

OrRefusal<Roles> read_roles(const Json& payload) {
  const Json* list = find(payload, "roles");
  if (!list) return Roles{};
  if (!list->is_array()) return refuse(kBadToken, "the token's roles are not an array");
  Roles roles{.crawler = false, .rtc = false};
  for (const Json& item : *list) {  // VideoSDK's own examples write them both ways
    if (item == "crawler" || item == "CRAWLER") {
      roles.crawler = true;
    } else if (item == "rtc" || item == "RTC") {
      roles.rtc = true;
    } else {
      return refuse(kNotForThisRole, "the token's roles are not all of crawler, rtc");
    }
  }
  return roles;
}

OrRefusal<std::optional<int>> read_version(const Json& payload) {
  const Json* value = find(payload, "version");
  if (!value) return std::nullopt;
  if (*value == 1) return 1;
  if (*value == 2) return 2;
  return refuse(kBadToken, "the token's version is neither 1 nor 2");
}

/// Anything but true or false is refused: a watcher that its signer believes hidden must not be shown.
OrRefusal<bool> read_hidden(const Json& payload) {
  const Json* value = find(payload, "hidden");
  if (!value) return false;
  if (!value->is_boolean()) return refuse(kBadToken, "the token's hidden is neither true nor false");
  return value->get<bool>();
}

OrRefusal<void> read_bindings(const Json& payload, Claims& claims) {
  const auto room = read_text(payload, "roomId");
  if (!room) return std::unexpected(room.error());
  const auto participant = read_text(payload, "participantId");
  if (!participant) return std::unexpected(participant.error());
  const auto jti = read_text(payload, "jti");
  if (!jti) return std::unexpected(jti.error());
  const auto version = read_version(payload);
  if (!version) return std::unexpected(version.error());
  // An empty string binds to nothing that exists; it is a signer's slip, and must not become a token for everything.
  if (find(payload, "roomId") && room->empty()) return refuse(kNotForThisRoom, "the token's roomId is empty");
  if (find(payload, "participantId") && participant->empty()) {
    return refuse(kNotForThisParticipant, "the token's participantId is empty");
  }
  if (!room->empty()) claims.room = RoomId(*room);
  if (!participant->empty()) claims.participant = ParticipantId(*participant);
  claims.jti = *jti;
  claims.version = *version;
  return {};
}

// Finds the key that the payload names and checks the signature with it. Until then nothing in the payload is believed.
OrRefusal<void> check_signature(const Parts& parts, const Json& payload, const KeyRing& keys, Claims& claims) {
  const auto apikey = read_text(payload, "apikey");
  if (!apikey || apikey->empty()) return refuse(kBadApiKey, "the token has no apikey");
  const KeyRing::Key* key = keys.find(*apikey);
  if (!key) return refuse(kBadApiKey, "the token's apikey is not known here");
  const std::optional<std::string> signature = base64url_decode(parts.signature);
  if (!signature || !hs256_verify(parts.signing_input, *signature, key->secret)) {
    return refuse(kBadToken, "the token's signature does not fit its apikey's secret");
  }
  if (!key->active) return refuse(kApiKeyDeactivated, "the token's apikey is deactivated");
  claims.apikey = *apikey;
  return {};
}

}  // namespace

std::expected<Claims, Refusal> verify(std::string_view token, const KeyRing& keys, UtcTime now, TimeDelta leeway) {
  if (token.size() > kMaxTokenSize) return refuse(kBadToken, "the token is too long");
  const std::optional<Parts> parts = split(token);
  if (!parts) return refuse(kBadToken, "the token is not three parts with dots between");
  if (auto header = check_header(parts->header); !header) return std::unexpected(header.error());
  const std::optional<Json> payload = decode_object(parts->payload);
  if (!payload) return refuse(kBadToken, "the token's payload is not base64url of a JSON object");

  Claims claims;
  if (auto sound = check_signature(*parts, *payload, keys, claims); !sound) return std::unexpected(sound.error());
  if (auto times = read_times(*payload, now, leeway, claims); !times) return std::unexpected(times.error());
  if (auto bound = read_bindings(*payload, claims); !bound) return std::unexpected(bound.error());
  const auto roles = read_roles(*payload);
  if (!roles) return std::unexpected(roles.error());
  const auto permissions = read_permissions(*payload);
  if (!permissions) return std::unexpected(permissions.error());
  const auto hidden = read_hidden(*payload);
  if (!hidden) return std::unexpected(hidden.error());
  claims.hidden = *hidden;
  claims.roles = *roles;
  claims.permissions = *permissions;
  return claims;
}

std::string issue(const Claims& claims, std::string_view secret) {
  Json payload = {{"apikey", claims.apikey}, {"permissions", Json::array()}, {"exp", claims.expires_at.ms() / 1000}};
  if (claims.permissions.allow_join) payload["permissions"].push_back("allow_join");
  if (claims.permissions.ask_join) payload["permissions"].push_back("ask_join");
  if (claims.permissions.allow_mod) payload["permissions"].push_back("allow_mod");
  if (claims.roles != Roles{}) {
    payload["roles"] = Json::array();
    if (claims.roles.crawler) payload["roles"].push_back("crawler");
    if (claims.roles.rtc) payload["roles"].push_back("rtc");
  }
  if (claims.version) payload["version"] = *claims.version;
  if (claims.hidden) payload["hidden"] = true;
  if (claims.room) payload["roomId"] = claims.room->value();
  if (claims.participant) payload["participantId"] = claims.participant->value();
  if (claims.issued_at) payload["iat"] = claims.issued_at->ms() / 1000;
  if (claims.not_before) payload["nbf"] = claims.not_before->ms() / 1000;
  if (!claims.jti.empty()) payload["jti"] = claims.jti;

  const std::string body = payload.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string input =
      base64url_encode(as_bytes(R"({"alg":"HS256","typ":"JWT"})")) + "." + base64url_encode(as_bytes(body));
  return input + "." + base64url_encode(hs256_sign(input, secret));
}

}  // namespace parley::auth
