#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "base/time.hpp"
#include "playout/capture_clock.hpp"
#include "playout/seat_playout.hpp"
#include "rtp/packet.hpp"
#include "synthetic_frame.hpp"
#include "transport/media.hpp"

namespace parley::sim {

/// What a client gets of one seat through playout: checks that every picture is byte for byte one that was sent, comes
/// behind the one that it depends on, and how right its time of capture is.
class SeatSink {
 public:
  explicit SeatSink(playout::Delivery delivery) : playout_({.delivery = delivery, .picture = {}, .sound = {}}) {}

  void receive(const rtp::PacketView& packet, rtp::Codec codec, Timestamp now);
  void receive_report(rtp::MediaKind kind, const transport::SourceReport& report, Timestamp now);
  void on_tick(Timestamp now);
  bool take_key_frame_wish(Timestamp now) { return playout_.take_key_frame_wish(now); }

  /// How much later than they were captured things are said to have been, and when they were handed out.
  struct Times {
    TimeDelta least_error = TimeDelta::infinite();
    TimeDelta most_error = -TimeDelta::infinite();
    TimeDelta most_delay;  ///< from the true capture until they were handed out
    void add(Timestamp claimed, Timestamp truth, Timestamp now);
  };
  struct Stats {
    uint64_t pictures = 0;
    uint64_t key_frames = 0;
    uint64_t undecodable = 0;  ///< handed out although what they depend on was not
    uint64_t corrupt = 0;      ///< not as sent
    uint64_t sounds = 0;
    uint64_t sounds_lost = 0;
    uint64_t pauses = 0;
    uint64_t source_changes = 0;
    uint64_t layer_changes = 0;
    std::optional<FrameStamp> last;  ///< picture
    TimeDelta longest_freeze;
    Timestamp first_picture = Timestamp::never();
    Times picture_times;
    Times sound_times;
  };
  const Stats& stats() const { return stats_; }
  /// From here on times are measured: the clocks have settled.
  void measure_anew() { stats_.picture_times = stats_.sound_times = {}; }
  playout::SeatPlayout& playout() { return playout_; }

 private:
  void take(const frame::EncodedPicture& picture, Timestamp now);
  void take(const playout::SoundPiece& piece, Timestamp now);

  playout::SeatPlayout playout_;
  playout::CaptureClock clock_;
  std::set<uint32_t> decoded_;  // frames of this source and layer
  Timestamp last_picture_at_;
  Stats stats_;
};

}  // namespace parley::sim
