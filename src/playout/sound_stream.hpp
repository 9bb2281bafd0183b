#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "frame/encoded.hpp"
#include "playout/capture_clock.hpp"
#include "playout/delay_estimator.hpp"
#include "playout/sequence_run.hpp"
#include "rtp/packet.hpp"
#include "rtp/rtcp/rtcp.hpp"

namespace parley::playout {

/// What to play next: a packet, or for how long there is none and why.
struct SoundPiece {
  enum class Kind : uint8_t {
    Packet,  ///< `sound` is what to decode
    /// The packet for this stretch never came. `sound.data` is the one right behind it, if that is there: decode it for
    /// its forward error correction (RFC 6716 section 2.1.7); it comes again as Packet. Empty: conceal.
    Lost,
    /// Nothing was sent for this stretch: the sender paused in silence (DTX), was muted, or started anew. Silence or
    /// comfort noise fits; `sound` has no data.
    Pause,
  };
  Kind kind = Kind::Packet;
  frame::EncodedSound sound;
};

/// One received Opus stream: puts packets in order and says what is lost, so that the decoder can conceal. Pieces
/// follow one another without gap or overlap in RTP time, save where the sender's clock jumps back. Core of one thread,
/// used as PictureStream is.
class SoundStream {
 public:
  struct Options {
    /// For a missing packet, counted from when a later one came; with a delay, its own time to be played counts if that
    /// is sooner.
    /// Nobody retransmits sound, so only what overtakes on the way is worth waiting for. A recorder composes what was
    /// captured 300 ms ago: with 40 ms for packets and their sending, longer waits would make one loss many.
    TimeDelta longest_wait = TimeDelta::millis(100);
  };
  /// Ten seconds of 20 ms packets: more is not waited for.
  static constexpr size_t kMaxPackets = 512;
  /// An Opus packet of 120 ms at the highest rate (RFC 6716 section 3.4 R2: a frame has at most 1275 bytes).
  static constexpr size_t kMaxPacketSize = 6 * 1275 + 64;
  /// A loss longer than this is told as a pause: what would be concealed is noise by then.
  static constexpr TimeDelta kMaxConcealed = TimeDelta::millis(200);
  static constexpr TimeDelta kMaxDelay = TimeDelta::millis(1000);

  SoundStream() : SoundStream(Options()) {}
  explicit SoundStream(const Options& options) : options_(options) {}

  void receive(const rtp::PacketView& packet, Timestamp now);
  void receive_report(rtp::rtcp::NtpTime ntp, uint32_t rtp_timestamp) { clock_.receive_report(ntp, rtp_timestamp); }

  /// As PictureStream has them.
  void set_delay(std::optional<TimeDelta> after_capture) { delay_ = after_capture; }
  TimeDelta wanted_delay(const CaptureClock& clock) const;
  std::optional<SoundPiece> next(const CaptureClock& clock, Timestamp now);
  Timestamp next_deadline(const CaptureClock& clock) const;
  void restart();

  const StreamClock& clock() const { return clock_; }
  struct Stats {
    uint64_t packets = 0;  ///< handed out
    uint64_t lost = 0;     ///< told as lost
    uint64_t pauses = 0;
    uint64_t late = 0;  ///< came when their time was over
    uint64_t duplicates = 0;
    uint64_t malformed = 0;
    uint64_t overflows = 0;
    uint64_t restarts = 0;
  };
  const Stats& stats() const { return stats_; }

 private:
  struct Packet {
    uint32_t timestamp = 0;
    uint32_t samples = 0;  // 0: an empty packet that only takes its number
    Timestamp arrival;
    frame::Payload data;
  };
  /// Packets missing in front of the first one that is there.
  int64_t missing() const { return next_ ? packets_.begin()->first - *next_ : 0; }
  Timestamp due(const CaptureClock& clock) const;
  std::optional<SoundPiece> fill(const CaptureClock& clock);
  SoundPiece take_front(const CaptureClock& clock);
  SoundPiece piece(SoundPiece::Kind kind, uint32_t samples, const CaptureClock& clock, frame::Payload data);
  void drop_empty_packets();

  Options options_;
  SequenceRun run_;
  std::map<int64_t, Packet> packets_;
  std::optional<int64_t> next_;  // number of the next packet
  uint32_t next_timestamp_ = 0;  // where the last piece ended; if `next_`
  uint32_t last_samples_ = 960;  // of the last packet
  StreamClock clock_{48000, StreamClock::Source::Pauses};
  DelayEstimator lateness_{{.quantile = 0.97, .margin = TimeDelta::millis(10)}};
  std::optional<TimeDelta> delay_;
  Stats stats_;
};

}  // namespace parley::playout
