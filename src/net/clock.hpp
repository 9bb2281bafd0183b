#pragma once

#include "base/time.hpp"

/// The only place that reads clocks. Cores get the time as an argument.
namespace parley::net {

Timestamp monotonic_now();
UtcTime utc_now();

}  // namespace parley::net
