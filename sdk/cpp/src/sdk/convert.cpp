#include "sdk/convert.hpp"

namespace parley::sdk {

wire::Mode to_wire(Mode mode) { return static_cast<wire::Mode>(mode); }
wire::Source to_wire(StreamKind kind) { return static_cast<wire::Source>(kind); }
wire::Quality to_wire(Quality quality) { return static_cast<wire::Quality>(quality); }
wire::PinTarget to_wire(PinTarget target) { return static_cast<wire::PinTarget>(target); }
wire::EgressKind to_wire(EgressKind kind) { return static_cast<wire::EgressKind>(kind); }

// The enumerations have the same values in the same order.
static_assert(wire::SIGNALLING_ONLY == static_cast<int>(Mode::SignallingOnly));
static_assert(wire::SHARE_AUDIO == static_cast<int>(StreamKind::ShareAudio));
static_assert(wire::HIGH == static_cast<int>(Quality::High));
static_assert(wire::SHARE_ONLY == static_cast<int>(PinTarget::Share));
static_assert(wire::HLS == static_cast<int>(EgressKind::Hls));

Mode from_wire(wire::Mode mode) {
  return mode >= wire::SEND_AND_RECV && mode <= wire::SIGNALLING_ONLY ? static_cast<Mode>(mode) : Mode::SendAndRecv;
}

StreamKind from_wire(wire::Source source) {
  return source >= wire::AUDIO && source <= wire::SHARE_AUDIO ? static_cast<StreamKind>(source) : StreamKind::Audio;
}

Quality from_wire(wire::Quality quality) {
  return quality >= wire::QUALITY_AUTO && quality <= wire::HIGH ? static_cast<Quality>(quality) : Quality::Auto;
}

Stream from_wire(const wire::StreamInfo& info) {
  return {.kind = from_wire(info.source()),
          .paused = info.paused(),
          .codec = info.codec(),
          .displaySurface = info.display_surface()};
}

Participant from_wire(const wire::ParticipantInfo& info) {
  Participant out{.id = info.participant_id(),
                  .displayName = info.display_name(),
                  .metaDataJson = info.meta_data_json(),
                  .mode = from_wire(info.mode()),
                  .pin = {.cam = info.pin().cam(), .share = info.pin().share()},
                  .joinedAtMs = info.joined_at_ms(),
                  .connectionQuality = static_cast<int>(info.quality()),
                  .reconnecting = info.reconnecting()};
  for (const wire::StreamInfo& stream : info.streams()) {
    if (!out.publishes(from_wire(stream.source()))) out.streams.push_back(from_wire(stream));
  }
  return out;
}

Egress from_wire(const wire::EgressState& state) {
  Egress out{.kind = state.kind() <= wire::HLS ? static_cast<EgressKind>(state.kind()) : EgressKind::Recording,
             .id = state.egress_id(),
             .status = state.status(),
             .errorCode = static_cast<int>(state.error().code()),
             .errorMessage = state.error().message(),
             .paused = state.paused(),
             .startedAtMs = state.started_at_ms(),
             .playbackHlsUrl = state.playback_hls_url(),
             .livestreamUrl = state.livestream_url(),
             .configJson = state.config_json()};
  for (const wire::EgressOutput& output : state.outputs()) {
    out.outputs.push_back(
        {.id = output.id(), .url = output.url(), .state = output.state(), .message = output.message()});
  }
  return out;
}

PubSubMessage from_wire(const wire::PubSubMessage& message) {
  return {.id = message.id(),
          .topic = message.topic(),
          .message = message.message(),
          .payloadJson = message.payload_json(),
          .senderId = message.sender_id(),
          .senderName = message.sender_name(),
          .timestampMs = message.timestamp_ms()};
}

DataMessage from_wire(const wire::DataReceived& data) {
  return {.from = data.from(),
          .payload = {data.payload().begin(), data.payload().end()},
          .text = data.is_text(),
          .reliable = !data.unreliable(),
          .timestampMs = data.timestamp_ms()};
}

}  // namespace parley::sdk
