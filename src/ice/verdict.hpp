#pragma once

#include <cstdint>

namespace parley::ice {

/// What an agent made of one STUN datagram.
enum class Verdict : uint8_t {
  Accepted,   ///< authentic: a check, answered with success, or (full agent) the answer to one of ours
  Refused,    ///< an authentic check, answered with an error (420 unknown attribute, 487 role conflict)
  BadAuth,    ///< no or wrong credentials; a request was answered with 400 or 401
  Malformed,  ///< not STUN, or broken: no answer
  Ignored,    ///< neither a Binding request nor an answer that is waited for, or the agent has failed: no answer
};

}  // namespace parley::ice
