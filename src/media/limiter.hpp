#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace parley::media {

/// Keeps stereo sound below a ceiling without distorting it: it looks ahead, turns the level down before a peak arrives
/// and up again slowly. What stays below the ceiling passes bit by bit as it is. Output lags by kLookAhead frames.
class Limiter {
 public:
  /// 5 ms at 48 kHz: long against the period of a voice's overtones, short against what an ear takes for a change.
  static constexpr size_t kLookAhead = 240;
  /// -0.3 dB of full scale: what comes out of AAC again overshoots its input a little.
  static constexpr float kCeiling = 0.966F;

  Limiter();
  /// Takes interleaved frames and gives as many, from kLookAhead frames ago. Full scale is 1.
  void process(std::span<const float> in, std::span<float> out);
  /// What went in and has not come out yet: kLookAhead frames, interleaved, at their own level.
  std::vector<float> pending() const;

  uint64_t limited_frames() const { return limited_frames_; }

 private:
  float next_gain(float peak);

  struct Valley {
    uint64_t frame;
    float gain;
  };
  std::vector<float> delayed_;     ///< ring of kLookAhead frames
  std::vector<double> smoothing_;  ///< ring of the last kLookAhead gains, whose mean is applied
  double smoothing_sum_;
  std::deque<Valley> valleys_;  ///< rising gains, the first of which is the least in the window
  double released_ = 1;         ///< as double, or the last steps of the way back would be rounded away
  uint64_t frame_ = 0;
  uint64_t limited_frames_ = 0;
};

}  // namespace parley::media
