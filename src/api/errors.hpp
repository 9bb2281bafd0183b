#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/message.hpp"

namespace parley::api {

/// Every refusal looks like this: `{"statusCode": 404, "error": "Not Found", "message": "…"}`.
Response error_response(int status, std::string_view message);
/// With VideoSDK's number of the error as `code`.
Response error_response(int status, std::string_view message, uint32_t code);
/// The reason phrase of a status (RFC 9110 section 15).
std::string_view reason_of(int status);

}  // namespace parley::api
