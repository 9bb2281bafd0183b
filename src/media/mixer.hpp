#pragma once

#include <cstdint>
#include <map>

#include "base/id.hpp"
#include "base/time.hpp"
#include "frame/sound.hpp"
#include "media/limiter.hpp"
#include "media/sound_queue.hpp"

namespace parley::media {

/// Names one source of sound: a participant's microphone, the sound of a shared screen.
using SoundId = StrongString<struct SoundIdTag>;

/// Mixes sources into one stereo signal of 48 kHz, by the time at which they were captured. Levels stay as they came;
/// only where the sum would clip is it turned down, smoothly, for all sources alike. One thread.
///
/// To mix [t, t + d), sources must have arrived up to t + d + kLookAhead; what comes later is lost (SoundQueue says how
/// gaps, overlaps and drifting clocks are dealt with).
class Mixer {
 public:
  static constexpr TimeDelta kLookAhead = frame::duration_of(Limiter::kLookAhead);
  /// Sources at once. A participant has two; only rooms of hundreds who all speak come near.
  static constexpr size_t kMaxSources = 512;

  /// Sound that was captured at `captured_at` (its first sample). A new id begins a source; false: there are too many.
  bool add(const SoundId& id, const frame::Sound& sound, Timestamp captured_at);
  /// Ends a source; what it has queued still plays.
  void remove(const SoundId& id);

  /// The `frames` frames from `from` on. Normally `from` is where the last call ended (within a millisecond: then the
  /// output goes on without a seam). After a pause it is somewhere else: the sound fades over from one place to the
  /// other.
  frame::Sound mix(Timestamp from, int frames);

  struct Stats {
    SoundQueue::Stats sources;  ///< of all sources together, those of the past too
    uint64_t limited_frames = 0;
    uint64_t jumps = 0;
    uint64_t refused = 0;  ///< blocks of sources beyond kMaxSources
  };
  Stats stats() const;

 private:
  struct Source {
    SoundQueue queue;
    bool ending = false;
  };

  void jump(int64_t position);
  std::vector<float> mix_sources(int64_t from, int frames);

  std::map<SoundId, Source> sources_;
  Limiter limiter_;
  bool started_ = false;
  int64_t next_ = 0;  ///< the sample that the next call begins with
  SoundQueue::Stats past_;
  uint64_t jumps_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace parley::media
