#include "room/codes.hpp"

namespace parley::room::code {

std::string_view leave_text(uint32_t reason) {
  switch (reason) {
    case kSignallingLost: return "the connection was lost and did not come back in time";
    case kRemoved: return "removed by a moderator";
    case kRoomClosed: return "the room was closed";
    case kAllRemoved: return "a moderator ended the meeting for all";
    case kEndedByApi: return "the session was ended by an API call";
    case kRemovedByApi: return "removed by an API call";
    case kDuplicateId: return "the same participantId joined from elsewhere";
    case kLeft: return "left";
    case kJoinFailed: return "not let in";
    default: return "";
  }
}

}  // namespace parley::room::code
