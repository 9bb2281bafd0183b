#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "wire/parley.pb.h"

namespace parley::room {

/// A session as REST shows it while it runs.
struct SessionSnapshot {
  struct Participant {
    wire::ParticipantInfo info;
    wire::DeviceInfo device;
  };
  SessionId session;
  UtcTime started_at;
  std::vector<Participant> participants;  ///< in the order they joined
};

}  // namespace parley::room
