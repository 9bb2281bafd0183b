#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/time.hpp"
#include "frame/sound.hpp"

namespace parley::media {

/// How long after an instant its picture and sound are composed. A lost packet is noticed after about 30 ms, asked for
/// and repeated within a round trip (200 ms between continents), decoded in some more: what comes within 300 ms is
/// there in time. Longer would save little and hold up live streams, whose whole way has to stay below a second.
inline constexpr TimeDelta kPlayoutDelay = TimeDelta::millis(300);

/// One picture of the output and the sound that goes with it.
struct Tick {
  int64_t index = 0;              ///< counts from 0; its time in the output is exactly index / frame rate seconds
  Timestamp captured;             ///< the instant of the meeting that it shows
  Timestamp due;                  ///< when it is composed
  int sound_frames = 0;           ///< of 48 kHz, 1600 or 1920: exactly one picture's length
  int64_t first_sound_frame = 0;  ///< index * sound_frames: where they stand in the output
  bool after_cut = false;         ///< the first after a pause: `captured` does not follow on the last tick's
};

/// The clock of one output: which picture is due when, and what it shows. Frames come at an exact rate whatever the
/// inputs do. A pause takes the time out: the output goes on without a gap.
///
/// Times are on one clock: captured + delay = due. Nothing is added up, so nothing drifts: the n-th tick after a start
/// or resume shows that instant + n / rate, rounded to the microsecond once.
class Timeline {
 public:
  /// `frame_rate` has to divide 48000: 25 and 30 do.
  explicit Timeline(int frame_rate, TimeDelta delay = kPlayoutDelay);

  /// Begins, or goes on after a pause, with what happens in the meeting from `at` on. No effect while running or
  /// stopped.
  void start(Timestamp at);
  /// What happens from `at` on is left out. What happened before it still comes, as it becomes due.
  void pause(Timestamp at);
  /// As pause, for good.
  void stop(Timestamp at);

  /// The next tick, if it is due. To be called until it gives nothing; a caller who is late gets all that it missed,
  /// and may encode its last picture again for them (`due` tells how late it is).
  std::optional<Tick> next(Timestamp now);
  /// When `next` has something: never while paused and all done.
  Timestamp deadline() const;

  bool running() const { return running_; }
  /// Stopped, and the last tick has been given.
  bool finished() const { return stopped_ && runs_.empty(); }
  /// Ticks given so far; the length of the output is this by the frame rate.
  int64_t ticks() const { return next_index_; }
  int frame_rate() const { return frame_rate_; }

 private:
  /// A stretch without a pause.
  struct Run {
    Timestamp begin;
    std::optional<int64_t> ticks;  ///< once it has an end
  };
  Timestamp captured(const Run& run, int64_t tick) const;
  void end_run(Timestamp at);

  int frame_rate_;
  TimeDelta delay_;
  bool running_ = false;
  bool stopped_ = false;
  /// The current run and those before it that still have ticks to give. Each of them is at least a tick long, and all
  /// but the last are over: so there are never more than delay * rate, unless nobody asks.
  std::deque<Run> runs_;
  int64_t given_ = 0;  ///< ticks of the first run
  int64_t next_index_ = 0;
};

}  // namespace parley::media
