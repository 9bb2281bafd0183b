#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "options.hpp"

namespace parley::load {

/// Durations in steps of 0.1 ms up to 2 s, and what is longer together: exact enough for percentiles, and a few
/// kilobytes however many there are.
class Histogram {
 public:
  static constexpr TimeDelta kStep = TimeDelta::micros(100);
  static constexpr size_t kSteps = 20'000;

  void add(TimeDelta value);
  void merge(const Histogram& other);
  uint64_t count() const { return count_; }
  /// In milliseconds; `share` 0-1. 0 for none.
  double percentile(double share) const;

 private:
  std::vector<uint32_t> counts_ = std::vector<uint32_t>(kSteps + 1);
  uint64_t count_ = 0;
};

/// What one thread's clients saw.
struct Tally {
  Histogram joined;         ///< from the WebSocket's first byte to media that can flow
  Histogram first_picture;  ///< from there to the first frame of each publisher
  Histogram audio_latency;  ///< from the call that sends a packet to its arrival, by abs-capture-time
  Histogram video_latency;
  int clients = 0;
  int connected = 0;
  std::map<std::string, int> failures;  ///< by reason

  // During the measurement.
  uint64_t packets_sent = 0;
  uint64_t packets_received = 0;
  uint64_t bytes_received = 0;  ///< RTP, without UDP and IP
  uint64_t packets_expected = 0;
  uint64_t packets_lost = 0;
  uint64_t packets_repaired = 0;
  uint64_t frames = 0;
  uint64_t freezes = 0;
  TimeDelta frozen = TimeDelta::zero();
  TimeDelta watched = TimeDelta::zero();  ///< summed over all pictures

  void merge(const Tally& other);
};

/// What the whole run shows. `server_cpu`: seconds of CPU that the server took during the measurement, negative if it
/// was not looked at; `own_cpu` likewise ours.
struct Figures {
  Options options;
  Tally tally;
  double server_cpu = -1;
  double own_cpu = 0;
};
std::string to_text(const Figures& figures);
std::string to_json(const Figures& figures);

}  // namespace parley::load
