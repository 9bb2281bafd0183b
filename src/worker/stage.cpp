#include "worker/stage.hpp"

#include <algorithm>
#include <utility>

namespace parley::worker {
namespace {

frame::Size upright(frame::Size size, frame::Rotation rotation) {
  const bool turned = rotation == frame::Rotation::Quarter || rotation == frame::Rotation::ThreeQuarters;
  return turned ? frame::Size{size.height, size.width} : size;
}

}  // namespace

Stage::Stage(std::optional<Only> only, std::shared_ptr<const Room> room)
    : only_(std::move(only)), room_(std::move(room)) {}

const Guest* Stage::find(const ParticipantId& id) const {
  const auto found =
      std::find_if(room_->guests.begin(), room_->guests.end(), [&](const Guest& g) { return g.id == id; });
  return found == room_->guests.end() ? nullptr : &*found;
}

void Stage::apply(const RoomChanged& change, Timestamp at) {
  // Whoever spoke until now has spoken until now.
  if (!room_->speaker.empty()) last_spoke_[room_->speaker] = at;
  room_ = change.room;
  if (!room_->speaker.empty()) last_spoke_[room_->speaker] = at;
  std::erase_if(last_spoke_, [&](const auto& item) { return find(item.first) == nullptr; });
  std::erase_if(sources_, [&](const auto& item) {
    const Guest* guest = find(item.first.person);
    if (guest == nullptr) return true;
    return item.first.source == media::Source::Share ? !guest->sharing : !guest->camera_on;
  });
}

void Stage::apply(PictureArrived arrived) {
  if (!shows(arrived.tile.person) || arrived.picture.empty()) return;
  // A screen on which nothing moves may send nothing for minutes; that it is over, the room tells.
  const TimeDelta hold =
      arrived.tile.source == media::Source::Share ? TimeDelta::infinite() : media::PictureTrack::kHoldCamera;
  Source& source = sources_.try_emplace(arrived.tile, media::PictureTrack(hold)).first->second;
  source.upright = upright(arrived.picture.size(), arrived.rotation);
  source.track.add(std::move(arrived.picture), arrived.rotation, arrived.captured_at);
}

bool Stage::plays(const SoundArrived& sound) const {
  if (!only_) return true;
  return sound.from == only_->participant && (!only_->of_share || *only_->of_share == sound.of_share);
}

std::vector<media::Person> Stage::people(Timestamp at) const {
  std::vector<media::Person> people;
  for (const Guest& guest : room_->guests) {
    if (!shows(guest.id)) continue;
    media::Person& person = people.emplace_back();
    person.id = guest.id;
    person.camera_on = guest.camera_on;
    person.sharing = guest.sharing;
    person.active_speaker = guest.id == room_->speaker;
    person.camera_pinned = guest.camera_pinned;
    person.share_pinned = guest.share_pinned;
    person.presenting = guest.id == room_->presenter;
    if (person.active_speaker)
      person.last_spoke = at;
    else if (const auto spoke = last_spoke_.find(guest.id); spoke != last_spoke_.end())
      person.last_spoke = spoke->second;
    person.camera_size = size_of({guest.id, media::Source::Camera});
    person.share_size = size_of({guest.id, media::Source::Share});
  }
  return people;
}

frame::Size Stage::size_of(const media::TileKey& tile) const {
  const auto found = sources_.find(tile);
  return found == sources_.end() ? frame::Size{} : found->second.upright;
}

std::vector<media::TileContent> Stage::contents(std::span<const media::Tile> tiles, Timestamp at, TimeDelta length) {
  std::vector<media::TileContent> contents;
  for (const media::Tile& tile : tiles) {
    media::TileContent& content = contents.emplace_back();
    content.tile = tile;
    const Guest* guest = find(tile.key.person);
    if (guest == nullptr) continue;
    content.name = tile.key.source == media::Source::Share ? guest->name + "’s screen" : guest->name;
    content.speaking = tile.key.source == media::Source::Camera && guest->id == room_->speaker;
    content.muted = tile.key.source == media::Source::Camera && !guest->microphone_on;
    const auto source = sources_.find(tile.key);
    if (source == sources_.end()) continue;
    if (auto shown = source->second.track.at(at, length)) {
      content.picture = std::move(shown->picture);
      content.rotation = shown->rotation;
    }
  }
  return contents;
}

}  // namespace parley::worker
