#pragma once

#include <expected>
#include <string_view>

#include "auth/claims.hpp"

/// What the holder of verified claims may do. Pure functions: the same rules for signalling, REST and tests.
namespace parley::auth {

/// The names of one room: a token may be bound to either.
struct RoomNames {
  const RoomId& room;
  std::string_view custom;  ///< customRoomId, "" for none
};

enum class Entry {
  Direct,  ///< allow_join
  Knock,   ///< ask_join: someone with allow_join must let the holder in
};

/// How the holder enters this room under this id, or why not: 4024 (a REST-only token), 4022 (another room), 4023
/// (another id), 4008 (no permission to join, for example allow_mod alone).
std::expected<Entry, Refusal> may_enter(const Claims& claims, const RoomNames& room, const ParticipantId& participant);

/// The id that a client joins under: the one it asks for, else the one that its token names, else "" (the room makes
/// one).
ParticipantId id_to_join_under(const Claims& claims, const ParticipantId& requested);

/// REST calls: 4024 for a token that is only good for joining.
std::expected<void, Refusal> may_use_rest(const Claims& claims);

inline bool may_join(const Permissions& p) { return p.allow_join; }
inline bool may_knock(const Permissions& p) { return p.ask_join && !p.allow_join; }
inline bool may_moderate(const Permissions& p) { return p.allow_mod; }
/// Letting in those who knock belongs to allow_join, not to allow_mod.
inline bool may_admit(const Permissions& p) { return p.allow_join; }

}  // namespace parley::auth
