#include "server/control_plane.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/log.hpp"
#include "room/codes.hpp"

namespace parley::server {
ControlPlane::ControlPlane(Config config, const auth::KeyRing& keys, MediaPlane& media, Records& records, Rng rng)
    : config_(config),
      keys_(keys),
      media_(media),
      records_(records),
      rng_(rng),
      placement_(media.shard_count(), config.room_shard_limit) {}

// --- sockets --------------------------------------------------------------------------------------------------------

void ControlPlane::on_socket_open(SocketId id, SignalSocket& socket, room::Moment at) {
  const auto [it, added] = sockets_.try_emplace(id, Socket{&socket, signalling::Inbound(at.now), {}, {}});
  PARLEY_CHECK(added);
  watch(id);
}

void ControlPlane::on_frame(SocketId id, Bytes frame, bool binary, room::Moment at) {
  const auto it = sockets_.find(id);
  if (it == sockets_.end()) return;
  auto outcome = it->second.inbound.receive(frame, binary, at.now, at.utc);
  if (outcome.reply) it->second.handle->send(signalling::serialize_unnumbered(*outcome.reply));
  if (outcome.close) {
    log_debug("socket {}: refused: {}", id.value(), outcome.close->reason);
    it->second.handle->close(*outcome.close);
    return;
  }
  if (outcome.request) on_request(id, std::move(*outcome.request), at);
}

void ControlPlane::on_socket_closed(SocketId id, room::Moment at) {
  const auto it = sockets_.find(id);
  if (it == sockets_.end()) return;
  totals_.inbound += it->second.inbound.stats();
  const std::optional<room::ClientId> client_id = it->second.client;
  unwatch(id);
  sockets_.erase(it);
  Client* client = client_id ? find(*client_id) : nullptr;
  if (!client || client->socket != id) return;
  client->socket.reset();
  if (shut_down_) return;  // everybody goes, and nobody is to be told
  LiveRoom& live = *rooms_.at(client->room);
  room::Effects effects;
  if (client->admitted) {
    live.room.on_signalling_lost(client->participant, at, effects);
  } else {
    live.room.cancel_entry(client->id, at, effects);
  }
  const bool knocked = !client->admitted;
  run(live, effects, at);
  if (knocked) forget(*client_id, {});  // a guest without a socket is not held
  settle(live.record.id, at);
}

void ControlPlane::on_request(SocketId id, wire::ClientMessage message, room::Moment at) {
  if (message.has_join()) return start_join(id, std::move(message), at);
  if (message.has_resume()) return resume(id, message, at);
  Socket& socket = sockets_.at(id);
  Client* client = socket.client ? find(*socket.client) : nullptr;
  if (!client) {  // the Join still waits for the store; all that makes sense now is to give it up
    if (message.has_leave()) socket.handle->close({signalling::CloseCode::Normal, "left"});
    return;
  }
  LiveRoom& live = *rooms_.at(client->room);
  const RoomId room = client->room;
  room::Effects effects;
  if (!client->admitted) {
    if (!message.has_leave()) return;
    const room::ClientId guest = client->id;
    live.room.cancel_entry(guest, at, effects);
    run(live, effects, at);
    forget(guest, {signalling::CloseCode::Normal, "left"});
    return settle(room, at);
  }
  auto media = prepare_media(*client, live, message);
  if (!media) {
    if (message.id() == 0) return;
    wire::ServerMessage reply;
    reply.set_reply_to(message.id());
    *reply.mutable_error() = media.error();
    transmit(*client, std::move(reply));
    return;
  }
  live.room.handle(client->participant, message, *media ? &**media : nullptr, at, effects);
  const room::ClientId client_id = client->id;
  run(live, effects, at);
  // A ChangeMode whose offer the room did not accept leaves nothing behind.
  if (Client* still = find(client_id); still && still->media && !still->media->open) release(*still);
  settle(room, at);
}

// --- REST -----------------------------------------------------------------------------------------------------------

void ControlPlane::end_session(const RoomId& room, const std::optional<SessionId>& session, room::Moment at) {
  const auto it = rooms_.find(room);
  if (it == rooms_.end()) return;
  const auto running = it->second->room.snapshot();
  if (session && (!running || running->session != *session)) return;
  room::Effects effects;
  it->second->room.end(room::code::kEndedByApi, at, effects);
  run(*it->second, effects, at);
  settle(room, at);
}

void ControlPlane::remove_participant(const RoomId& room, const ParticipantId& participant, room::Moment at) {
  const auto it = rooms_.find(room);
  if (it == rooms_.end()) return;
  room::Effects effects;
  it->second->room.remove(participant, room::code::kRemovedByApi, at, effects);
  run(*it->second, effects, at);
  settle(room, at);
}

void ControlPlane::close_room(const RoomId& room, room::Moment at) {
  const auto it = rooms_.find(room);
  if (it == rooms_.end()) return;
  room::Effects effects;
  it->second->room.close(at, effects);
  run(*it->second, effects, at);
  settle(room, at);
}

// --- what leaves the rooms ------------------------------------------------------------------------------------------

void ControlPlane::announce_egress(const RoomId& room, const wire::EgressState& egress, room::Moment at) {
  const auto it = rooms_.find(room);
  if (it == rooms_.end()) return;
  room::Effects effects;
  it->second->room.set_egress(egress, at, effects);
  run(*it->second, effects, at);
  settle(room, at);
}

void ControlPlane::reply(room::ClientId client, wire::ServerMessage message) {
  if (message.reply_to() == 0) return;
  if (Client* to = find(client)) transmit(*to, std::move(message));
}

bool ControlPlane::has_participant(const RoomId& room, const ParticipantId& participant) const {
  const auto it = rooms_.find(room);
  if (it == rooms_.end()) return false;
  const auto found = it->second->clients.find(participant);
  return found != it->second->clients.end() && !clients_.at(found->second)->hidden;
}

// --- time and end ---------------------------------------------------------------------------------------------------

/// Notes until when somebody must join on the socket.
void ControlPlane::watch(SocketId id) {
  Socket& socket = sockets_.at(id);
  socket.watched_until = socket.inbound.next_deadline();
  unjoined_.emplace(socket.watched_until, id);
}

void ControlPlane::unwatch(SocketId id) { unjoined_.erase({sockets_.at(id).watched_until, id}); }

Timestamp ControlPlane::next_deadline() const {
  Timestamp next = schedule_.empty() ? Timestamp::never() : schedule_.begin()->first;
  return unjoined_.empty() ? next : std::min(next, unjoined_.begin()->first);
}

void ControlPlane::on_deadline(room::Moment at) {
  while (!unjoined_.empty() && unjoined_.begin()->first <= at.now) {
    const SocketId id = unjoined_.begin()->second;
    unwatch(id);
    Socket& socket = sockets_.at(id);
    if (const auto close = socket.inbound.on_deadline(at.now)) socket.handle->close(*close);
  }
  while (!schedule_.empty() && schedule_.begin()->first <= at.now) {
    const RoomId room = schedule_.begin()->second;
    LiveRoom& live = *rooms_.at(room);
    if (live.speaker.next_deadline() <= at.now) update_speaker(live, at);
    room::Effects effects;
    live.room.on_deadline(at, effects);
    run(live, effects, at);
    settle(room, at);
  }
}

void ControlPlane::shut_down(TimeDelta retry_after) {
  shut_down_ = true;
  wire::ServerMessage closing;
  closing.mutable_server_closing()->set_retry_after_ms(static_cast<uint32_t>(retry_after.ms()));
  const signalling::Frame frame = signalling::serialize_unnumbered(closing);
  for (auto& [id, socket] : sockets_) {
    socket.handle->send(frame);
    socket.handle->close({signalling::CloseCode::GoingAway, "the server stops"});
  }
}

ControlPlane::Stats ControlPlane::stats() const {
  Stats stats = totals_;
  stats.sockets = sockets_.size();
  stats.rooms = rooms_.size();
  for (const auto& [id, client] : clients_) {
    if (client->hidden) continue;
    ++(client->admitted ? stats.participants : stats.guests);
  }
  for (const auto& [id, socket] : sockets_) stats.inbound += socket.inbound.stats();
  return stats;
}

}  // namespace parley::server
