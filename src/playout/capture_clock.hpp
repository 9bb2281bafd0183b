#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "rtp/rtcp/rtcp.hpp"

namespace parley::playout {

/// The least of the values of the last while, in slots of time.
class RecentLeast {
 public:
  /// The window is eight slots and what has passed of the current one.
  explicit RecentLeast(TimeDelta slot) : slot_(slot) {}
  void add(TimeDelta value, Timestamp now);
  std::optional<TimeDelta> least() const;
  void clear();

 private:
  static constexpr size_t kSlots = 9;
  TimeDelta slot_;
  Timestamp slot_began_;
  size_t current_ = 0;
  std::array<std::optional<TimeDelta>, kSlots> values_{};
};

/// The clock in the sender reports of one peer, as this process's clock. One for all streams that a peer sends (an SFU
/// puts all its reports on one clock of its own), so that what it was wrong by, it is for all of them alike.
///
/// A report came at least the network's delay after its instant; the one that was least delayed within the last minute
/// counts. So captured times are late by the shortest one-way delay, which nobody can measure.
class CaptureClock {
 public:
  /// Changes of the estimate are followed this fast, 10 times what a bad quartz drifts: no step can be heard.
  static constexpr double kSlew = 0.001;
  /// More than this is a clock that was set: followed at once.
  static constexpr TimeDelta kStep = TimeDelta::millis(250);
  /// All reports of this long are beyond `kStep`: their clock was set back, no queue lasts that long.
  static constexpr TimeDelta kStepPatience = TimeDelta::seconds(5);

  void receive_report(rtp::rtcp::NtpTime ntp, Timestamp arrival);
  /// Reports have come.
  bool known() const { return offset_.has_value(); }
  /// Only if `known()`.
  Timestamp to_local(rtp::rtcp::NtpTime ntp) const;

 private:
  void follow(TimeDelta target, Timestamp now);

  RecentLeast least_{TimeDelta::seconds(8)};
  std::optional<TimeDelta> offset_;
  Timestamp followed_at_;
  Timestamp beyond_since_ = Timestamp::never();
};

/// When the samples of one stream were captured, on this process's clock.
///
/// By the stream's sender reports once there is one. Before, and when the reports contradict the packets, by arrival:
/// the packet that was least delayed within the last while was captured when it came, and the others at their distance
/// in RTP time from it.
///
/// RTP time of sound stands still while its source makes none (a browser's audio graph in which nothing plays), and no
/// report tells before the next one, 5 s later. What follows would seem as late as the silence was long, and be lost.
/// So a sudden lateness that stays for `kPatience` is believed to be the source's. If the network held packets up, they
/// come all at once when it lets go, and are late no longer by then.
class StreamClock {
 public:
  /// Reports and arrivals that disagree by more than this: the source changed and its reports are still to come.
  static constexpr TimeDelta kMaxDisagreement = TimeDelta::seconds(1);
  /// A report that moves the clock less than this is noise or drift, and followed half of the way; a bigger move is
  /// another source on the line, or one that had stood still.
  static constexpr TimeDelta kNoise = TimeDelta::millis(50);
  /// Sudden lateness of less is left to the network; a recorder has sound that is this late in time.
  static constexpr TimeDelta kStandstill = TimeDelta::millis(200);
  /// Three packets of 20 ms. What a recorder waits for anyway.
  static constexpr TimeDelta kPatience = TimeDelta::millis(60);

  enum class Source : uint8_t {
    Steady,  ///< its RTP time always runs: pictures
    Pauses,  ///< it may stand still: sound
  };

  explicit StreamClock(uint32_t clock_rate, Source source = Source::Steady)
      : clock_rate_(clock_rate), source_(source) {}

  void receive_report(rtp::rtcp::NtpTime ntp, uint32_t rtp_timestamp);
  void receive_packet(uint32_t rtp_timestamp, Timestamp arrival);
  /// Forgets everything: another source.
  void restart();
  /// Until when it is not known whether the newest packets are late or of a source that had stood still: times of
  /// capture may change until then. In the past if all is known.
  Timestamp undecided_until() const;

  /// RTP time as a span that never wraps, from a point of the stream's own.
  TimeDelta media_time(uint32_t rtp_timestamp) const;
  Timestamp captured_at(uint32_t rtp_timestamp, const CaptureClock& clock) const {
    return Timestamp::from_us(media_time(rtp_timestamp).us()) + offset(clock);
  }
  /// What is added to media times to get when they were captured. Zero before the first packet.
  TimeDelta offset(const CaptureClock& clock) const;
  /// The offset comes from reports.
  bool synchronised(const CaptureClock& clock) const;

 private:
  struct Report {
    TimeDelta media_time;
    int64_t ntp_us = 0;
  };
  int64_t ticks(uint32_t rtp_timestamp) const;
  std::optional<TimeDelta> by_report(const CaptureClock& clock) const;
  bool contradicted(TimeDelta report) const;
  void look_for_standstill(TimeDelta offset, Timestamp arrival);

  /// Packets that suddenly came later than those before.
  struct Lateness {
    TimeDelta before;  ///< offset of the last one that was not late
    TimeDelta least;   ///< offset since
    Timestamp since;
  };

  uint32_t clock_rate_;
  Source source_;
  std::optional<int64_t> newest_;  // ticks
  std::optional<Report> report_;
  RecentLeast by_arrival_{TimeDelta::seconds(2)};
  std::optional<TimeDelta> newest_offset_;
  std::optional<Lateness> late_;
  bool stood_still_ = false;  ///< since the report
};

}  // namespace parley::playout
