#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace parley::codec {

/// Which of VP8's reference buffers a picture reads and writes. The golden and the alternate one are two spare
/// buffers here; only the last one and the golden one are used.
struct TemporalStep {
  uint8_t layer = 0;
  bool reads_golden = false;  ///< the last one is always read
  bool writes_last = false;
  bool writes_golden = false;
};

/// The order in which layers follow one another: halves of the rate at each step down. The lowest layer reads only
/// itself; each start of the middle one reads only the lowest, so that a receiver can climb at any of them; the topmost
/// is read by nobody, so that any picture of it can be left out. Bit shares are what WebRTC gives VP8's layers.
struct TemporalPattern {
  size_t period = 1;
  std::array<TemporalStep, 4> steps{};
  std::array<int, 3> cumulative_percent{100, 100, 100};
  std::array<int, 3> rate_divisor{1, 1, 1};
};

inline constexpr TemporalPattern kOneLayer{};

inline constexpr TemporalPattern kTwoLayers{
    .period = 2,
    .steps = {{{.layer = 0, .writes_last = true}, {.layer = 1}}},
    .cumulative_percent = {60, 100, 100},
    .rate_divisor = {2, 1, 1},
};

inline constexpr TemporalPattern kThreeLayers{
    .period = 4,
    .steps = {{{.layer = 0, .writes_last = true},
               {.layer = 2},
               {.layer = 1, .writes_golden = true},
               {.layer = 2, .reads_golden = true}}},
    .cumulative_percent = {40, 60, 100},
    .rate_divisor = {4, 2, 1},
};

constexpr const TemporalPattern& temporal_pattern(int layers) {
  return layers == 3 ? kThreeLayers : layers == 2 ? kTwoLayers : kOneLayer;
}

}  // namespace parley::codec
