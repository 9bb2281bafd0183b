#include "egress/egress.hpp"

namespace parley::egress {
namespace {

struct StatusNames {
  std::string_view upper;
  std::string_view lower;
};

StatusNames names_of(Status status) {
  switch (status) {
    case Status::Starting: return {"STARTING", "starting"};
    case Status::Started: return {"STARTED", "started"};
    case Status::Playable: return {"PLAYABLE", "playable"};
    case Status::Stopping: return {"STOPPING", "stopping"};
    case Status::Stopped: return {"STOPPED", "stopped"};
    case Status::Failed: return {"FAILED", "failed"};
  }
  return {};
}

}  // namespace

std::string status_name(Kind kind, Status status) {
  std::string_view prefix = "RECORDING_";
  if (kind == Kind::Livestream) prefix = "LIVESTREAM_";
  if (kind == Kind::Hls) prefix = "HLS_";
  if (kind == Kind::Merge) prefix = "MERGE_";
  return std::string(prefix) + std::string(names_of(status).upper);
}

std::string event_name(Kind kind, Status status) {
  std::string_view prefix = "recording-";
  switch (kind) {
    case Kind::Recording: break;
    case Kind::Livestream: prefix = "livestream-"; break;
    case Kind::Hls: prefix = "hls-"; break;
    case Kind::ParticipantRecording: prefix = "participant-recording-"; break;
    case Kind::TrackRecording: prefix = "participant-track-recording-"; break;
    case Kind::Merge: prefix = "participant-merge-"; break;
  }
  return std::string(prefix) + std::string(names_of(status).lower);
}

std::string_view spoken_name(Kind kind) {
  switch (kind) {
    case Kind::Recording: return "recording";
    case Kind::Livestream: return "livestream";
    case Kind::Hls: return "HLS";
    case Kind::ParticipantRecording: return "participant recording";
    case Kind::TrackRecording: return "track recording";
    case Kind::Merge: return "merge";
  }
  return "";
}

}  // namespace parley::egress
