#include "room/join_request.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "room/codes.hpp"
#include "room/json_object.hpp"

namespace parley::room {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Ids stand in URLs, logs and CSV files.
bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxParticipantIdSize &&
         std::ranges::none_of(id, [](char c) { return c == ' ' || is_control(c); });
}

std::unexpected<auth::Refusal> bad(std::string message) {
  return std::unexpected(auth::Refusal{code::kBadParameter, std::move(message)});
}

}  // namespace

std::expected<void, auth::Refusal> check(const JoinRequest& request, const ParticipantId& id) {
  const wire::Join& join = request.join;
  if (!is_id(id.value())) {
    return std::unexpected(
        auth::Refusal{code::kBadParticipantId, "participantId must have 1 to 128 characters and no white space"});
  }
  if (join.display_name().size() > kMaxDisplayNameSize || std::ranges::any_of(join.display_name(), is_control)) {
    return bad("the name must have at most 256 bytes and no control characters");
  }
  if (join.meta_data_json().size() > kMaxMetaDataSize) return bad("metaData is larger than 4096 bytes");
  if (!join.meta_data_json().empty() && !is_json_object(join.meta_data_json())) {
    return bad("metaData is not a JSON object");
  }
  if (join.device().ByteSizeLong() > kMaxDeviceInfoSize) return bad("the device info is larger than 2048 bytes");
  if (!wire::Mode_IsValid(join.mode())) return bad("the mode is unknown");
  if (join.mode() != wire::SIGNALLING_ONLY && !request.media) return bad("this mode needs an offer");
  return {};
}

}  // namespace parley::room
