#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/fixed_vector.hpp"
#include "base/sequence.hpp"
#include "base/time.hpp"
#include "rtp/codec.hpp"
#include "rtp/packet.hpp"
#include "rtp/payload/dependency_descriptor.hpp"
#include "sfu/keyframe_requester.hpp"
#include "sfu/layer.hpp"
#include "sfu/layer_clock.hpp"
#include "sfu/layer_meter.hpp"
#include "sfu/media_packet.hpp"
#include "sfu/packet_cache.hpp"

namespace parley::sfu {

/// One published track, or a replica of one that another shard relays: up to three streams ("layers"), the cache that
/// serves every subscriber, key-frame requests, clocks and measurements. Single-threaded; `accept` does not allocate
/// (but for a dependency structure at a key frame).
class Track {
 public:
  struct Config {
    rtp::MediaKind kind = rtp::MediaKind::Audio;
    uint8_t layer_count = 1;  ///< streams: the number of rids, 1 without simulcast; 1-kMaxSpatialLayers
  };
  explicit Track(const Config& config);

  /// Takes in one decrypted packet of stream `layer` (< layer_count; lowest first), repaired ones included, and copies
  /// its payload into the cache. nullptr: dropped, and counted in `stats().drops`. What is returned is valid until the
  /// next `accept`; give it to each subscription's `forward` now.
  const MediaPacket* accept(uint8_t layer, const rtp::PacketView& packet, rtp::Codec codec, Timestamp now);

  /// The mapping of a sender report of stream `layer`; `captured` is from the connection's PublisherClock. A relay
  /// passes the same values to replicas.
  void on_sender_report(uint8_t layer, uint32_t rtp_timestamp, Timestamp captured);

  /// A subscription (see Subscription::wanted_keyframe), a receiver's PLI or another shard needs a key frame. Cheap to
  /// repeat: call it as long as the need lasts.
  void request_keyframe(uint8_t layer, Timestamp now);
  /// The streams that a PLI (or RelayKeyFrameRequest) has to be sent for now. Call after `request_keyframe` and at
  /// `next_deadline`.
  FixedVector<uint8_t, kMaxSpatialLayers> take_keyframe_requests(Timestamp now);
  Timestamp next_deadline() const;

  rtp::MediaKind kind() const { return config_.kind; }
  uint8_t layer_count() const { return config_.layer_count; }
  bool simulcast() const { return config_.layer_count > 1; }
  /// Of the latest packet; empty before the first.
  std::optional<rtp::Codec> codec() const { return codec_; }
  std::optional<LayerClock> clock(uint8_t layer) const { return layers_[layer].clock; }
  /// Latest dependency structure of a stream, nullptr if it has none.
  const rtp::DependencyStructure* structure(uint8_t layer) const { return layers_[layer].descriptors.structure(); }
  /// Highest sequence number of a stream, unwrapped; -1 before the first.
  int64_t newest_sequence(uint8_t layer) const { return layers_[layer].newest; }
  const MediaPacket* find(uint8_t layer, int64_t sequence) const { return layers_[layer].cache.find(sequence); }
  /// Packets of spatial layer `spatial` are coming.
  bool active(uint8_t spatial, Timestamp now) const { return meter_.active(spatial, now); }
  LayerTable layers(Timestamp now) const { return meter_.table(now); }

  struct Stats {
    uint64_t packets = 0;
    uint64_t bytes = 0;  ///< payload
    uint64_t keyframes = 0;
    uint64_t keyframe_requests = 0;
    uint64_t restarts = 0;  ///< the sequence numbers of a stream began anew
    struct Drops {
      uint64_t duplicate = 0;
      uint64_t too_old = 0;    ///< older than the cache reaches
      uint64_t too_large = 0;  ///< payload and extensions over PacketCache::kMaxPacketSize
      uint64_t bad_layer = 0;
    } drops;
    uint64_t bad_descriptors = 0;  ///< dependency descriptors that could not be read; their packets were used without
  };
  const Stats& stats() const { return stats_; }

 private:
  struct Layer {
    explicit Layer(PacketCache::Limits limits) : cache(limits) {}
    PacketCache cache;
    Unwrapper<uint16_t> sequence;
    Unwrapper<uint32_t> timestamp;
    Unwrapper<uint16_t> frame_number;
    int64_t newest = -1;
    int64_t sequence_base = 0;                  // added after a restart, so that numbers never fall back
    std::optional<uint16_t> restart_candidate;  // the number that would confirm a restart
    rtp::DependencyDescriptorReader descriptors;
    KeyFrameRequester keyframes;
    std::optional<LayerClock> clock;
  };

  std::optional<int64_t> place(Layer& layer, uint16_t sequence_number);
  bool confirms_restart(Layer& layer, uint16_t sequence_number);
  void read_dependencies(Layer& layer, MediaPacket& packet);
  void read_payload(Layer& layer, MediaPacket& packet);

  Config config_;
  std::vector<Layer> layers_;
  LayerMeter meter_;
  std::optional<rtp::Codec> codec_;
  Stats stats_;
};

}  // namespace parley::sfu
