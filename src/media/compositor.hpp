#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/time.hpp"
#include "frame/picture.hpp"
#include "media/composition.hpp"
#include "media/layout.hpp"

namespace parley::media {

/// Reads the CPU time of the calling thread: for who wants to know what the parts of the work cost.
using CpuClock = TimeDelta (*)();

/// A tile of the layout and what is to be seen on it.
struct TileContent {
  Tile tile;
  frame::Picture picture;  ///< empty: the camera is off, an avatar stands in for it
  frame::Rotation rotation = frame::Rotation::None;
  std::string name;  ///< on the label; empty for none
  bool speaking = false;
  bool muted = false;
};

/// Paints composed pictures: tiles with rounded corners, names, marks for speaking and muted, avatars, and smooth moves
/// when the layout changes. Output is I420 of `picture_size` in
/// frame::kBt709, whatever colour space each source has.
///
/// It paints only what changed: each picture that it hands out is remembered with what it shows, and taken again when
/// nobody else holds it any more. A tile costs scaling while its source moves, nothing while it stands still. When
/// nothing at all changed the last picture itself is returned again.
///
/// Of the composition only size and theme matter to it: layout, priority and grid size may change from call to call,
/// and the tiles move to their new places.
///
/// One thread; pictures that it returned may be released on any.
class Compositor {
 public:
  explicit Compositor(const Composition& composition, CpuClock cpu = nullptr);
  ~Compositor();
  Compositor(Compositor&&) noexcept;
  Compositor& operator=(Compositor&&) noexcept;

  /// The picture for `now`, which must not go backwards. Tiles are those of `arrange`. A tile
  /// that was not there before appears softly (on the very first picture at once), one that is gone disappears softly,
  /// one whose rectangle changed moves there, all within Motion::kDuration.
  frame::Picture compose(std::span<const TileContent> tiles, Timestamp now);

  /// Work done so far, in units that a caller with a clock can turn into a price.
  struct Stats {
    uint64_t pictures = 0;       ///< calls of compose
    uint64_t repeated = 0;       ///< of these, where nothing had changed
    uint64_t repainted = 0;      ///< of these, where the whole picture was painted (moves)
    uint64_t tiles_painted = 0;  ///< scaled and drawn anew
    uint64_t tiles_copied = 0;   ///< taken from the last picture, as it is
    uint64_t tiles_kept = 0;     ///< were on the canvas already
    uint64_t pixels_scaled = 0;  ///< luma pixels written by scaling
    uint64_t pixels_blended = 0;
    uint64_t drawings = 0;  ///< labels and avatars laid out by Pango
    TimeDelta scaling;      ///< CPU time of bringing sources to their tiles' sizes; zero without a clock
  };
  const Stats& stats() const;

 private:
  class Painter;
  std::unique_ptr<Painter> painter_;
};

}  // namespace parley::media
