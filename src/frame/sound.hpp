#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace parley::frame {

/// All sound inside Parley is 48 kHz, as Opus is.
inline constexpr int kSampleRate = 48000;

constexpr TimeDelta duration_of(int64_t samples) { return TimeDelta::micros(samples * 1'000'000 / kSampleRate); }

/// A stretch of sound: signed 16 bits, 48 kHz, channels interleaved (1 or 2 of them).
struct Sound {
  int channels = 1;
  std::vector<int16_t> samples;

  size_t frames() const { return samples.size() / static_cast<size_t>(channels); }
  TimeDelta duration() const { return duration_of(static_cast<int64_t>(frames())); }
};

}  // namespace parley::frame
