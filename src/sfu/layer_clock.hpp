#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "rtp/rtcp/rtcp.hpp"

namespace parley::sfu {

/// Turns the NTP times of one publisher's sender reports into server time. One for a publisher connection, so that its
/// audio and video keep the distance that the publisher gave them, and all seats of a receiver are on one clock.
///
/// The first report fixes the offset (arrival minus NTP, so it holds the one-way delay, the same for all tracks of the
/// connection). It stays until a report disagrees by more than `kMaxDrift`, which only a stepped or drifting clock
/// does: following every report would carry the jitter of the network into lip sync.
class PublisherClock {
 public:
  /// Beyond this people notice that sound and picture part (ITU-R BT.1359: 185 ms), and no healthy path jitters as
  /// much.
  static constexpr TimeDelta kMaxDrift = TimeDelta::millis(200);

  /// Server time at which the instant `ntp` of the publisher lies. `arrival`: when its report came.
  Timestamp to_server(rtp::rtcp::NtpTime ntp, Timestamp arrival);

 private:
  std::optional<TimeDelta> offset_;
};

/// One point that is both an RTP timestamp of a layer and a server time, from the last sender report.
struct LayerClock {
  uint32_t rtp_timestamp = 0;
  Timestamp captured;

  /// The timestamp that `other`, of another layer, gives to the instant that `timestamp` is here. Exact both ways, so
  /// that going to and fro adds up to nothing.
  uint32_t translate(uint32_t timestamp, const LayerClock& other, uint32_t clock_rate) const;
  uint32_t rtp_time(Timestamp time, uint32_t clock_rate) const;
};

}  // namespace parley::sfu
