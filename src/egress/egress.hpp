#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "egress/job.hpp"

namespace parley::egress {

enum class Status : uint8_t {
  Starting,
  Started,
  Playable,  ///< HLS: Started, and a player finds something
  Stopping,  ///< includes the finalising of its files
  Stopped,
  Failed,
};

constexpr bool is_over(Status status) { return status == Status::Stopped || status == Status::Failed; }
/// It was asked for and nothing has ended it yet.
constexpr bool is_live(Status status) { return !is_over(status) && status != Status::Stopping; }

/// One output as everybody may see it: without its stream key.
struct OutputStatus {
  std::string id;
  std::string url;
  OutputState state = OutputState::Connecting;
  std::string message;
  friend bool operator==(const OutputStatus&, const OutputStatus&) = default;
};

/// Why it failed: one word for programs, a sentence for people.
struct Error {
  std::string code;
  std::string message;
  friend bool operator==(const Error&, const Error&) = default;
};

/// Where its files are.
enum class Storage : uint8_t {
  Local,
  Uploading,  ///< still here, on their way to the bucket
  Bucket,     ///< in the bucket
  Removing,   ///< deleted, and found no more; the files are still on their way out
  Removed,    ///< and those are gone too
};

/// One recording, livestream or HLS as REST, webhooks, the store and participants know it. It carries no secrets.
struct Egress {
  EgressId id;
  Kind kind = Kind::Recording;
  RoomId room;
  SessionId session;  ///< in which it was started
  Status status = Status::Starting;
  std::optional<Error> error;  ///< Failed, or on the way there
  bool paused = false;
  UtcTime created_at;
  std::optional<UtcTime> started_at;  ///< first picture
  std::optional<UtcTime> ended_at;
  FileFormat file_format = FileFormat::Mp4;
  Config config;
  std::vector<OutputStatus> outputs;
  std::optional<Target> target;
  std::vector<File> files;  ///< once it is over
  Storage storage = Storage::Local;
  std::string storage_error;              ///< why the last try to upload or remove them failed; "" if none did
  int next_part = 1;                      ///< the first part number that was never given to a worker
  int restarts = 0;                       ///< workers that it has lost
  std::string webhook_url;                ///< "": only the room's webhook
  std::string dir_path;                   ///< folder in the bucket that its starter asked for, "" for none
  std::string metadata;                   ///< of its starter, given back
  std::optional<int> close_room_after_s;  ///< if it fails, the room is closed after this
  friend bool operator==(const Egress&, const Egress&) = default;
};

/// "RECORDING_STARTED", …: what SDKs and REST call the status. Participant and track recordings are recordings.
std::string status_name(Kind kind, Status status);
/// "recording-started", …: the webhook's name.
std::string event_name(Kind kind, Status status);
/// "local", "uploading", …
std::string_view storage_name(Storage storage);
/// Name of the egress' kind in errors: "recording", "livestream", "HLS".
std::string_view spoken_name(Kind kind);

}  // namespace parley::egress
