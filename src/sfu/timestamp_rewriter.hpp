#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "sfu/layer_clock.hpp"

namespace parley::sfu {

/// Keeps the timestamps of one line continuous over layers and sources. Every layer of a browser's simulcast starts at
/// a random timestamp; their sender reports say which instants are the same.
class TimestampRewriter {
 public:
  /// A computed timestamp that is further than this from what the time of arrival says is not believed (bad reports).
  static constexpr TimeDelta kMaxDisagreement = TimeDelta::seconds(1);

  TimestampRewriter(uint32_t first, uint32_t clock_rate) : newest_(first), clock_rate_(clock_rate) {}

  /// A packet of another source begins a run: it is as much later than the last one sent as the clock says.
  void begin_source(int64_t timestamp, Timestamp now);
  /// A packet of another layer of the same source begins a run. Both clocks known: placed by capture time; else by
  /// arrival.
  void begin_layer(int64_t timestamp, const std::optional<LayerClock>& from, const std::optional<LayerClock>& to,
                   Timestamp now);
  /// The same layer goes on after a pause.
  void resume(int64_t timestamp, Timestamp now);

  /// Output for a packet of the current run.
  uint32_t rewrite(int64_t timestamp, Timestamp now);
  /// What is added to timestamps of the current run.
  int64_t offset() const { return offset_; }

 private:
  int64_t by_arrival(Timestamp now) const;
  bool believable(int64_t output, int64_t expected) const;
  void set_offset(int64_t timestamp, int64_t output);

  int64_t offset_ = 0;       // used: never lets a run begin before the last one ended
  int64_t true_offset_ = 0;  // by the clocks, so that such corrections do not add up
  int64_t newest_;           // output
  Timestamp newest_at_ = Timestamp::never();
  uint32_t clock_rate_;
};

}  // namespace parley::sfu
