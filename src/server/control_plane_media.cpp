// The control plane's dealings with the media plane: offers in, shard events in.
#include <utility>

#include "base/log.hpp"
#include "room/codes.hpp"
#include "rtp/codec.hpp"
#include "server/control_plane.hpp"

namespace parley::server {
namespace {

wire::Error bad_offer(std::string text) {
  wire::Error error;
  error.set_code(room::code::kBadParameter);
  error.set_message("offer: " + std::move(text));
  return error;
}

std::string text_of(const transport::NegotiationError& error) {
  return error.line ? "m-section " + std::to_string(*error.line) + ": " + error.message : error.message;
}

wire::MediaState::State to_wire(engine::ConnectionState state) {
  switch (state) {
    case engine::ConnectionState::Checking: return wire::MediaState::CONNECTING;
    case engine::ConnectionState::Connected: return wire::MediaState::CONNECTED;
    case engine::ConnectionState::Disconnected: return wire::MediaState::DISCONNECTED;
    case engine::ConnectionState::Failed: return wire::MediaState::FAILED;
  }
  return wire::MediaState::FAILED;
}

wire::ReceiveChanged::Pause to_wire(engine::SubscriptionChanged::Pause pause) {
  switch (pause) {
    case engine::SubscriptionChanged::Pause::None: return wire::ReceiveChanged::NONE;
    case engine::SubscriptionChanged::Pause::Preference: return wire::ReceiveChanged::BY_PREFERENCE;
    case engine::SubscriptionChanged::Pause::Bandwidth: return wire::ReceiveChanged::BY_BANDWIDTH;
    // Nobody paused it: it cannot be shown here. The layer of -1 says that nothing comes.
    case engine::SubscriptionChanged::Pause::Codec: return wire::ReceiveChanged::NONE;
  }
  return wire::ReceiveChanged::NONE;
}

/// The name of a layer among `layers`, lowest first. A stream of one encoding is all there is: HIGH.
wire::Quality quality_of(int layer, int layers) {
  if (layer < 0) return wire::QUALITY_AUTO;
  if (layer >= layers - 1) return wire::HIGH;
  return layer == 0 ? wire::LOW : wire::MED;
}

}  // namespace

// --- offers ---------------------------------------------------------------------------------------------------------

std::vector<transport::LocalCandidate> ControlPlane::candidates(ShardIndex shard, bool hidden) const {
  auto candidates = media_.candidates(shard);
  if (!hidden || config_.own_media_address.empty() || candidates.empty()) return candidates;
  transport::LocalCandidate own = candidates.front();
  own.address = config_.own_media_address;
  candidates.insert(candidates.begin(), std::move(own));
  return candidates;
}

std::expected<ClientMedia, wire::Error> ControlPlane::negotiate_first(const RoomId& room, bool hidden,
                                                                      const wire::Offer& offer) {
  ClientMedia media;
  const ShardIndex shard = placement_.place(room);
  auto answer = media.negotiator.accept(
      offer.sdp(),
      {.fingerprint = media_.fingerprint(), .candidates = candidates(shard, hidden), .seats = seat_lines(offer)}, rng_);
  auto lines = answer ? MediaLines::resolve(offer, answer->description)
                      : std::expected<MediaLines, std::string>(std::unexpected(text_of(answer.error())));
  if (!lines) {
    placement_.release(room, shard);
    return std::unexpected(bad_offer(lines.error()));
  }
  media.connection = ConnectionId(++last_connection_);
  media.shard = shard;
  media.description = std::move(answer->description);
  media.lines = std::move(*lines);
  media.answer = std::move(answer->sdp);
  return media;
}

std::expected<void, wire::Error> ControlPlane::negotiate_again(Client& client, LiveRoom& live,
                                                               const wire::Offer& offer) {
  ClientMedia& media = *client.media;
  auto answer = media.negotiator.accept(offer.sdp(),
                                        {.fingerprint = media_.fingerprint(),
                                         .candidates = candidates(media.shard, client.hidden),
                                         .seats = seat_lines(offer)},
                                        rng_);
  if (!answer) return std::unexpected(bad_offer(text_of(answer.error())));
  auto lines = MediaLines::resolve(offer, answer->description);
  if (!lines) return std::unexpected(bad_offer(lines.error()));
  media.description = std::move(answer->description);
  media.lines = *lines;
  media.answer = std::move(answer->sdp);
  Commands commands;
  commands.emplace_back(media.shard, engine::UpdateConnection{media.connection, media.description});
  live.switchboard.update(client.participant, std::move(*lines), commands);
  send(commands);
  return {};
}

/// Negotiates the offer of a Renegotiate or of a ChangeMode before the room hears of it. Nothing: the message has none
/// that matters.
std::expected<std::optional<room::OfferedMedia>, wire::Error> ControlPlane::prepare_media(
    Client& client, LiveRoom& live, const wire::ClientMessage& message) {
  const bool again = message.has_renegotiate() && message.renegotiate().has_offer();
  const bool first = message.has_change_mode() && message.change_mode().has_offer() && !client.media &&
                     message.change_mode().mode() != wire::SIGNALLING_ONLY;
  if (!first && !(again && client.media && client.media->open)) return std::nullopt;
  const wire::Offer& offer = again ? message.renegotiate().offer() : message.change_mode().offer();
  auto offered = room::OfferedMedia::parse(offer);
  if (!offered) return std::unexpected(bad_offer(offered.error()));
  if (again) {
    if (auto done = negotiate_again(client, live, offer); !done) return std::unexpected(done.error());
    return std::move(*offered);
  }
  auto media = negotiate_first(live.record.id, client.hidden, offer);
  if (!media) return std::unexpected(media.error());
  client.media.emplace(std::move(*media));
  return std::move(*offered);
}

/// Lets go of the client's connection, opened or only negotiated.
void ControlPlane::release(Client& client) {
  if (!client.media) return;
  ClientMedia& media = *client.media;
  if (media.open) {
    LiveRoom& live = *rooms_.at(client.room);
    for (const auto& send : media.lines.sends) {
      if (send) live.speaker.remove({media.connection, send->line});
    }
    live.switchboard.detach(client.participant);
    connections_.erase(media.connection);
    media_.send(media.shard, engine::CloseConnection{media.connection});
  }
  placement_.release(client.room, media.shard);
  client.media.reset();
}

// --- events of the shards -------------------------------------------------------------------------------------------

std::optional<ControlPlane::Place> ControlPlane::place_of(ConnectionId connection) {
  const auto it = connections_.find(connection);
  if (it == connections_.end()) return std::nullopt;  // closed since
  Client* client = find(it->second);
  return Place{client, rooms_.at(client->room).get()};
}

void ControlPlane::on_media_events(ShardIndex shard, const std::vector<engine::Event>& events, room::Moment at) {
  for (const engine::Event& event : events) {
    if (const auto* speech = std::get_if<engine::SpeechReport>(&event)) {
      handle_speech(shard, *speech, at);
      continue;
    }
    std::visit(
        [&](const auto& e) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(e)>, engine::SpeechReport>) handle(e, at);
        },
        event);
  }
}

