#pragma once

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "rtp/codec.hpp"

/// How shards of one node pass media to each other: the publisher's shard sends each packet once to every other shard that
/// has subscribers, one message a batch; the receiving shard keeps a replica of the track with its own retransmission cache.
namespace parley::engine {

/// Asks the publisher's shard for a track, or tells that nobody wants it any more.
struct RelayRequest {
  TrackId track;
  bool wanted = true;
};
struct RelayKeyFrameRequest {
  TrackId track;
  uint8_t layer = 0;
};
/// The highest layer that the asking shard's receivers want, -1 none.
struct RelayDemand {
  TrackId track;
  int8_t max_layer = -1;
};
/// Decrypted packets of one loop turn. Immutable once sent; the sender recycles it when the last reader is done.
struct RelayBatch {
  struct Packet {
    TrackId track;
    rtp::Codec codec = rtp::Codec::Opus;
    uint8_t layer = 0;          ///< index into the publisher's rids
    Timestamp arrival;
    uint32_t offset = 0;        ///< into `bytes`
    uint32_t size = 0;
  };
  std::vector<Packet> packets;
  std::vector<uint8_t> bytes;
};

using RelayMessage = std::variant<RelayRequest, RelayKeyFrameRequest, RelayDemand, std::shared_ptr<const RelayBatch>>;

}  // namespace parley::engine
