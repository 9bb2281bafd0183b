#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"

namespace parley::room {

/// What the room's owner (and the server's configuration) decides about one room.
struct RoomSettings {
  RoomId room;
  std::string custom_room;                             ///< "" for none
  std::vector<ParticipantId> allowed_participant_ids;  ///< empty: anyone whose token allows it
  /// The longest session; VideoSDK's default is 480 minutes. `infinite()` for none.
  TimeDelta auto_close = TimeDelta::seconds(480 * 60);
  /// A join, a leave and a mode change are told to everybody, so that a session costs the square of this.
  size_t max_participants = 1000;
  /// How long a participant whose socket is lost is held: longer than a phone's change of network (some seconds) and a
  /// server's restart, shorter than others care to look at a frozen tile.
  TimeDelta grace_period = TimeDelta::seconds(30);
  /// Persisted PubSub messages kept in memory for late joiners, all topics together; the oldest go first. The store
  /// keeps all of them.
  size_t max_kept_messages = 5000;
};

/// One moment on both clocks: the monotonic one for deadlines, the wall clock for what people and records see.
struct Moment {
  Timestamp now;
  UtcTime utc;
};

}  // namespace parley::room
