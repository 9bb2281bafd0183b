#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/fixed_vector.hpp"
#include "base/sequence.hpp"
#include "base/time.hpp"

namespace parley::cc {

/// One feedback message as plain values; the engine makes an rtcp::TransportFeedback of it.
struct ArrivalFeedback {
  static constexpr size_t kMaxPackets = 512;
  static constexpr int32_t kLost = INT32_MIN;
  uint16_t base_sequence = 0;
  uint8_t feedback_count = 0;
  int32_t reference_time_64ms = 0;             ///< 24 bits signed, multiples of 64 ms
  FixedVector<int32_t, kMaxPackets> arrivals;  ///< microseconds after the reference time (multiples of 250), or kLost
};

/// Remembers when packets with transport-wide sequence numbers arrived from one peer, and says so in feedback messages
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01), by which the peer's estimator finds its sending rate.
class ArrivalRecorder {
 public:
  /// libwebrtc's receivers report every 50-250 ms; more often makes the publisher's estimate rise sooner for 0.1 % of
  /// rate.
  static constexpr TimeDelta kInterval = TimeDelta::millis(50);
  /// Numbers kept: at 50 ms a message, 10 Mbit/s is 57 packets; a burst or a gap has room.
  static constexpr size_t kWindow = 512;

  void on_packet(uint16_t transport_sequence, Timestamp now);
  /// A message if it is time and there is anything new, or the window is full; may be asked repeatedly until empty.
  std::optional<ArrivalFeedback> take(Timestamp now);
  Timestamp next_deadline() const;

  struct Stats {
    uint64_t packets = 0;
    uint64_t duplicates = 0;
    uint64_t too_old = 0;  ///< arrived after its number had been reported and forgotten
    uint64_t skipped = 0;  ///< numbers never reported because the sender jumped ahead
  };
  const Stats& stats() const { return stats_; }

 private:
  static constexpr int64_t kNotArrived = INT64_MIN;
  int64_t& arrival(int64_t sequence) { return arrivals_[static_cast<uint64_t>(sequence) % kWindow]; }
  void make_room(int64_t sequence);

  std::array<int64_t, kWindow> arrivals_{};  // us, kNotArrived
  Unwrapper<uint16_t> sequence_;
  int64_t begin_ = 0;  // oldest number of the window
  int64_t next_ = 0;   // first to report
  int64_t end_ = 0;    // newest + 1
  bool started_ = false;
  uint8_t feedback_count_ = 0;
  Timestamp pending_since_ = Timestamp::never();
  Stats stats_;
};

}  // namespace parley::cc
