#pragma once

#include <variant>
#include <vector>

#include "room/effect.hpp"
#include "store/records.hpp"

namespace parley::server {

/// What happened in rooms that egresses depend on, in order.
namespace egress_note {

struct SessionStarted {
  store::RoomRecord room;
  SessionId session;
};
struct SessionEnded {
  RoomId room;
};
struct ParticipantEntered {
  RoomId room;
  ParticipantId participant;
};
struct ParticipantExited {
  RoomId room;
  ParticipantId participant;
};
/// A moderator's StartEgress, StopEgress or UpdateEgress: wants one reply.
struct Requested {
  store::RoomRecord room;
  room::ClientId client;
  wire::ClientMessage message;
};

}  // namespace egress_note

using EgressNote = std::variant<egress_note::SessionStarted, egress_note::SessionEnded, egress_note::ParticipantEntered,
                                egress_note::ParticipantExited, egress_note::Requested>;
using EgressNotes = std::vector<EgressNote>;

}  // namespace parley::server
