#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fixed_vector.hpp"
#include "engine/relay.hpp"
#include "rtp/packet.hpp"

namespace parley::engine {

/// Gathers what one loop turn relays: one batch for each destination shard, from a pool, so that a steady flow
/// allocates nothing.
class RelayOutbox {
 public:
  /// Batches in flight or at rest; a shard that falls further behind than this makes us allocate, not wait.
  static constexpr size_t kPoolSize = 64;

  struct Source {
    TrackId track;
    rtp::Codec codec = rtp::Codec::Opus;
    std::string_view format;
    uint8_t layer_count = 1;
    const std::shared_ptr<const rtp::ExtensionMap>& extensions;
  };
  /// Copies one decrypted packet once for each destination.
  void add(std::span<const ShardIndex> destinations, const Source& source, uint8_t layer, Bytes packet);
  /// Hands over the batches of this turn.
  void take(std::vector<std::pair<ShardIndex, RelayMessage>>& out);

 private:
  struct Open {
    ShardIndex to;
    std::shared_ptr<RelayBatch> batch;
  };
  RelayBatch& batch_for(ShardIndex to);
  std::shared_ptr<RelayBatch> fresh();

  std::vector<Open> open_;
  std::vector<std::shared_ptr<RelayBatch>> pool_;
  size_t next_ = 0;
};

}  // namespace parley::engine
