#include "api/errors.hpp"

#include <nlohmann/json.hpp>

namespace parley::api {

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 413: return "Payload Too Large";
    case 429: return "Too Many Requests";
    case 416: return "Range Not Satisfiable";
    case 431: return "Request Header Fields Too Large";
    case 502: return "Bad Gateway";
    case 507: return "Insufficient Storage";
    case 503: return "Service Unavailable";
    default: return "Internal Server Error";
  }
}

Response error_response(int status, std::string_view message) { return error_response(status, message, 0); }

Response error_response(int status, std::string_view message, uint32_t code) {
  nlohmann::ordered_json body = {{"statusCode", status}, {"error", reason_of(status)}, {"message", message}};
  if (code != 0) body["code"] = code;
  // A message may quote what the client sent, which need not be UTF-8.
  return {.status = status, .body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

}  // namespace parley::api
