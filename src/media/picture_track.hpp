#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/time.hpp"
#include "frame/picture.hpp"

namespace parley::media {

/// The pictures of one incoming video, and which of them is to be seen at an instant: the last one captured before it,
/// to the nearest tick. While the stream stalls its last picture stays; after the holding time there is none, and an
/// avatar takes its place until the stream goes on.
class PictureTrack {
 public:
  /// A stall that anybody would still take for a stutter. A camera that is really off tells so (`clear`); this is for
  /// those who vanish, and whom the room holds for a while.
  static constexpr TimeDelta kHoldCamera = TimeDelta::seconds(3);
  /// A screen on which nothing moves sends a picture a second or fewer, and a frozen one can still be read.
  static constexpr TimeDelta kHoldScreen = TimeDelta::seconds(15);
  /// Half a second of 60 a second, more than the playout delay holds back.
  static constexpr size_t kMaxQueued = 32;

  struct Shown {
    frame::Picture picture;
    frame::Rotation rotation = frame::Rotation::None;
    Timestamp captured_at;
  };
  struct Stats {
    uint64_t pictures = 0;
    uint64_t shown = 0;    ///< that were the current one at some tick
    uint64_t skipped = 0;  ///< replaced before any tick (faster than the output)
    uint64_t late = 0;     ///< arrived after the tick at which they should have been seen first
    uint64_t dropped = 0;  ///< beyond kMaxQueued
    uint64_t stalls = 0;   ///< times that the holding time passed
  };

  explicit PictureTrack(TimeDelta hold = kHoldCamera) : hold_(hold) {}

  /// The next picture in order. If it was captured before others that wait (its clock was set right), these are
  /// dropped.
  void add(frame::Picture picture, frame::Rotation rotation, Timestamp captured_at);
  /// The camera went off: there is no picture until another one is added.
  void clear();

  /// What is to be seen at a tick that shows `instant` and lasts `length`, or nothing. A picture is first seen at the
  /// tick that is nearest to its capture: so it is at most half a tick early or late against the sound, whose place is
  /// exact. Instants only grow.
  std::optional<Shown> at(Timestamp instant, TimeDelta length);

  const Stats& stats() const { return stats_; }

 private:
  TimeDelta hold_;
  std::deque<Shown> queue_;
  std::optional<Shown> current_;
  Timestamp seen_until_;  ///< pictures captured before this should have been seen
  bool stalled_ = false;
  Stats stats_;
};

}  // namespace parley::media
