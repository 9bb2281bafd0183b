#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fixed_vector.hpp"
#include "base/id.hpp"
#include "engine/send_line.hpp"
#include "sfu/allocator.hpp"
#include "sfu/speech_activity.hpp"
#include "sfu/track.hpp"
#include "transport/media.hpp"

namespace parley::engine {

/// More media threads than any machine of today has cores to give; an index into small tables.
inline constexpr size_t kMaxShards = 64;

/// A track as one shard sees it: published by a connection of this shard, or a replica of one that another shard
/// relays. Exists as soon as anybody names it, so that commands may come in any order; `flowing` once it has packets.
struct Publication {
  Publication(TrackId track, ShardIndex home_shard) : id(track), home(home_shard) {}

  const TrackId id;
  const ShardIndex home;
  uint32_t slot = 0;          ///< in the shard's deadline queue
  Peer* publisher = nullptr;  ///< null: not opened yet, gone, or at home on another shard
  bool enabled = false;       ///< home only
  bool flowing = false;
  bool was_announced = false;  ///< a first LayerDemand was told
  rtp::MediaKind kind = rtp::MediaKind::Audio;
  uint8_t layer_count = 1;
  std::optional<rtp::Codec> codec;  ///< of the latest packet
  std::string format;

  std::unique_ptr<sfu::Track> media;            ///< from the first packet on
  std::vector<SendLine*> lines;                 ///< who gets it on this shard
  std::unique_ptr<sfu::SpeechActivity> speech;  ///< audio at home

  sfu::LayerDemand demand;
  int8_t told_demand = -1;
  std::array<int8_t, kMaxShards> remote_demand;    ///< home only; valid where `wanted_until` is in the future
  std::array<Timestamp, kMaxShards> wanted_until;  ///< home only: relay to that shard
  FixedVector<ShardIndex, kMaxShards> relay_to;    ///< home only: shards with interest
  Timestamp renew_at = Timestamp::never();         ///< replica only: when to repeat the request
  Timestamp demand_check_at = Timestamp::never();
  Timestamp unused_since;

  /// Packets of this loop turn, and those of them that the track accepted and that were not forwarded yet.
  std::vector<transport::ReceivedPacket> pending;
  struct Accepted {
    uint8_t layer = 0;
    int64_t sequence = 0;
    int64_t timestamp = 0;
    size_t size = 0;      ///< payload
    uint8_t padding = 0;  ///< makes it as large as the others of its frame
  };
  /// 16 packets make a GSO message as cheap as it gets, and 16 of the largest stay within every cache of a track.
  static constexpr size_t kMaxRun = 16;
  FixedVector<Accepted, kMaxRun> run;
};

}  // namespace parley::engine
