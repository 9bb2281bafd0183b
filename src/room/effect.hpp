#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "wire/parley.pb.h"

/// What the room core asks of the world: the values that `server/` carries out. Room logic itself touches no socket,
/// store or shard.
namespace parley::room {

/// Send to one participant's signalling session. `seq` is filled in by signalling.
struct SendMessage {
  ParticipantId to;
  wire::ServerMessage message;
};
/// The participant is out of the room: its signalling session sends `Left` and closes, its media connection closes.
struct Dismiss {
  ParticipantId participant;
  uint32_t code = 0;
  std::string message;
};

// --- for the data plane: participants and sources; server/ translates them to connections and lines ---------------

/// Put this participant's streams on that seat of the receiver (or nobody, if `participant` is empty).
struct AssignSeat {
  ParticipantId receiver;
  uint32_t seat = 0;
  ParticipantId participant;
};
/// The receiver's wish for one remote stream, with the priority that the room's state gives it.
struct SetReceive {
  ParticipantId receiver;
  ParticipantId participant;
  wire::Source source = wire::AUDIO;
  wire::Quality quality = wire::QUALITY_AUTO;
  uint32_t width = 0;
  uint32_t height = 0;
  bool paused = false;
  uint8_t priority = 0;  ///< 3 share, 2 pinned, 1 speaker, 0 rest
};
/// Forward (or drop) what a participant sends on a source.
struct EnableSource {
  ParticipantId participant;
  wire::Source source = wire::AUDIO;
  bool enabled = false;
};
struct CloseMedia {
  ParticipantId participant;
};

// --- for the store and webhooks -----------------------------------------------------------------------------------

struct SessionStarted {
  SessionId session;
  UtcTime at;
};
struct SessionEnded {
  SessionId session;
  UtcTime at;
};
struct ParticipantEntered {
  SessionId session;
  ParticipantId participant;
  std::string display_name;
  std::string meta_data_json;
  wire::Mode mode = wire::SEND_AND_RECV;
  wire::DeviceInfo device;
  UtcTime at;
};
struct ParticipantExited {
  SessionId session;
  ParticipantId participant;
  std::string display_name;
  uint32_t code = 0;
  UtcTime at;
};
/// A source went on or off, or the mode changed: for the session's timeline.
struct ParticipantActivity {
  SessionId session;
  ParticipantId participant;
  std::string kind;  ///< "mic", "webcam", "screenShare", "screenShareAudio", "mode"
  bool on = false;
  std::string value; ///< the mode's name for "mode"
  UtcTime at;
};
struct MessagePersisted {
  SessionId session;
  wire::PubSubMessage message;
  std::vector<std::string> send_only;
};

using Effect = std::variant<SendMessage, Dismiss, AssignSeat, SetReceive, EnableSource, CloseMedia, SessionStarted,
                            SessionEnded, ParticipantEntered, ParticipantExited, ParticipantActivity, MessagePersisted>;
using Effects = std::vector<Effect>;

}  // namespace parley::room
