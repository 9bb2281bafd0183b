#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace parley {

/// What leaves the room on the server's side.
enum class EgressKind { Recording, Livestream, Hls };

struct EgressOutput {
  std::string id;
  std::string url;
  std::string state;  ///< "connecting", "live", "retrying", "failed", "ended"
  std::string message;
};

struct Egress {
  EgressKind kind = EgressKind::Recording;
  std::string id;
  std::string status;  ///< VideoSDK's words: "RECORDING_STARTED", "LIVESTREAM_STOPPED", "HLS_PLAYABLE", …
  int errorCode = 0;   ///< if it failed
  std::string errorMessage;
  bool paused = false;
  int64_t startedAtMs = 0;  ///< UTC of the first recorded picture, 0 before
  std::vector<EgressOutput> outputs;
  std::string playbackHlsUrl;
  std::string livestreamUrl;
  std::string configJson;  ///< layout, theme, quality, orientation, mode as in force
};

/// Where a livestream goes.
struct LivestreamOutput {
  std::string url;
  std::string streamKey;
};

}  // namespace parley
