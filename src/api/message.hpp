#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "api/egress_call.hpp"
#include "base/id.hpp"

namespace parley::api {

/// An HTTP request as a value.
struct Request {
  std::string method;                                      ///< "GET", "POST", …
  std::string path;                                        ///< decoded, without the query: "/v2/rooms"
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order
  std::string authorization;                               ///< the header's value, "" for none
  std::string body;
  std::string range;     ///< the header's value, "" for none
  std::string if_range;  ///< likewise
  std::string base_url;  ///< "https://host:port" as the client sees it, for links

  /// The first value of a query parameter, or null.
  const std::string* parameter(std::string_view name) const;
};

/// A part of a file on disk.
struct FileBody {
  std::string path;
  uint64_t offset = 0;
  uint64_t length = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<FileBody> file;  ///< instead of `body`: sent piece by piece
};

/// What a call asks of the rooms that are live. The answer does not wait for it.
struct EndSession {
  RoomId room;
  SessionId session;
};
struct RemoveParticipant {
  RoomId room;
  SessionId session;
  ParticipantId participant;
};
struct CloseRoom {
  RoomId room;
};
using Action = std::variant<EndSession, RemoveParticipant, CloseRoom>;

struct Outcome {
  Response response;
  std::vector<Action> actions;
  std::optional<EgressCall> egress;  ///< then `response` is not used: the call's result becomes it
};

/// "%41" → "A" and, in queries, "+" → " ". Broken escapes stay as they are.
std::string percent_decode(std::string_view text, bool plus_is_space);
/// Splits the target of a request line into `path` and `query`.
void parse_target(std::string_view target, Request& request);

}  // namespace parley::api
