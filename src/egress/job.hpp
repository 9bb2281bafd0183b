#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"

/// What the server and a worker say to each other, as values. Their JSON lines: job_json.hpp.
namespace parley::egress {

/// A Merge is made by a task of recordings that are over; no worker gets one.
enum class Kind : uint8_t { Recording, Livestream, Hls, ParticipantRecording, TrackRecording, Merge };
enum class FileFormat : uint8_t { Mp4, WebM, M3u8, Mp3 };
enum class LayoutType : uint8_t { Grid, Spotlight, Sidebar };
enum class Priority : uint8_t { Speaker, Pin };
enum class Theme : uint8_t { Default, Dark, Light };
enum class Mode : uint8_t { VideoAndAudio, Audio };
/// Of the composed picture: 854×480, 1280×720, 1920×1080, 2560×1440; swapped for portrait.
enum class Quality : uint8_t { Low, Med, High, Ultra };
enum class Orientation : uint8_t { Landscape, Portrait };
enum class TrackKind : uint8_t { Audio, Video, ScreenAudio, ScreenVideo };
enum class OutputState : uint8_t { Connecting, Live, Retrying, Failed, Ended };

/// Tiles of one picture: what a 1080p picture still shows well.
inline constexpr int kMaxGridSize = 25;
/// Stream URLs of one livestream. Each costs a thread, a connection and its share of the uplink, but no encoding; the
/// bound is there so that one request cannot take all of them, far beyond what anybody goes out to.
inline constexpr size_t kMaxOutputs = 100;

struct Layout {
  LayoutType type = LayoutType::Grid;
  Priority priority = Priority::Speaker;
  int grid_size = kMaxGridSize;  ///< 1 to kMaxGridSize
  friend bool operator==(const Layout&, const Layout&) = default;
};

/// How the room is composed; equal ones share one composition.
struct Config {
  Layout layout;
  Theme theme = Theme::Default;
  Mode mode = Mode::VideoAndAudio;
  Quality quality = Quality::Med;
  Orientation orientation = Orientation::Landscape;
  int frame_rate = 30;  ///< 25 or 30
  friend bool operator==(const Config&, const Config&) = default;
};

/// A stream URL that a livestream goes to. `stream_key` is a secret: it is in no log, list, fact or webhook.
struct Output {
  std::string id;
  std::string url;  ///< rtmp:// or rtmps://, without the key
  std::string stream_key;
  friend bool operator==(const Output&, const Output&) = default;
};

/// Whom a participant or track recording records.
struct Target {
  ParticipantId participant;
  std::optional<TrackKind> track;  ///< TrackRecording only
  friend bool operator==(const Target&, const Target&) = default;
};

/// One egress as a worker runs it.
struct Job {
  EgressId id;
  Kind kind = Kind::Recording;
  std::string folder;  ///< absolute; exists and is this egress' own
  int part = 1;        ///< of the first file it writes: `part-<n>.<ending>`
  FileFormat file_format = FileFormat::Mp4;
  Config config;
  std::vector<Output> outputs;   ///< Livestream; at most kMaxOutputs
  std::optional<Target> target;  ///< ParticipantRecording, TrackRecording
  bool paused = false;           ///< it starts paused: a worker that crashed is started again
  friend bool operator==(const Job&, const Job&) = default;
};

// --- server → worker, on its stdin ----------------------------------------------------------------------------------

/// The first line, once.
struct Join {
  std::string signal_url;  ///< "ws://127.0.0.1:8080/v1/signal"
  std::string token;
  RoomId room;
  friend bool operator==(const Join&, const Join&) = default;
};
struct Start {
  Job job;
  friend bool operator==(const Start&, const Start&) = default;
};
/// Ends it properly: the worker finalises the files and says Finished.
struct Stop {
  EgressId id;
  friend bool operator==(const Stop&, const Stop&) = default;
};
struct Pause {
  EgressId id;
  friend bool operator==(const Pause&, const Pause&) = default;
};
struct Resume {
  EgressId id;
  friend bool operator==(const Resume&, const Resume&) = default;
};
/// The whole configuration as it is from now on.
struct Update {
  EgressId id;
  Config config;
  friend bool operator==(const Update&, const Update&) = default;
};
struct ChangeOutputs {
  EgressId id;
  std::vector<Output> add;
  std::vector<std::string> remove;  ///< ids
  friend bool operator==(const ChangeOutputs&, const ChangeOutputs&) = default;
};
using Command = std::variant<Join, Start, Stop, Pause, Resume, Update, ChangeOutputs>;

// --- worker → server, on its stdout ---------------------------------------------------------------------------------

struct Joined {
  friend bool operator==(const Joined&, const Joined&) = default;
};
/// The first picture (or sound) was written or sent.
struct Started {
  EgressId id;
  UtcTime at;
  friend bool operator==(const Started&, const Started&) = default;
};
/// HLS: the playlist has segments enough for a player.
struct Playable {
  EgressId id;
  friend bool operator==(const Playable&, const Playable&) = default;
};
struct OutputChanged {
  EgressId id;
  std::string output;
  OutputState state = OutputState::Connecting;
  std::string message;  ///< why it is retrying or failed; never with a key
  friend bool operator==(const OutputChanged&, const OutputChanged&) = default;
};
/// Every few seconds while it runs.
struct Progress {
  EgressId id;
  double seconds = 0;  ///< of media, of this worker's parts
  int64_t bytes = 0;
  friend bool operator==(const Progress&, const Progress&) = default;
};
struct Paused {
  EgressId id;
  friend bool operator==(const Paused&, const Paused&) = default;
};
struct Resumed {
  EgressId id;
  friend bool operator==(const Resumed&, const Resumed&) = default;
};
/// A file that is ready to be served.
struct File {
  std::string path;     ///< relative to the egress' folder
  int64_t size = 0;     ///< bytes
  double duration = 0;  ///< seconds
  int width = 0;        ///< 0 without picture
  int height = 0;
  std::string format;  ///< "mp4", "webm", "m3u8", "mp3", "jpg", …
  friend bool operator==(const File&, const File&) = default;
};
/// Of an egress after Stop, or of a task.
struct Finished {
  EgressId id;
  std::vector<File> files;
  friend bool operator==(const Finished&, const Finished&) = default;
};
/// It runs no longer. `code` is one word for programs: "disk-full", "bad-input", "storage", "internal", …
struct Failed {
  EgressId id;
  std::string code;
  std::string message;
  friend bool operator==(const Failed&, const Failed&) = default;
};
/// The worker is out of the room (it was removed, the session ended, …) and will exit.
struct Left {
  std::string reason;
  friend bool operator==(const Left&, const Left&) = default;
};
/// For /metrics.
struct Stats {
  double cpu_cores = 0;
  int64_t memory_bytes = 0;
  int64_t pictures = 0;       ///< composed since the start
  int64_t late_pictures = 0;  ///< that came later than their time
  friend bool operator==(const Stats&, const Stats&) = default;
};
using Fact =
    std::variant<Joined, Started, Playable, OutputChanged, Progress, Paused, Resumed, Finished, Failed, Left, Stats>;

// --- one-shot tasks: one line on stdin of `parley-worker task`, Finished or Failed on its stdout
// ----------------------

/// Joins the parts that a worker left behind into the files that Stop would have given. Runs again without harm.
struct Finalise {
  Job job;
  friend bool operator==(const Finalise&, const Finalise&) = default;
};
struct MergeInput {
  std::string path;  ///< absolute
  TimeDelta offset;  ///< where it begins in the merged file, ≥ 0
  friend bool operator==(const MergeInput&, const MergeInput&) = default;
};
/// The sound of some files on the left, of others on the right channel of one file.
struct Merge {
  EgressId id;
  std::string folder;
  std::string file;  ///< to write, relative to folder: "merged.mp3" or "merged.mp4"
  std::vector<MergeInput> left;
  std::vector<MergeInput> right;
  friend bool operator==(const Merge&, const Merge&) = default;
};
/// A still picture of an HLS stream or file.
struct Capture {
  EgressId id;
  std::string folder;
  std::string source;        ///< playlist or file, relative to folder
  std::string file;          ///< to write, relative to folder; its ending is the format: jpg, png, webp
  std::optional<double> at;  ///< seconds from the beginning; absent: the newest
  int width = 0;             ///< 0: as the source
  int height = 0;
  friend bool operator==(const Capture&, const Capture&) = default;
};
/// An S3-compatible bucket. The keys are secrets.
struct Bucket {
  std::string endpoint;  ///< "https://s3.eu-central-1.amazonaws.com"
  std::string name;
  std::string region;
  std::string access_key;
  std::string secret_key;
  friend bool operator==(const Bucket&, const Bucket&) = default;
};
/// Copies all that is in a folder into a bucket; goes on where an earlier try stopped. Its Finished names no files: an
/// HLS stream of a day has more than fit into a line.
struct Upload {
  EgressId id;
  std::string folder;
  Bucket bucket;
  std::string prefix;  ///< of object names: "<prefix><file>"
  friend bool operator==(const Upload&, const Upload&) = default;
};
/// Deletes what Upload brought there, whole or in part: all objects whose names begin with the prefix, which ends in
/// "/".
struct Erase {
  EgressId id;
  std::string folder;  ///< Upload's; it need not exist any more
  Bucket bucket;
  std::string prefix;
  friend bool operator==(const Erase&, const Erase&) = default;
};
using Task = std::variant<Finalise, Merge, Capture, Upload, Erase>;

}  // namespace parley::egress
