#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "egress/studio.hpp"
#include "store/records.hpp"

namespace parley::api {

/// What a call asks of the egresses of a room; the answer waits for it. Signalling asks the same.
struct StartEgress {
  egress::StartRequest request;
  bool also_record = false;  ///< `config.recording.enabled` of a livestream or HLS
};
struct StopEgress {
  egress::Selector which;
};
struct PauseEgress {
  egress::Selector which;
  bool paused = true;
};
struct ChangeLayout {
  egress::Selector which;
  std::optional<egress::Layout> layout;  ///< absent: as it is
  std::optional<egress::Theme> theme;
};
struct ChangeOutputs {
  egress::Selector which;
  std::vector<egress::Output> add;
  std::vector<std::string> remove;  ///< ids or URLs
};
/// Takes it out of lists and its files from the disk; it must be over.
struct DeleteEgress {
  egress::Egress egress;
};
/// A picture of the room's HLS.
struct CaptureHls {
  std::optional<double> at;  ///< seconds; absent: now
  int width = 0;
  int height = 0;
  std::string format = "jpg";
};
/// Two channels of one sound file, from participant and track recordings that are over and still on this machine.
struct MergeRecordings {
  SessionId session;
  std::vector<egress::Egress> left;
  std::vector<egress::Egress> right;
  std::string webhook_url;
  std::string dir_path;
};

struct EgressCall {
  store::RoomRecord room;
  std::variant<StartEgress, StopEgress, PauseEgress, ChangeLayout, ChangeOutputs, DeleteEgress, CaptureHls,
               MergeRecordings>
      what;
};

}  // namespace parley::api
