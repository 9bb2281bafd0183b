#pragma once

#include <cstdint>

#include "base/id.hpp"

namespace parley::room {

/// One stay of a participant in a room, counted from 1 in the order of joining and never reused: who comes back under
/// the same ParticipantId is a new member, with a new connection.
using MemberNumber = StrongInt<struct MemberNumberTag, uint32_t>;

}  // namespace parley::room
