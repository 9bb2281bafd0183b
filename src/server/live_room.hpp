#pragma once

#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "room/room.hpp"
#include "server/room_speaker.hpp"
#include "server/switchboard.hpp"
#include "store/records.hpp"

namespace parley::server {

/// A room that somebody is in, and what translates between its rules and the media plane.
struct LiveRoom {
  LiveRoom(store::RoomRecord r, room::RoomSettings settings, Rng rng)
      : record(std::move(r)), room(std::move(settings), std::move(rng)) {}

  store::RoomRecord record;
  room::Room room;
  Switchboard switchboard;
  RoomSpeaker speaker;
  std::unordered_map<ParticipantId, room::ClientId> clients;  ///< those in the room
  UtcTime session_start;
  Timestamp deadline = Timestamp::never();  ///< as entered in the control plane's schedule
  bool deactivate = false;                  ///< its longest session length was reached
};

}  // namespace parley::server
