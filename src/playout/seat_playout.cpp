#include "playout/seat_playout.hpp"

#include <algorithm>

namespace parley::playout {
namespace {

PictureStream::Options picture_options(const SeatPlayout::Options& options) {
  PictureStream::Options picture = options.picture;
  if (options.delivery == Delivery::Paced) {
    TimeDelta& wait = picture.assembly.wait_before_key_frame;
    wait = std::min(wait, SeatPlayout::kPlayerWaitBeforeKeyFrame);
  }
  return picture;
}

}  // namespace

SeatPlayout::SeatPlayout(const Options& options)
    : options_(options), picture_(picture_options(options)), sound_(options.sound) {}

void SeatPlayout::receive(const rtp::PacketView& packet, rtp::Codec codec, Timestamp now) {
  if (rtp::kind(codec) == rtp::MediaKind::Audio) {
    sound_.receive(packet, now);
  } else {
    picture_.receive(packet, codec, now);
  }
}

void SeatPlayout::receive_report(rtp::MediaKind kind, rtp::rtcp::NtpTime ntp, uint32_t rtp_timestamp,
                                 CaptureClock& clock, Timestamp now) {
  clock.receive_report(ntp, now);
  if (kind == rtp::MediaKind::Audio) {
    sound_.receive_report(ntp, rtp_timestamp);
  } else {
    picture_.receive_report(ntp, rtp_timestamp);
  }
}

std::optional<frame::EncodedPicture> SeatPlayout::next_picture(const CaptureClock& clock, Timestamp now) {
  adapt(clock, now);
  return picture_.next(clock, now);
}

std::optional<SoundPiece> SeatPlayout::next_sound(const CaptureClock& clock, Timestamp now) {
  adapt(clock, now);
  return sound_.next(clock, now);
}

// Both are played the same time after they were captured: as late as the later one needs, within the bound.
void SeatPlayout::adapt(const CaptureClock& clock, Timestamp now) {
  if (options_.delivery != Delivery::Paced) return;
  const TimeDelta for_sound = sound_.wanted_delay(clock);
  const TimeDelta for_picture = picture_.wanted_delay(clock);
  const bool has_sound = for_sound > TimeDelta::zero();
  const TimeDelta held = std::max(for_sound, std::min(for_picture, for_sound + kMaxSoundHold));
  delays_.sound = sound_delay_.follow(held, now);
  delays_.picture = picture_delay_.follow(has_sound ? std::max(for_picture, delays_.sound) : for_picture, now);
  sound_.set_delay(delays_.sound);
  picture_.set_delay(delays_.picture);
}

Timestamp SeatPlayout::next_deadline(const CaptureClock& clock) const {
  return std::min(picture_.next_deadline(clock), sound_.next_deadline(clock));
}

void SeatPlayout::restart() {
  picture_.restart();
  sound_.restart();
  sound_delay_ = {};
  picture_delay_ = {};
}

}  // namespace parley::playout
