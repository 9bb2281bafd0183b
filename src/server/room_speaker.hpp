#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "engine/command.hpp"
#include "sfu/dominant_speaker.hpp"

namespace parley::server {

/// The dominant speaker of one room, from the reports of all the shards that its participants are on. A core.
class RoomSpeaker {
 public:
  /// Reports come every 200 ms while somebody speaks; one that is older than two of them says nothing any more.
  static constexpr TimeDelta kReportLife = TimeDelta::millis(450);

  void report(ShardIndex shard, std::vector<engine::SpeechReport::Item> items, Timestamp now);
  /// The track has ended.
  void remove(TrackId track);
  /// Who speaks now; call after `report` and at `next_deadline`.
  std::optional<TrackId> update(Timestamp now);
  /// While somebody is taken to speak, silence must be noticed without a report.
  Timestamp next_deadline() const { return next_; }

 private:
  struct Latest {
    Timestamp at;
    std::vector<engine::SpeechReport::Item> items;
  };
  std::map<ShardIndex, Latest> latest_;
  sfu::DominantSpeaker dominant_;
  Timestamp next_ = Timestamp::never();
};

}  // namespace parley::server
