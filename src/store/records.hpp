#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"

/// What the control plane keeps: plain values without behaviour.
namespace parley::store {

enum class AutoCloseType : uint8_t { SessionEnds, SessionEndAndDeactivate };

/// When a session of the room ends by itself.
struct AutoClose {
  AutoCloseType type = AutoCloseType::SessionEnds;
  int64_t duration_minutes = 0;
  friend bool operator==(const AutoClose&, const AutoClose&) = default;
};

/// Where a room's events go. `events` holds names or patterns ("session*"); empty means all.
struct RoomWebhook {
  std::string end_point;
  std::vector<std::string> events;
  friend bool operator==(const RoomWebhook&, const RoomWebhook&) = default;
};

/// Egresses that start with each session: bodies of the REST calls that do the same, "" for none.
struct AutoStart {
  std::string recording_json;
  std::string hls_json;
  friend bool operator==(const AutoStart&, const AutoStart&) = default;
};

/// Whether a room may have several egresses of a kind at once.
struct MultiComposition {
  bool recording = false;
  bool livestream = false;
  bool hls = false;
  friend bool operator==(const MultiComposition&, const MultiComposition&) = default;
};

/// No element of a list field contains a line break.
struct RoomRecord {
  RoomId id;                   ///< "abcd-efgh-ijkl"
  std::string record_id;       ///< what REST calls `id`: a third name of the room, never shown to participants
  std::string custom_room_id;  ///< "" for none; unique otherwise
  std::string user_id;         ///< API key that made the room
  bool disabled = false;
  UtcTime created_at;
  UtcTime updated_at;
  std::string geo_fence;  ///< kept and given back; one node has one region
  std::optional<RoomWebhook> webhook;
  std::optional<AutoClose> auto_close;
  std::vector<std::string> allowed_participant_ids;  ///< empty: everybody with a token
  AutoStart auto_start;
  MultiComposition multi_composition;
  friend bool operator==(const RoomRecord&, const RoomRecord&) = default;
};

struct SessionRecord {
  SessionId id;
  RoomId room;
  UtcTime start;
  std::optional<UtcTime> end;  ///< absent: ongoing
  friend bool operator==(const SessionRecord&, const SessionRecord&) = default;
};

struct Interval {
  UtcTime start;
  std::optional<UtcTime> end;
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// A source went on or off, or the mode changed.
struct Activity {
  std::string kind;  ///< "mic", "webcam", "screenShare", "screenShareAudio", "mode"
  bool on = false;
  std::string value;  ///< the mode's name for "mode"
  UtcTime at;
  friend bool operator==(const Activity&, const Activity&) = default;
};

struct Device {
  std::string sdk_type;
  std::string sdk_version;
  std::string platform;
  std::string user_agent;
  friend bool operator==(const Device&, const Device&) = default;
};

/// One entry of a participant into a session.
struct ParticipantEntry {
  SessionId session;
  ParticipantId participant;
  std::string name;
  std::string meta_data_json;  ///< "" for none
  std::string mode;
  Device device;
  UtcTime at;
};

/// A participant of a session over all of its entries.
struct ParticipantRecord {
  SessionId session;
  ParticipantId participant;
  std::string name;  ///< of the latest entry, as are the next three
  std::string meta_data_json;
  std::string mode;  ///< of the latest entry or mode change
  Device device;
  std::vector<Interval> timelog;     ///< oldest first; the last one has no end while the participant is there
  std::vector<Activity> activities;  ///< oldest first
  friend bool operator==(const ParticipantRecord&, const ParticipantRecord&) = default;
};

/// A persisted pub/sub message.
struct ChatRecord {
  SessionId session;
  std::string message_id;
  std::string topic;
  std::string message;
  std::string payload_json;  ///< "" for none
  std::string sender_id;
  std::string sender_name;
  std::vector<std::string> send_only;  ///< empty: it was for everybody
  UtcTime at;
  friend bool operator==(const ChatRecord&, const ChatRecord&) = default;
};

/// One participant's media over one sampling interval. `send` is participant → server.
struct QualitySample {
  struct Media {
    int64_t packets_lost = 0;  ///< in the interval
    int64_t bitrate_kbps = 0;
    double jitter_ms = 0;
    friend bool operator==(const Media&, const Media&) = default;
  };
  SessionId session;
  ParticipantId participant;
  UtcTime at;
  double rtt_ms = 0;
  Media send_audio, send_video, receive_audio, receive_video;
  double audio_score = 0;  ///< 1 to 5
  double video_score = 0;
  friend bool operator==(const QualitySample&, const QualitySample&) = default;
};

/// A recording, livestream or HLS, while it runs and after. What is asked for by is a field; the rest is one text that
/// only the egress module reads.
struct EgressRecord {
  EgressId id;
  std::string kind;  ///< "recording", "livestream", …
  RoomId room;
  SessionId session;
  ParticipantId participant;  ///< whom it records, "" for all
  std::string status;         ///< "started", …
  bool open = false;          ///< the server still has work with it: to go on, to finalise or to upload
  UtcTime created_at;
  std::string details_json;
  friend bool operator==(const EgressRecord&, const EgressRecord&) = default;
};

/// With what must not be shown: stream keys.
struct OpenEgress {
  EgressRecord record;
  std::string secrets_json;
  friend bool operator==(const OpenEgress&, const OpenEgress&) = default;
};

enum class DeliveryState : uint8_t { Pending, Delivered, Failed };

/// One webhook call: made once, tried until it is delivered or given up.
struct Delivery {
  int64_t id = 0;  ///< given by the store, increasing
  RoomId room;
  SessionId session;  ///< "" when the event belongs to no session
  std::string type;   ///< "session-started", …
  std::string url;
  std::string body;  ///< exactly the bytes that are signed and sent
  UtcTime created_at;
  DeliveryState state = DeliveryState::Pending;
  int attempts = 0;
  UtcTime next_attempt_at;
  int last_status = 0;  ///< HTTP status of the last try, 0 if there was no response
  std::string last_error;
  friend bool operator==(const Delivery&, const Delivery&) = default;
};

/// How one try of a delivery ended.
struct Attempt {
  int64_t delivery = 0;
  DeliveryState state = DeliveryState::Pending;  ///< after the try
  UtcTime next_attempt_at;                       ///< when it stays Pending
  int status = 0;
  std::string error;
};

}  // namespace parley::store
