#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "frame/sound.hpp"

namespace parley::media {

/// The sound of one source on the common timeline, which counts samples of 48 kHz. Blocks come with the position that
/// their capture time says; the queue makes of them what can be heard without clicks:
///
/// - Blocks that follow one another within kSnap are joined seamlessly. If the capture clock runs away from the
/// samples,
///   they are stretched or squeezed by at most half a percent until both agree again.
/// - Bigger differences are real: a gap becomes silence, an overlap is cut (what came first stays).
/// - What comes after its time is dropped; a block that comes late but in time fills its gap.
/// - Edges at silence are faded over kFade.
class SoundQueue {
 public:
  /// 8 ms. Less than a block (10 ms or more), so that a lost block is never taken for a shifted clock.
  static constexpr int64_t kSnap = 384;
  /// 2.5 ms.
  static constexpr int64_t kFade = 120;
  /// Half a millisecond of difference is left alone.
  static constexpr int64_t kDriftIgnored = 24;
  /// 10 s ahead of what is being read: more can only be a wrong clock.
  static constexpr int64_t kHorizon = 480'000;
  /// Blocks at once: 10 s of the shortest that Opus has (2.5 ms).
  static constexpr size_t kMaxBlocks = 4000;

  struct Stats {
    uint64_t blocks = 0;
    uint64_t late = 0;       ///< dropped, whole or in part, because their time had been mixed already
    uint64_t overlaps = 0;   ///< dropped, whole or in part, because other sound was there first
    uint64_t gaps = 0;       ///< silences between blocks
    uint64_t too_early = 0;  ///< dropped beyond kHorizon or kMaxBlocks
    uint64_t stretched = 0;  ///< blocks that were made longer or shorter against drift
  };

  void add(const frame::Sound& sound, int64_t position);
  /// Adds what there is from position `from` on to `stereo` (interleaved). Positions only grow.
  void mix_into(std::span<float> stereo, int64_t from);
  /// Whether nothing is left to be read.
  bool empty() const { return blocks_.empty(); }
  const Stats& stats() const { return stats_; }

 private:
  struct Block {
    int64_t start = 0;
    std::vector<float> samples;  ///< interleaved stereo
    bool joined_before = false;  ///< the block before ends where this one begins, and goes on in it
    bool joined_after = false;
    int64_t frames() const { return static_cast<int64_t>(samples.size() / 2); }
    int64_t end() const { return start + frames(); }
  };

  bool append(std::vector<float>& samples, int64_t position);
  void insert(std::vector<float> samples, int64_t position);
  int64_t correction(int64_t error, int64_t frames);

  std::deque<Block> blocks_;  ///< in order, without overlap
  int64_t read_ = INT64_MIN;  ///< all before has been mixed
  double drift_ = 0;          ///< smoothed: how much later the clock says than the samples
  Stats stats_;
};

}  // namespace parley::media
