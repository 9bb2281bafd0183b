#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/datagram_batch.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "engine/command.hpp"
#include "engine/relay.hpp"

namespace parley::dtls {
class Identity;
}

namespace parley::engine {

/// What one call into a shard produced. Owned and reused by the caller, who empties it after acting on it.
struct Output {
  DatagramBatch datagrams;
  std::vector<Event> events;
  std::vector<std::pair<ShardIndex, RelayMessage>> relay;  ///< for the other shards of this node
  std::vector<uint32_t> closed_streams;                    ///< TCP streams to close
};

struct ShardStats {
  uint64_t packets_received = 0;
  uint64_t packets_forwarded = 0;
  uint64_t bytes_received = 0;
  uint64_t bytes_forwarded = 0;
  /// Why datagrams were dropped, one counter a reason.
  struct Drops {
    uint64_t unknown_path = 0;  ///< neither a known peer nor a valid STUN check
    uint64_t malformed = 0;
    uint64_t bad_auth = 0;  ///< SRTP authentication or STUN integrity failed
    uint64_t replayed = 0;
    uint64_t unknown_stream = 0;  ///< no m-section claims the SSRC
    uint64_t disabled_track = 0;
    uint64_t early = 0;  ///< media before DTLS finished
  } drops;
  uint32_t connections = 0;
  uint32_t tracks = 0;
  uint32_t subscriptions = 0;
};

/// One media shard: the connections, tracks and subscriptions of one thread. A core: no sockets, threads or clocks.
/// The packet path is `Shard::on_datagrams`.
class Shard {
 public:
  /// What one shard takes on; beyond it commands are refused or ignored. Smaller ones are for tests.
  struct Limits {
    /// More browsers than one core can serve, at some 100 packets a second from each.
    size_t connections = 4096;
    /// A meeting of 1000 with audio and video each, seen from one shard of eight, with room.
    size_t tracks = 16'384;
    /// All that the lines of that many browsers need is more than a core can send.
    size_t subscriptions = 65'536;
  };
  struct Config {
    ShardIndex index;
    std::shared_ptr<const dtls::Identity> identity;
    Rng rng = Rng::system();
    Limits limits = {};
  };
  explicit Shard(Config config);
  ~Shard();

  void on_datagrams(std::span<Datagram> batch, Timestamp now, Output& out);
  void on_stream_closed(uint32_t stream, Timestamp now, Output& out);
  void execute(const Command& command, Timestamp now, Output& out);
  void on_relay(ShardIndex from, const RelayMessage& message, Timestamp now, Output& out);
  /// Call at or after `next_deadline()`; calling early is harmless.
  void on_deadline(Timestamp now, Output& out);
  Timestamp next_deadline() const;
  const ShardStats& stats() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::engine
