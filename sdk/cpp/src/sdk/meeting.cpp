#include "parley/meeting.hpp"

#include <nlohmann/json.hpp>

#include "sdk/convert.hpp"
#include "sdk/meeting_impl.hpp"

namespace parley {
namespace {

/// VideoSDK's limit, which the server enforces too.
constexpr size_t kMaxData = 15 * 1024;

wire::ClientMessage stop_egress(EgressKind kind, const std::string& id) {
  wire::ClientMessage message;
  message.mutable_stop_egress()->set_kind(sdk::to_wire(kind));
  message.mutable_stop_egress()->set_egress_id(id);
  return message;
}

wire::ClientMessage pin_message(const std::string& id, PinTarget target, bool pinned) {
  wire::ClientMessage message;
  message.mutable_pin()->set_participant_id(id);
  message.mutable_pin()->set_target(sdk::to_wire(target));
  message.mutable_pin()->set_pinned(pinned);
  return message;
}

}  // namespace

const char* name(StreamKind kind) {
  switch (kind) {
    case StreamKind::Audio: return "audio";
    case StreamKind::Video: return "video";
    case StreamKind::Share: return "share";
    case StreamKind::ShareAudio: return "shareAudio";
  }
  return "";
}

Meeting::Meeting(MeetingConfig config, MeetingObserver* observer)
    : impl_(std::make_unique<Impl>(std::move(config), observer)) {}
Meeting::~Meeting() = default;

// ---- life
// ------------------------------------------------------------------------------------------------------------

Pending<void> Meeting::join() { return impl_->join(); }
Pending<void> Meeting::leave() { return impl_->leave(); }
Pending<void> Meeting::end() {
  wire::ClientMessage message;
  message.mutable_end_meeting();
  return impl_->ask_ok(std::move(message));
}
Pending<void> Meeting::changeMode(Mode mode) { return impl_->change_mode(mode); }
void Meeting::networkChanged() {
  impl_->post([](sdk::Loop& loop, Timestamp now) { loop.client().network_changed(now); });
}

// ---- the room
// --------------------------------------------------------------------------------------------------------

MeetingState Meeting::state() const {
  return impl_->read([](const auto& s) { return s.state; });
}
std::string Meeting::id() const {
  return impl_->read([](const auto& s) { return s.id; });
}
std::string Meeting::sessionId() const {
  return impl_->read([](const auto& s) { return s.session_id; });
}
std::vector<std::string> Meeting::permissions() const {
  return impl_->read([](const auto& s) { return s.permissions; });
}
Participant Meeting::localParticipant() const {
  return impl_->read([](const auto& s) { return s.self; });
}
std::vector<Participant> Meeting::participants() const {
  return impl_->read([](const auto& s) { return s.others; });
}
std::string Meeting::activeSpeakerId() const {
  return impl_->read([](const auto& s) { return s.speaker; });
}
std::string Meeting::activePresenterId() const {
  return impl_->read([](const auto& s) { return s.presenter; });
}
std::string Meeting::mainParticipantId() const {
  return impl_->read([](const auto& s) { return s.main; });
}
std::vector<Egress> Meeting::egresses() const {
  return impl_->read([](const auto& s) { return s.egresses; });
}

// ---- own media
// -------------------------------------------------------------------------------------------------------

Result<std::shared_ptr<LocalVideo>> Meeting::publishCamera(const VideoOptions& options) {
  return impl_->publish_video(StreamKind::Video, options);
}
Result<std::shared_ptr<LocalAudio>> Meeting::publishMic(const AudioOptions& options) {
  return impl_->publish_audio(StreamKind::Audio, options);
}
Result<std::shared_ptr<LocalVideo>> Meeting::publishShare(const VideoOptions& options) {
  return impl_->publish_video(StreamKind::Share, options);
}
Result<std::shared_ptr<LocalAudio>> Meeting::publishShareAudio(const AudioOptions& options) {
  return impl_->publish_audio(StreamKind::ShareAudio, options);
}

// ---- remote media
// ----------------------------------------------------------------------------------------------------

void Meeting::handleVideo(const std::string& participantId, StreamKind kind, VideoHandlers handlers) {
  impl_->handle_video({participantId, kind}, std::move(handlers));
}
void Meeting::handleAudio(const std::string& participantId, StreamKind kind, AudioHandlers handlers) {
  impl_->handle_audio({participantId, kind}, std::move(handlers));
}
void Meeting::consume(const std::string& participantId, StreamKind kind, bool wanted) {
  impl_->post([stream = sdk::StreamId{participantId, kind}, wanted](sdk::Loop& loop, Timestamp now) {
    loop.client().consume(stream, wanted, now);
  });
}
void Meeting::setQuality(const std::string& participantId, StreamKind kind, Quality quality) {
  impl_->post([stream = sdk::StreamId{participantId, kind}, quality](sdk::Loop& loop, Timestamp now) {
    loop.client().wishes().set_quality(stream, quality, now);
  });
}
void Meeting::setViewport(const std::string& participantId, StreamKind kind, int width, int height) {
  impl_->post([stream = sdk::StreamId{participantId, kind}, width, height](sdk::Loop& loop, Timestamp now) {
    loop.client().wishes().set_viewport(stream, std::max(0, width), std::max(0, height), now);
  });
}
void Meeting::requestKeyFrame(const std::string& participantId, StreamKind kind) {
  impl_->post([stream = sdk::StreamId{participantId, kind}](sdk::Loop& loop, Timestamp now) {
    loop.remote().want_key_frame(stream, now);
  });
}
void Meeting::pause(const std::string& participantId, StreamKind kind) {
  impl_->post([stream = sdk::StreamId{participantId, kind}](sdk::Loop& loop, Timestamp now) {
    loop.client().wishes().set_paused(stream, true, now);
  });
}
void Meeting::resume(const std::string& participantId, StreamKind kind) {
  impl_->post([stream = sdk::StreamId{participantId, kind}](sdk::Loop& loop, Timestamp now) {
    loop.client().wishes().set_paused(stream, false, now);
  });
}
Pending<void> Meeting::pauseAll(std::vector<StreamKind> kinds) { return impl_->pause_all(std::move(kinds), true); }
Pending<void> Meeting::resumeAll(std::vector<StreamKind> kinds) { return impl_->pause_all(std::move(kinds), false); }

// ---- messages
// --------------------------------------------------------------------------------------------------------

Pending<void> Meeting::publish(const std::string& topic, const std::string& text, PublishOptions options) {
  if (topic.empty()) return impl_->failed<void>({kBadParameter, "A topic has a name."});
  wire::ClientMessage message;
  wire::PubSubPublish* publish = message.mutable_pubsub_publish();
  publish->set_topic(topic);
  publish->set_message(text);
  publish->set_payload_json(options.payloadJson);
  publish->set_persist(options.persist);
  for (const std::string& id : options.sendOnly) publish->add_send_only(id);
  return impl_->ask_ok(std::move(message));
}
Pending<std::vector<PubSubMessage>> Meeting::subscribe(const std::string& topic, MessageHandler handler,
                                                       SubscribeOptions options) {
  return impl_->subscribe(topic, std::move(handler), options.oldMessageLimit);
}
Pending<void> Meeting::unsubscribe(const std::string& topic) { return impl_->unsubscribe(topic); }

Pending<void> Meeting::sendText(const std::string& text, bool reliable) {
  if (text.size() > kMaxData) return impl_->failed<void>({kPayloadTooLarge, "At most 15 KiB are sent."});
  wire::ClientMessage message;
  message.mutable_send_data()->set_payload(text);
  message.mutable_send_data()->set_is_text(true);
  message.mutable_send_data()->set_unreliable(!reliable);
  return impl_->ask_ok(std::move(message));
}
Pending<void> Meeting::sendData(std::vector<uint8_t> payload, bool reliable) {
  if (payload.size() > kMaxData) return impl_->failed<void>({kPayloadTooLarge, "At most 15 KiB are sent."});
  wire::ClientMessage message;
  message.mutable_send_data()->set_payload(payload.data(), payload.size());
  message.mutable_send_data()->set_unreliable(!reliable);
  return impl_->ask_ok(std::move(message));
}

// ---- moderation
// ------------------------------------------------------------------------------------------------------

Pending<void> Meeting::remove(const std::string& participantId) {
  wire::ClientMessage message;
  message.mutable_remove_participant()->set_participant_id(participantId);
  return impl_->ask_ok(std::move(message));
}
Pending<void> Meeting::switchRemote(const std::string& participantId, StreamKind kind, bool on) {
  wire::ClientMessage message;
  message.mutable_remote_media()->set_participant_id(participantId);
  message.mutable_remote_media()->set_source(sdk::to_wire(kind));
  message.mutable_remote_media()->set_enable(on);
  return impl_->ask_ok(std::move(message));
}
Pending<void> Meeting::respondMediaRequest(const std::string& requestedBy, StreamKind kind, bool accept) {
  wire::ClientMessage message;
  message.mutable_respond_remote_media()->set_requested_by(requestedBy);
  message.mutable_respond_remote_media()->set_source(sdk::to_wire(kind));
  message.mutable_respond_remote_media()->set_accept(accept);
  return impl_->ask_ok(std::move(message));
}
Pending<void> Meeting::respondEntry(const std::string& participantId, bool allow) {
  wire::ClientMessage message;
  message.mutable_respond_entry()->set_participant_id(participantId);
  message.mutable_respond_entry()->set_allow(allow);
  return impl_->ask_ok(std::move(message));
}
Pending<void> Meeting::pin(const std::string& participantId, PinTarget target) {
  return impl_->ask_ok(pin_message(participantId, target, true));
}
Pending<void> Meeting::unpin(const std::string& participantId, PinTarget target) {
  return impl_->ask_ok(pin_message(participantId, target, false));
}

// ---- recording and broadcasting
// --------------------------------------------------------------------------------------

Pending<Egress> Meeting::startRecording(const std::string& optionsJson) {
  return impl_->start_egress(EgressKind::Recording, optionsJson);
}
Pending<void> Meeting::stopRecording(const std::string& egressId) {
  return impl_->ask_ok(stop_egress(EgressKind::Recording, egressId));
}
Pending<Egress> Meeting::startLivestream(const std::vector<LivestreamOutput>& outputs, const std::string& configJson) {
  nlohmann::json options = {{"outputs", nlohmann::json::array()}};
  for (const LivestreamOutput& output : outputs) {
    options["outputs"].push_back({{"url", output.url}, {"streamKey", output.streamKey}});
  }
  if (!configJson.empty()) {
    const auto config = nlohmann::json::parse(configJson, nullptr, false);
    if (!config.is_object()) return impl_->failed<Egress>({kBadParameter, "configJson is a JSON object."});
    options["config"] = config;
  }
  const std::string text = options.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return impl_->start_egress(EgressKind::Livestream, text);
}
Pending<void> Meeting::stopLivestream(const std::string& egressId) {
  return impl_->ask_ok(stop_egress(EgressKind::Livestream, egressId));
}
Pending<Egress> Meeting::startHls(const std::string& optionsJson) {
  return impl_->start_egress(EgressKind::Hls, optionsJson);
}
Pending<void> Meeting::stopHls(const std::string& egressId) {
  return impl_->ask_ok(stop_egress(EgressKind::Hls, egressId));
}
Pending<void> Meeting::updateEgress(EgressKind kind, const std::string& optionsJson, const std::string& egressId) {
  wire::ClientMessage message;
  message.mutable_update_egress()->set_kind(sdk::to_wire(kind));
  message.mutable_update_egress()->set_egress_id(egressId);
  message.mutable_update_egress()->set_options_json(optionsJson);
  return impl_->ask_ok(std::move(message));
}

Pending<MeetingStats> Meeting::stats() const { return impl_->stats(); }

}  // namespace parley
