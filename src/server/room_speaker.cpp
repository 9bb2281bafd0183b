#include "server/room_speaker.hpp"

#include <utility>

namespace parley::server {

void RoomSpeaker::report(ShardIndex shard, std::vector<engine::SpeechReport::Item> items, Timestamp now) {
  latest_[shard] = {now, std::move(items)};
}

void RoomSpeaker::remove(TrackId track) {
  dominant_.remove(track);
  for (auto& [shard, latest] : latest_) {
    std::erase_if(latest.items, [&](const engine::SpeechReport::Item& item) { return item.track == track; });
  }
}

std::optional<TrackId> RoomSpeaker::update(Timestamp now) {
  std::vector<sfu::DominantSpeaker::Item> items;
  for (const auto& [shard, latest] : latest_) {
    if (now - latest.at > kReportLife) continue;
    for (const auto& item : latest.items) {
      items.push_back({.track = item.track, .scores = {item.immediate, item.medium, item.long_term}, .voiced = true});
    }
  }
  const std::optional<TrackId> speaker = dominant_.update(items, now);
  next_ = speaker ? now + sfu::DominantSpeaker::kDecisionInterval : Timestamp::never();
  return speaker;
}

}  // namespace parley::server
