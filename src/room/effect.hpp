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

/// One signalling session: a client that joined or knocks. Numbered by the server, never reused while the process
/// lives, the same through a resume. It tells apart two clients that use one ParticipantId: the one in the room, and
/// the one that evicts it or knocks.
using ClientId = StrongInt<struct ClientIdTag, uint64_t>;

// Effects are carried out in the order given; it is part of the contract: a client that is evicted is dismissed and its
// media closed before the new one's `OpenMedia` and `Joined`; a seat is assigned only after its receiver's `Joined` or
// `Negotiated`.

/// Send to one client's signalling session, which fills in `seq`. Two bodies have fields that the room cannot know, to
/// be filled in before sending: `Joined` (answer_sdp, resume_key, ping_interval_ms), `Negotiated` (answer_sdp).
struct SendMessage {
  ClientId client;
  ParticipantId to;
  wire::ServerMessage message;
};
/// The client is out (or a guest is not let in): its signalling session sends `Left` and closes. Its media connection,
/// if it had one, is closed by the `CloseMedia` before this.
struct Dismiss {
  ClientId client;
  ParticipantId participant;
  uint32_t code = 0;
  std::string message;
};

// --- for the data plane: participants and sources; server/ translates them to connections and lines ---------------

/// Put this participant's streams on that seat of the receiver (or nobody, if `participant` is empty). A SetReceive for
/// each source of a taken seat follows.
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
  uint8_t priority = 0;  ///< pictures: 3 share, 2 pinned, 1 speaker, 0 rest; sounds 0 (they come first anyway)
};
/// Forward (or drop) what a participant sends on a source. All are off when its media opens.
struct EnableSource {
  ParticipantId participant;
  wire::Source source = wire::AUDIO;
  bool enabled = false;
};
/// The offer that this client sent with its Join or ChangeMode may now become a connection: server/ negotiated it
/// before it called the room, and kept the answer (for a guest who knocks: until it is admitted).
struct OpenMedia {
  ParticipantId participant;
  ClientId client;
};
/// Close the participant's connection. Its own seats and sources are void with it, nothing undoes them one by one; the
/// seats that it had at others are emptied by AssignSeat.
struct CloseMedia {
  ParticipantId participant;
};

// --- for what leaves the room ---------------------------------------------------------------------------------------

/// A moderator's StartEgress, StopEgress or UpdateEgress, to be answered by the server.
struct EgressRequested {
  ClientId client;
  wire::ClientMessage message;
};

// --- for the store and webhooks -----------------------------------------------------------------------------------

struct SessionStarted {
  SessionId session;
  UtcTime at;
};
struct SessionEnded {
  SessionId session;
  UtcTime at;
  uint32_t code = 0;  ///< the leave reason of the last to leave, see room/codes.hpp
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
  std::string value;  ///< the mode's name for "mode"
  UtcTime at;
};
struct MessagePersisted {
  SessionId session;
  wire::PubSubMessage message;
  std::vector<std::string> send_only;
};

using Effect = std::variant<SendMessage, Dismiss, AssignSeat, SetReceive, EnableSource, OpenMedia, CloseMedia,
                            SessionStarted, SessionEnded, ParticipantEntered, ParticipantExited, ParticipantActivity,
                            MessagePersisted, EgressRequested>;
using Effects = std::vector<Effect>;

}  // namespace parley::room
