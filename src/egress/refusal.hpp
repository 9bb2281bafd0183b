#pragma once

#include <cstdint>
#include <string>

#include "egress/job.hpp"

namespace parley::egress {

/// Why a request is not carried out: HTTP's status for REST, VideoSDK's number for SDKs, a sentence for both.
struct Refusal {
  int status = 400;
  uint32_t code = 0;
  std::string message;
};

namespace code {

inline constexpr uint32_t kBadOutputs = 4015;
inline constexpr uint32_t kBadParameter = 3073;

/// "cannot start", "cannot stop", "the previous one is still processing", "died" for each kind.
struct Codes {
  uint32_t start, stop, processing, died;
};
constexpr Codes of(Kind kind) {
  switch (kind) {
    case Kind::Recording: return {4011, 4012, 4018, 5001};
    case Kind::Livestream: return {4013, 4014, 4019, 5002};
    case Kind::Hls: return {4016, 4017, 4020, 5003};
    case Kind::ParticipantRecording: return {4035, 4036, 4035, 5001};
    case Kind::TrackRecording: return {4037, 4038, 4037, 5001};
    case Kind::Merge: return {4035, 4036, 4035, 5001};
  }
  return {};
}

}  // namespace code
}  // namespace parley::egress
