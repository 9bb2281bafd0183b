#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/fixed_vector.hpp"
#include "base/sequence.hpp"
#include "base/time.hpp"

namespace parley::transport {

/// Which packets of one incoming stream are missing, and when to ask for them (RFC 4585 section 6.2.1). Packets are
/// asked for after a short wait for reordering, then once a round trip until they come or are given up.
class NackTracker {
 public:
  /// A second of a 4.5 Mbit/s stream at 1100 bytes a packet: whoever misses more needs a key frame, not repair.
  static constexpr size_t kMaxMissing = 512;
  /// Asked for when this far behind the newest, or after this much time. Wi-Fi retries reorder by a few milliseconds.
  static constexpr int kReorderPackets = 2;
  static constexpr TimeDelta kReorderWait = TimeDelta::millis(20);
  /// With a 50 ms round trip these are worth half a second of tries; after 10 losses in a row the path is down.
  static constexpr uint8_t kMaxTries = 10;
  /// Receivers' jitter buffers have moved on by then.
  static constexpr TimeDelta kMaxAge = TimeDelta::seconds(1);
  static constexpr TimeDelta kMinRepeat = TimeDelta::millis(20);
  static constexpr TimeDelta kUnknownRtt = TimeDelta::millis(100);

  using Losses = FixedVector<uint16_t, 256>;  ///< what one Generic NACK holds

  struct Stats {
    uint64_t requested = 0;  ///< sequence numbers asked for, repeats included
    uint64_t recovered = 0;  ///< came after having been asked for
    uint64_t given_up = 0;
  };

  /// A packet came on the stream itself.
  void receive(uint16_t sequence_number, Timestamp now);
  /// A packet was restored from a retransmission. If it had been asked for once only, the time since is a round trip.
  std::optional<TimeDelta> receive_repair(uint16_t sequence_number, Timestamp now);
  /// Appends what is to be asked for now, oldest first, as far as `losses` has room; the rest stays due.
  void collect(Timestamp now, TimeDelta rtt, Losses& losses);
  /// When `collect` may next have something; never if nothing is missing.
  Timestamp next_deadline() const { return next_due_; }
  /// True once after packets were given up: what was in them can only be repaired by a key frame.
  bool take_given_up();
  /// The stream begins anew, with other sequence numbers: nothing is missing.
  void restart();

  size_t missing() const { return missing_.size(); }
  const Stats& stats() const { return stats_; }

 private:
  struct Missing {
    int64_t sequence_number;
    Timestamp noticed;
    Timestamp due;
    Timestamp asked;
    uint8_t tries;
  };

  void note_gap(int64_t first, int64_t last, Timestamp now);
  /// The entry that the packet fills, as it was; empty if it was not missing.
  std::optional<Missing> take(int64_t sequence_number);
  void hurry_reordered(Timestamp now);

  Unwrapper<uint16_t> unwrapper_;
  std::vector<Missing> missing_;  // ascending, at most kMaxMissing
  Timestamp next_due_ = Timestamp::never();
  bool given_up_ = false;
  Stats stats_;
};

}  // namespace parley::transport
