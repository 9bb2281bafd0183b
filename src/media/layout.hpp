#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "media/composition.hpp"
#include "media/grid.hpp"

namespace parley::media {

enum class Source : uint8_t { Camera, Share };

/// Names one picture in a room.
struct TileKey {
  ParticipantId person;
  Source source = Source::Camera;
  friend auto operator<=>(const TileKey&, const TileKey&) = default;
};

struct Tile {
  TileKey key;
  Rect rect;
  bool main = false;  ///< the large picture of Spotlight, Sidebar or a shared screen
  friend bool operator==(const Tile&, const Tile&) = default;
};

/// What the layout has to know of a participant.
struct Person {
  ParticipantId id;
  bool camera_on = false;
  bool sharing = false;
  bool active_speaker = false;          ///< speaks right now, louder than the others
  std::optional<Timestamp> last_spoke;  ///< when that was last so; nothing: never
  bool camera_pinned = false;
  bool share_pinned = false;
  bool presenting = false;  ///< of several who share, the one whom the room calls its presenter
  frame::Size camera_size;  ///< upright (after rotation); 0 x 0 if not known
  frame::Size share_size;
};

/// Where everybody is to be seen, the main picture first. `people` in the order they joined; `previous` is what this
/// function returned last, so that nobody changes places without need.
///
/// - Priority Pin shows only pinned people: a camera that is pinned, and a pinned person's screen. While nobody is
///   pinned it shows everybody, as an empty picture would help nobody.
/// - A shared screen is the main picture in every layout. Of several: the presenter's, a pinned one (with priority Pin
///   these two the other way round), the one shown so far, the latest who joined.
/// - Without one, Spotlight and Sidebar show large who speaks, else who spoke last, else a pinned camera, else who was
///   large so far, else the first with a camera.
/// - Grid shows at most `grid_size` people, Sidebar and a shared screen at most kMaxSideTiles beside the main picture.
///   Pinned people come first. Whoever begins to speak outside takes the place of the one who has been silent longest.
/// - Nobody there, or mode Audio: no tiles.
std::vector<Tile> arrange(const Composition& composition, std::span<const Person> people,
                          std::span<const Tile> previous = {});

}  // namespace parley::media
