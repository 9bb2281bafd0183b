#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/time.hpp"
#include "engine/command.hpp"
#include "store/records.hpp"

namespace parley::server {

/// Mean opinion score, 1 to 4.5, of speech over a path: the E-model's default values (ITU-T G.107) with a delay
/// impairment from the round trip and a loss impairment as for a codec with concealment. `loss_robustness` is G.113's
/// Bpl: the loss in percent that costs half of the quality.
double opinion_score(TimeDelta rtt, double loss, double loss_robustness);

/// One participant's connection quality: what others see as bars, and the time series that REST gives. A core.
class QualityMeter {
 public:
  /// Long enough to make a database of it, short enough to see a bad minute.
  static constexpr TimeDelta kSampleInterval = TimeDelta::seconds(10);

  struct Reading {
    std::optional<uint32_t> changed;  ///< the new quality, 1 (bad) to 5 (good)
    std::optional<store::QualitySample>
        sample;  ///< at the end of an interval; `session` and `participant` are the caller's
  };
  Reading update(const engine::ConnectionReport& report, Timestamp now, UtcTime utc);

 private:
  struct Sum {
    int64_t bitrate_kbps = 0;
    double jitter_ms = 0;
    int64_t lines = 0;
    int64_t packets_lost = 0;
  };
  void add(const engine::ConnectionReport& report);
  store::QualitySample take_sample(UtcTime utc);

  double loss_ = 0;  // smoothed: one bad report must not make the bars flicker
  TimeDelta rtt_;
  uint32_t quality_ = 0;
  std::optional<Timestamp> interval_start_;
  int64_t reports_ = 0;
  Sum sums_[2][2];                           // [sending][video]
  std::map<uint8_t, uint64_t> lost_before_;  // by line
};

}  // namespace parley::server
