#pragma once

#include "base/rng.hpp"
#include "base/time.hpp"

namespace parley::sdk {

/// How long to wait before attempt `attempt` (from 0). The first retry comes soon, for a socket that was merely cut;
/// the last ones rarely, for a server that is down. Chance spreads the clients of one server that went away at one
/// moment.
TimeDelta backoff(int attempt, Rng& rng);

}  // namespace parley::sdk
