#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "playout/capture_clock.hpp"
#include "playout/delay_estimator.hpp"
#include "playout/picture_stream.hpp"
#include "playout/sound_stream.hpp"
#include "rtp/codec.hpp"
#include "rtp/packet.hpp"
#include "rtp/rtcp/rtcp.hpp"

namespace parley::playout {

enum class Delivery : uint8_t {
  AsSoonAsComplete,  ///< in order, as soon as it is there: for recorders, which place things by `captured_at`
  Paced,             ///< when it is to be seen and heard, sound and picture together: for players
};

/// What is received on one seat: sound and picture of one participant (or of its share), either of which may be absent.
/// Keeps the two together. Core of one thread.
///
/// One CaptureClock serves all seats of a connection. Use: `receive` and `receive_report` whatever comes on the seat's
/// lines; afterwards, and at `next_deadline`, call `next_picture` and `next_sound` until there is nothing, and send a
/// PLI for the video line if `take_key_frame_wish`.
class SeatPlayout {
 public:
  struct Options {
    Delivery delivery = Delivery::AsSoonAsComplete;
    PictureStream::Options picture;
    SoundStream::Options sound;
  };
  /// Sound is held back at most this long for a picture that comes later; beyond it conversation suffers more than lip
  /// sync does (ITU-T G.114), and the picture lags.
  static constexpr TimeDelta kMaxSoundHold = TimeDelta::millis(150);

  /// How long a player goes on waiting for a lost packet when a key frame has come that needs nothing before it: two
  /// round trips of an ordinary path, after which a retransmission that came through would be here.
  static constexpr TimeDelta kPlayerWaitBeforeKeyFrame = TimeDelta::millis(200);

  explicit SeatPlayout(const Options& options);

  /// A packet of the seat's audio or video line, by its codec.
  void receive(const rtp::PacketView& packet, rtp::Codec codec, Timestamp now);
  /// A sender report for the seat's audio or video stream.
  void receive_report(rtp::MediaKind kind, rtp::rtcp::NtpTime ntp, uint32_t rtp_timestamp, CaptureClock& clock,
                      Timestamp now);

  std::optional<frame::EncodedPicture> next_picture(const CaptureClock& clock, Timestamp now);
  std::optional<SoundPiece> next_sound(const CaptureClock& clock, Timestamp now);
  Timestamp next_deadline(const CaptureClock& clock) const;
  bool take_key_frame_wish(Timestamp now) { return picture_.take_key_frame_wish(now); }
  /// Another participant sits here now.
  void restart();

  PictureStream& picture() { return picture_; }
  SoundStream& sound() { return sound_; }
  struct Delays {
    TimeDelta sound;  ///< after capture; of Paced delivery
    TimeDelta picture;
  };
  const Delays& delays() const { return delays_; }

 private:
  void adapt(const CaptureClock& clock, Timestamp now);

  Options options_;
  PictureStream picture_;
  SoundStream sound_;
  SmoothDelay sound_delay_;
  SmoothDelay picture_delay_;
  Delays delays_;
};

}  // namespace parley::playout
