#include "auth/rules.hpp"

namespace parley::auth {

std::expected<Entry, Refusal> may_enter(const Claims& claims, const RoomNames& room, const ParticipantId& participant) {
  if (!claims.roles.rtc) {
    return std::unexpected(Refusal{kNotForThisRole, "the token's roles do not include rtc: it is for REST calls only"});
  }
  if (claims.room && *claims.room != room.room && (room.custom.empty() || claims.room->value() != room.custom)) {
    return std::unexpected(Refusal{kNotForThisRoom, "the token is for another room"});
  }
  if (claims.participant && *claims.participant != participant) {
    return std::unexpected(Refusal{kNotForThisParticipant, "the token is for another participantId"});
  }
  if (may_join(claims.permissions)) return Entry::Direct;
  if (may_knock(claims.permissions)) return Entry::Knock;
  return std::unexpected(Refusal{kBadPermissions, "the token's permissions name neither allow_join nor ask_join"});
}

ParticipantId id_to_join_under(const Claims& claims, const ParticipantId& requested) {
  return requested.empty() && claims.participant ? *claims.participant : requested;
}

std::expected<void, Refusal> may_use_rest(const Claims& claims) {
  if (claims.roles.crawler) return {};
  return std::unexpected(Refusal{kNotForThisRole, "the token's roles do not include crawler: it is for joining only"});
}

}  // namespace parley::auth
