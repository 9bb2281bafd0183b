#pragma once

#include <string>
#include <vector>

#include "base/time.hpp"
#include "server/control_plane.hpp"
#include "server/egress_desk.hpp"
#include "server/media_threads.hpp"
#include "server/webhooks.hpp"

namespace parley::server {

/// What the process knows about itself at one moment.
struct Snapshot {
  ControlPlane::Stats control;
  std::vector<MediaThreads::Stats> shards;
  Webhooks::Stats webhooks;
  EgressDesk::Stats egress;
  size_t http_connections = 0;
  size_t store_queued = 0;
  uint64_t store_refused = 0;
  TimeDelta uptime;
};

/// Prometheus text exposition format, version 0.0.4.
std::string to_prometheus(const Snapshot& snapshot);
/// The body of GET /healthz.
std::string to_health(const Snapshot& snapshot);

}  // namespace parley::server
