#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "frame/picture.hpp"
#include "frame/sound.hpp"
#include "media/layout.hpp"

/// What compositions are told of the room: values that cross threads.
namespace parley::worker {

/// One participant.
struct Guest {
  ParticipantId id;
  std::string name;
  bool camera_on = false;
  bool microphone_on = false;
  bool sharing = false;
  bool camera_pinned = false;
  bool share_pinned = false;
  friend bool operator==(const Guest&, const Guest&) = default;
};

struct Room {
  std::vector<Guest> guests;  ///< in the order they joined
  ParticipantId speaker;      ///< empty: silence
  ParticipantId presenter;    ///< empty: nobody shares
  friend bool operator==(const Room&, const Room&) = default;
};

/// The whole room as it is from now on.
struct RoomChanged {
  std::shared_ptr<const Room> room;
};
struct PictureArrived {
  media::TileKey tile;
  frame::Picture picture;
  frame::Rotation rotation = frame::Rotation::None;
  Timestamp captured_at;
};
/// A microphone or the sound of a screen.
struct SoundArrived {
  ParticipantId from;
  bool of_share = false;
  frame::Sound sound;
  Timestamp captured_at;  ///< of its first sample
};
using Feed = std::variant<RoomChanged, PictureArrived, SoundArrived>;

}  // namespace parley::worker
