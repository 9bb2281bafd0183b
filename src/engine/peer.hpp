#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/id.hpp"
#include "engine/publication.hpp"
#include "engine/send_line.hpp"
#include "sfu/layer_clock.hpp"
#include "transport/connection.hpp"

namespace parley::engine {

/// One connection of a shard with all that hangs on it.
struct Peer {
  Peer(ConnectionId connection_id, const transport::Connection::Config& config, transport::Description description,
       Rng& rng)
      : id(connection_id), connection(config, std::move(description), rng) {}

  const ConnectionId id;
  uint32_t slot = 0;  ///< in the shard's deadline queue
  transport::Connection connection;
  sfu::PublisherClock clock;
  std::shared_ptr<const rtp::ExtensionMap> extensions;  ///< of the description, shared with relayed packets

  std::vector<std::string> ufrags;         ///< by which checks find us: the current one, then the one before a restart
  std::vector<Path> paths;                 ///< by which datagrams find us
  std::vector<Publication*> publications;  ///< by line; null unless the line receives
  std::vector<std::unique_ptr<SendLine>> send_lines;  ///< by line; null until something is subscribed

  Timestamp allocate_at = Timestamp::never();
  Timestamp report_at = Timestamp::never();
  bool touched = false;  ///< in this loop turn
  bool recorder = false;

  /// At the last ConnectionReport.
  struct Totals {
    uint64_t bytes_in = 0;
    uint64_t bytes_out = 0;
    uint64_t expected = 0;
    uint64_t lost = 0;
  };
  Totals reported;
  std::vector<uint64_t> reported_bytes;  ///< by line
  Timestamp reported_at;
};

}  // namespace parley::engine