void ControlPlane::handle(const engine::ConnectionStateChanged& event, room::Moment at) {
  const auto place = place_of(event.id);
  if (!place) return;
  log_debug("{}: media of '{}': {} {}", place->live->record.id.value(), place->client->participant.value(),
            wire::MediaState::State_Name(to_wire(event.state)), event.reason);
  room::Effects effects;
  place->live->room.on_media_state(place->client->participant, to_wire(event.state), event.reason, at, effects);
  run(*place->live, effects, at);
  settle(place->live->record.id, at);
}

void ControlPlane::handle(const engine::TrackStarted& event, room::Moment at) {
  const auto place = place_of(event.track.connection);
  if (!place) return;
  const auto stream = place->live->switchboard.published(event.track);
  if (!stream) return;
  room::Effects effects;
  place->live->room.on_track_started(stream->participant, stream->source, rtp::encoding_name(event.codec), effects);
  run(*place->live, effects, at);
  settle(place->live->record.id, at);
}

void ControlPlane::handle(const engine::LayerDemand& event, room::Moment at) {
  const auto place = place_of(event.track.connection);
  if (!place) return;
  const auto stream = place->live->switchboard.published(event.track);
  if (!stream) return;
  room::Effects effects;
  place->live->room.on_layer_demand(stream->participant, stream->source, event.max_layer, effects);
  run(*place->live, effects, at);
  settle(place->live->record.id, at);
}

void ControlPlane::handle(const engine::SubscriptionChanged& event, room::Moment at) {
  const auto place = place_of(event.receiver);
  if (!place) return;
  const auto stream = place->live->switchboard.shown(place->client->participant, event.line);
  if (!stream) return;
  wire::ReceiveChanged change;
  change.set_participant_id(stream->participant.value());
  change.set_source(stream->source);
  change.set_quality(quality_of(event.spatial, stream->layers));
  change.set_pause(to_wire(event.pause));
  change.set_spatial_layer(event.spatial);
  change.set_temporal_layer(event.temporal);
  room::Effects effects;
  place->live->room.on_receive_changed(place->client->participant, change, effects);
  run(*place->live, effects, at);
  settle(place->live->record.id, at);
}

void ControlPlane::handle(const engine::ConnectionReport& event, room::Moment at) {
  const auto place = place_of(event.id);
  if (!place || place->client->hidden) return;  // nobody is shown its quality
  auto [changed, sample] = place->client->quality.update(event, at.now, at.utc);
  const auto session = place->live->room.snapshot();
  if (sample && session) {
    sample->session = session->session;
    sample->participant = place->client->participant;
    records_.write([s = std::move(*sample)](store::Store& store) { return store.samples().append(s); });
  }
  if (!changed) return;
  room::Effects effects;
  place->live->room.on_connection_quality(place->client->participant, *changed, effects);
  run(*place->live, effects, at);
  settle(place->live->record.id, at);
}

void ControlPlane::handle_speech(ShardIndex shard, const engine::SpeechReport& event, room::Moment at) {
  std::map<LiveRoom*, std::vector<engine::SpeechReport::Item>> by_room;
  for (const auto& item : event.items) {
    if (const auto place = place_of(item.track.connection)) by_room[place->live].push_back(item);
  }
  for (auto& [live, items] : by_room) {
    live->speaker.report(shard, std::move(items), at.now);
    update_speaker(*live, at);
    settle(live->record.id, at);
  }
}

void ControlPlane::update_speaker(LiveRoom& live, room::Moment at) {
  const std::optional<TrackId> track = live.speaker.update(at.now);
  const auto stream = track ? live.switchboard.published(*track) : std::nullopt;
  room::Effects effects;
  live.room.on_speaker(stream ? std::optional(stream->participant) : std::nullopt, at, effects);
  run(live, effects, at);
}

}  // namespace parley::server
