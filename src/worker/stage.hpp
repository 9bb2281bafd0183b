#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "media/compositor.hpp"
#include "media/layout.hpp"
#include "media/picture_track.hpp"
#include "worker/feed.hpp"

namespace parley::worker {

/// A composition of one participant alone.
struct Only {
  ParticipantId participant;
  std::optional<bool> of_share;  ///< plays just the sound of the screen, or just the microphone
  friend bool operator==(const Only&, const Only&) = default;
};

/// The room as one composition shows it at a given time: who is there, and which picture of each was current then.
/// Pictures come at any rate, late or not at all; asked in rising order of time it always has an answer. Pure; one
/// thread.
class Stage {
 public:
  Stage(std::optional<Only> only, std::shared_ptr<const Room> room);

  void apply(const RoomChanged& change, Timestamp at);
  void apply(PictureArrived arrived);
  bool plays(const SoundArrived& sound) const;

  /// For the layout.
  std::vector<media::Person> people(Timestamp at) const;
  /// For the compositor: what is on these tiles at a tick of this length. Times only grow.
  std::vector<media::TileContent> contents(std::span<const media::Tile> tiles, Timestamp at, TimeDelta length);

 private:
  struct Source {
    media::PictureTrack track;
    frame::Size upright;  // of the newest picture
  };
  bool shows(const ParticipantId& id) const { return !only_ || only_->participant == id; }
  const Guest* find(const ParticipantId& id) const;
  frame::Size size_of(const media::TileKey& tile) const;

  const std::optional<Only> only_;
  std::shared_ptr<const Room> room_;
  std::map<ParticipantId, Timestamp> last_spoke_;
  std::map<media::TileKey, Source> sources_;
};

}  // namespace parley::worker
