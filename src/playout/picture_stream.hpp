#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/time.hpp"
#include "frame/encoded.hpp"
#include "playout/capture_clock.hpp"
#include "playout/delay_estimator.hpp"
#include "playout/picture_assembler.hpp"
#include "rtp/codec.hpp"
#include "rtp/packet.hpp"
#include "rtp/rtcp/rtcp.hpp"

namespace parley::playout {

/// One received video stream: packets in, pictures out that can be decoded one after another, with the times at which
/// they were captured. Core of one thread.
///
/// Use: `receive` each packet of the stream (retransmitted ones under their original number; empty ones too, as they
/// take numbers), `receive_report` each sender report; afterwards, and at `next_deadline`, `next` until there is
/// nothing, and a PLI if `take_key_frame_wish` says so.
class PictureStream {
 public:
  struct Options {
    PictureAssembler::Options assembly;
    /// Wishes for a key frame are repeated this often; encoders take some time, and SFUs limit them anyway.
    TimeDelta key_frame_interval = TimeDelta::millis(500);
  };
  /// Pictures that wait for their time or for the caller: two seconds of 60 a second. Beyond this they are thrown away
  /// up to a key frame.
  static constexpr size_t kMaxWaiting = 120;
  static constexpr size_t kMaxWaitingBytes = 16 << 20;
  /// Seconds of delay help nobody; what comes later than this is shown late.
  static constexpr TimeDelta kMaxDelay = TimeDelta::millis(1000);

  PictureStream() : PictureStream(Options()) {}
  explicit PictureStream(const Options& options) : options_(options), assembler_(options.assembly) {}

  void receive(const rtp::PacketView& packet, rtp::Codec codec, Timestamp now);
  /// Of a sender report for the stream; the CaptureClock has to be told too.
  void receive_report(rtp::rtcp::NtpTime ntp, uint32_t rtp_timestamp) { clock_.receive_report(ntp, rtp_timestamp); }

  /// Without a delay pictures are handed out as soon as they are complete; with one, that long after they were
  /// captured.
  void set_delay(std::optional<TimeDelta> after_capture) { delay_ = after_capture; }
  /// The delay after capture with which nearly every picture would be in time. Zero before anything came.
  TimeDelta wanted_delay(const CaptureClock& clock) const;

  std::optional<frame::EncodedPicture> next(const CaptureClock& clock, Timestamp now);
  Timestamp next_deadline(const CaptureClock& clock) const;
  /// True when the sender is to be asked for a key frame now; it counts as done.
  bool take_key_frame_wish(Timestamp now);

  /// Whatever is received from now on is another stream.
  void restart();

  const StreamClock& clock() const { return clock_; }
  struct Stats {
    PictureAssembler::Stats assembly;
    uint64_t key_frame_wishes = 0;
    uint64_t thrown_away = 0;  ///< pictures that waited too long to be taken
  };
  Stats stats() const;

 private:
  void collect(Timestamp now);
  void throw_away();

  Options options_;
  PictureAssembler assembler_;
  StreamClock clock_{90000};
  DelayEstimator lateness_{{.quantile = 0.97, .margin = TimeDelta::millis(10)}};
  std::optional<TimeDelta> delay_;
  std::deque<frame::EncodedPicture> waiting_;
  size_t waiting_bytes_ = 0;
  Timestamp wish_not_before_;
  uint64_t wishes_ = 0;
  uint64_t thrown_away_ = 0;
};

}  // namespace parley::playout
