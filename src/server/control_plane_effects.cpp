// How the control plane carries out what a room asks for.
#include <utility>

#include "base/check.hpp"
#include "room/codes.hpp"
#include "server/control_plane.hpp"

namespace parley::server {

void ControlPlane::run(LiveRoom& live, room::Effects& effects, room::Moment at) {
  for (room::Effect& effect : effects) {
    std::visit([&](auto& e) { execute(live, e); }, effect);
  }
  effects.clear();
  if (!live.deactivate) return;
  live.deactivate = false;
  live.record.disabled = true;
  live.record.updated_at = at.utc;
  records_.write([record = live.record](store::Store& store) { return store.rooms().update(record); });
  room::Effects closing;
  live.room.close(at, closing);
  run(live, closing, at);
}

Client* ControlPlane::find(room::ClientId id) {
  const auto it = clients_.find(id);
  return it == clients_.end() ? nullptr : it->second.get();
}

Client* ControlPlane::in_room(LiveRoom& live, const ParticipantId& participant) {
  const auto it = live.clients.find(participant);
  return it == live.clients.end() ? nullptr : find(it->second);
}

void ControlPlane::transmit(Client& client, wire::ServerMessage message) {
  const signalling::Frame frame = client.outbound.append(std::move(message));
  if (client.socket) sockets_.at(*client.socket).handle->send(frame);
}

/// Forgets the client and closes its socket.
void ControlPlane::forget(room::ClientId id, const signalling::Close& close) {
  Client* client = find(id);
  if (!client) return;
  LiveRoom& live = *rooms_.at(client->room);
  const auto it = live.clients.find(client->participant);
  if (it != live.clients.end() && it->second == id) live.clients.erase(it);
  release(*client);
  resume_keys_.revoke(id.value());
  if (client->socket) {
    Socket& socket = sockets_.at(*client->socket);
    socket.client.reset();
    socket.handle->close(close);
  }
  clients_.erase(id);
}

/// After anything happened in a room: notes when it wants to be woken, or drops it when it is empty.
void ControlPlane::settle(const RoomId& room, room::Moment at) {
  const auto it = rooms_.find(room);
  if (it == rooms_.end()) return;
  LiveRoom& live = *it->second;
  if (!live.deadline.is_never()) schedule_.erase({live.deadline, room});
  live.deadline = Timestamp::never();
  if (live.room.idle()) {
    custom_names_.erase(live.record.custom_room_id);
    rooms_.erase(it);
    return;
  }
  // A deadline that is due again at once must still let the loop end.
  const Timestamp next = std::min(live.room.next_deadline(), live.speaker.next_deadline());
  if (next.is_never()) return;
  live.deadline = std::max(next, at.now + TimeDelta::millis(1));
  schedule_.emplace(live.deadline, room);
}

// --- messages -------------------------------------------------------------------------------------------------------

void ControlPlane::execute(LiveRoom& live, room::SendMessage& effect) {
  Client* client = find(effect.client);
  if (!client) return;
  if (effect.message.has_joined()) {
    wire::Joined& joined = *effect.message.mutable_joined();
    client->admitted = true;
    client->participant = effect.to;
    live.clients.insert_or_assign(effect.to, client->id);
    if (client->media) joined.set_answer_sdp(client->media->answer);
    joined.set_resume_key(resume_keys_.issue(client->id.value(), rng_));
    joined.set_ping_interval_ms(static_cast<uint32_t>(config_.ping_interval.ms()));
  } else if (effect.message.has_negotiated() && client->media) {
    effect.message.mutable_negotiated()->set_answer_sdp(client->media->answer);
  }
  transmit(*client, std::move(effect.message));
}

void ControlPlane::execute(LiveRoom&, const room::Dismiss& effect) {
  Client* client = find(effect.client);
  if (!client) return;
  wire::ServerMessage left;
  left.mutable_left()->mutable_reason()->set_code(effect.code);
  left.mutable_left()->mutable_reason()->set_message(effect.message);
  transmit(*client, std::move(left));
  forget(effect.client, {signalling::CloseCode::Normal, "left"});
}

// --- media ----------------------------------------------------------------------------------------------------------

void ControlPlane::send(Commands& commands) {
  for (auto& [shard, command] : commands) media_.send(shard, std::move(command));
  commands.clear();
}

void ControlPlane::execute(LiveRoom& live, const room::AssignSeat& effect) {
  Commands commands;
  live.switchboard.assign_seat(effect, commands);
  send(commands);
}

void ControlPlane::execute(LiveRoom& live, const room::SetReceive& effect) {
  Commands commands;
  live.switchboard.set_receive(effect, commands);
  send(commands);
}

void ControlPlane::execute(LiveRoom& live, const room::EnableSource& effect) {
  Commands commands;
  live.switchboard.enable_source(effect, commands);
  send(commands);
}

void ControlPlane::execute(LiveRoom& live, const room::OpenMedia& effect) {
  Client* client = find(effect.client);
  if (!client || !client->media) return;
  ClientMedia& media = *client->media;
  PARLEY_CHECK(!media.open);
  media.open = true;
  client->participant = effect.participant;
  live.clients.insert_or_assign(effect.participant, client->id);
  connections_.emplace(media.connection, client->id);
  Commands commands;
  commands.emplace_back(media.shard, engine::OpenConnection{media.connection, media.description, client->hidden});
  live.switchboard.attach(effect.participant, {media.connection, media.shard}, media.lines, commands);
  send(commands);
}

void ControlPlane::execute(LiveRoom& live, const room::CloseMedia& effect) {
  if (Client* client = in_room(live, effect.participant)) release(*client);
}

// --- what leaves the room -------------------------------------------------------------------------------------------

void ControlPlane::execute(LiveRoom& live, room::EgressRequested& effect) {
  egress_notes_.emplace_back(egress_note::Requested{live.record, effect.client, std::move(effect.message)});
}

// --- records --------------------------------------------------------------------------------------------------------

void ControlPlane::execute(LiveRoom& live, const room::SessionStarted& effect) {
  live.session_start = effect.at;
  egress_notes_.emplace_back(egress_note::SessionStarted{live.record, effect.session});
  store::SessionRecord record{effect.session, live.record.id, effect.at, std::nullopt};
  records_.write([record](store::Store& store) { return store.sessions().start(record); });
  records_.publish({.type = api::WebhookEvent::Type::SessionStarted,
                    .room = live.record.id,
                    .session = effect.session,
                    .start = effect.at});
}

void ControlPlane::execute(LiveRoom& live, const room::SessionEnded& effect) {
  egress_notes_.emplace_back(egress_note::SessionEnded{live.record.id});
  records_.write([e = effect](store::Store& store) { return store.sessions().end(e.session, e.at); });
  records_.publish({.type = api::WebhookEvent::Type::SessionEnded,
                    .room = live.record.id,
                    .session = effect.session,
                    .start = live.session_start,
                    .end = effect.at});
  const bool wants_it =
      live.record.auto_close && live.record.auto_close->type == store::AutoCloseType::SessionEndAndDeactivate;
  live.deactivate = wants_it && effect.code == room::code::kRoomClosed && !live.record.disabled;
}

void ControlPlane::execute(LiveRoom& live, const room::ParticipantEntered& effect) {
  egress_notes_.emplace_back(egress_note::ParticipantEntered{live.record.id, effect.participant});
  store::ParticipantEntry entry{
      effect.session,
      effect.participant,
      effect.display_name,
      effect.meta_data_json,
      wire::Mode_Name(effect.mode),
      {effect.device.sdk_type(), effect.device.sdk_version(), effect.device.platform(), effect.device.user_agent()},
      effect.at};
  records_.write([entry = std::move(entry)](store::Store& store) { return store.sessions().enter(entry); });
  records_.publish({.type = api::WebhookEvent::Type::ParticipantJoined,
                    .room = live.record.id,
                    .session = effect.session,
                    .participant = effect.participant,
                    .participant_name = effect.display_name});
}

void ControlPlane::execute(LiveRoom& live, const room::ParticipantExited& effect) {
  egress_notes_.emplace_back(egress_note::ParticipantExited{live.record.id, effect.participant});
  records_.write([e = effect](store::Store& store) { return store.sessions().exit(e.session, e.participant, e.at); });
  records_.publish({.type = api::WebhookEvent::Type::ParticipantLeft,
                    .room = live.record.id,
                    .session = effect.session,
                    .participant = effect.participant,
                    .participant_name = effect.display_name});
}

void ControlPlane::execute(LiveRoom&, const room::ParticipantActivity& effect) {
  records_.write([e = effect](store::Store& store) {
    return store.sessions().add_activity(e.session, e.participant, {e.kind, e.on, e.value, e.at});
  });
}

void ControlPlane::execute(LiveRoom&, const room::MessagePersisted& effect) {
  const wire::PubSubMessage& m = effect.message;
  store::ChatRecord record{effect.session,  m.id(),           m.topic(),
                           m.message(),     m.payload_json(), m.sender_id(),
                           m.sender_name(), effect.send_only, UtcTime::from_ms(m.timestamp_ms())};
  records_.write([record = std::move(record)](store::Store& store) { return store.chat().append(record); });
}

}  // namespace parley::server
