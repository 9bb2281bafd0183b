#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "rtp/codec.hpp"
#include "rtp/extension.hpp"

/// How shards of one node pass media to each other: the publisher's shard sends each packet once to every other shard
/// that has subscribers, one message a batch; the receiving shard keeps a replica of the track with its own
/// retransmission cache. Any message may get lost (a full mailbox): what must hold is repeated.
namespace parley::engine {

/// Asks the publisher's shard for a track, or tells that nobody wants it any more. Repeated as long as it holds.
struct RelayRequest {
  TrackId track;
  bool wanted = true;
  int8_t max_layer = -1;  ///< the highest layer that the asking shard's receivers want, -1 none
};
struct RelayKeyFrameRequest {
  TrackId track;
  uint8_t layer = 0;
};
/// The mapping of a sender report.
struct RelaySenderReport {
  TrackId track;
  uint8_t layer = 0;
  uint32_t rtp_timestamp = 0;
  Timestamp captured;  ///< of this node's clock
};
/// The track was disabled or its publisher left. Its next packet begins it anew.
struct RelayEnd {
  TrackId track;
};
/// Decrypted packets of one loop turn. Immutable once sent; the sender recycles it when the last reader is done.
struct RelayBatch {
  /// Packets of one track, in their order.
  struct Run {
    TrackId track;
    rtp::Codec codec = rtp::Codec::Opus;
    std::string format;  ///< CodecBinding::format of the publisher
    uint8_t layer_count = 1;
    std::shared_ptr<const rtp::ExtensionMap> extensions;  ///< of the publisher's connection
    uint32_t packet_count = 0;                            ///< of `packets`, after those of the runs before
  };
  struct Packet {
    uint8_t layer = 0;    ///< index into the publisher's rids
    uint32_t offset = 0;  ///< into `bytes`: RTP header and payload
    uint32_t size = 0;
  };
  std::vector<Run> runs;
  std::vector<Packet> packets;
  std::vector<uint8_t> bytes;
};

using RelayMessage =
    std::variant<RelayRequest, RelayKeyFrameRequest, RelaySenderReport, RelayEnd, std::shared_ptr<const RelayBatch>>;

}  // namespace parley::engine
