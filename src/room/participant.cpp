#include "room/participant.hpp"

namespace parley::room {

wire::ParticipantInfo Participant::info(const wire::PinState& pin) const {
  wire::ParticipantInfo info;
  info.set_participant_id(id.value());
  info.set_display_name(display_name);
  info.set_meta_data_json(meta_data_json);
  info.set_mode(mode);
  for (const wire::Source source : kAllSources) {
    const Stream& published = stream(source);
    if (!published.on) continue;
    wire::StreamInfo& shown = *info.add_streams();
    shown.set_source(source);
    shown.set_paused(published.paused);
    shown.set_codec(published.codec);
    shown.set_display_surface(published.display_surface);
  }
  *info.mutable_pin() = pin;
  info.set_joined_at_ms(joined_at.ms());
  info.set_quality(quality);
  info.set_reconnecting(reconnecting());
  return info;
}

const char* mode_name(wire::Mode mode) {
  switch (mode) {
    case wire::RECV_ONLY: return "RECV_ONLY";
    case wire::SIGNALLING_ONLY: return "SIGNALLING_ONLY";
    default: return "SEND_AND_RECV";
  }
}

const char* activity_name(wire::Source source) {
  switch (source) {
    case wire::VIDEO: return "webcam";
    case wire::SHARE: return "screenShare";
    case wire::SHARE_AUDIO: return "screenShareAudio";
    default: return "mic";
  }
}

}  // namespace parley::room
