#include "server/control_plane.hpp"

#include <algorithm>

#include "auth/rules.hpp"
#include "auth/token.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "room/codes.hpp"

namespace parley::server {
namespace {

constexpr uint32_t kNoSuchMeeting = 4003;
/// VideoSDK's generic error.
constexpr uint32_t kGenericError = 5000;
/// How often sockets on which nobody has joined are looked at.
constexpr TimeDelta kSweepInterval = TimeDelta::seconds(1);

wire::ServerMessage error_reply(uint32_t request_id, uint32_t code, std::string text) {
  wire::ServerMessage reply;
  reply.set_reply_to(request_id);
  reply.mutable_error()->set_code(code);
  reply.mutable_error()->set_message(std::move(text));
  return reply;
}

}  // namespace

ControlPlane::ControlPlane(Config config, const auth::KeyRing& keys, MediaPlane& media, Records& records, Rng rng)
    : config_(config),
      keys_(keys),
      media_(media),
      records_(records),
      rng_(rng),
      placement_(media.shard_count(), config.room_shard_limit) {}

// --- sockets --------------------------------------------------------------------------------------------------------

void ControlPlane::on_socket_open(SocketId id, SignalSocket& socket, room::Moment at) {
  const auto [it, added] = sockets_.try_emplace(id, Socket{&socket, signalling::Inbound(at.now), {}, false});
  PARLEY_CHECK(added);
  unjoined_.insert(id);
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
  sockets_.erase(it);
  unjoined_.erase(id);
  Client* client = client_id ? find(*client_id) : nullptr;
  if (!client || client->socket != id || shut_down_) return;
  client->socket.reset();
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
    transmit(*client, error_reply(message.id(), media.error().code(), media.error().message()));
    return;
  }
  live.room.handle(client->participant, message, *media ? &**media : nullptr, at, effects);
  const room::ClientId client_id = client->id;
  run(live, effects, at);
  // A ChangeMode whose offer the room did not accept leaves nothing behind.
  if (Client* still = find(client_id); still && still->media && !still->media->open) release(*still);
  settle(room, at);
}

// --- joining --------------------------------------------------------------------------------------------------------

void ControlPlane::start_join(SocketId id, wire::ClientMessage message, room::Moment at) {
  unjoined_.erase(id);
  ++totals_.joins;
  auto claims = auth::verify(message.join().token(), keys_, at.utc);
  if (!claims) return refuse_join(id, message.id(), claims.error().code, claims.error().message, at.now);
  const std::string name = message.join().room_id();
  if (name.empty()) return refuse_join(id, message.id(), kNoSuchMeeting, "roomId is missing.", at.now);
  PendingJoin join{id, std::move(message), std::move(*claims)};
  if (LiveRoom* live = find_live(name)) return enter(std::move(join), *live, at);
  sockets_.at(id).looking_up = true;
  auto shared = std::make_shared<PendingJoin>(std::move(join));
  records_.find_room(
      name, [this, shared](auto found, room::Moment then) { finish_join(std::move(*shared), std::move(found), then); });
}

void ControlPlane::finish_join(PendingJoin join, store::Result<std::optional<store::RoomRecord>> found,
                               room::Moment at) {
  const auto it = sockets_.find(join.socket);
  if (it == sockets_.end() || shut_down_) return;  // gone meanwhile
  it->second.looking_up = false;
  const uint32_t request = join.message.id();
  if (!found) {
    log_error("looking for a room: {}", found.error().message);
    return refuse_join(join.socket, request, kGenericError, "The server cannot read its rooms now.", at.now);
  }
  if (!*found) {
    const std::string text = "There is no meeting '" + join.message.join().room_id() + "'.";
    return refuse_join(join.socket, request, kNoSuchMeeting, text, at.now);
  }
  if ((*found)->disabled) {
    return refuse_join(join.socket, request, room::code::kRoomDisabled, "This meeting is disabled.", at.now);
  }
  const auto live = rooms_.find((*found)->id);
  enter(std::move(join), live == rooms_.end() ? open_room(**found) : *live->second, at);
}

void ControlPlane::enter(PendingJoin pending, LiveRoom& live, room::Moment at) {
  wire::Join& join = *pending.message.mutable_join();
  const RoomId room = live.record.id;
  const uint32_t request_id = pending.message.id();
  room::JoinRequest request{.client = room::ClientId(++last_client_), .request_id = request_id};
  const auto refuse = [&](const wire::Error& error) {
    refuse_join(pending.socket, request_id, error.code(), error.message(), at.now);
    settle(room, at);
  };
  auto client = std::make_unique<Client>();
  client->id = request.client;
  client->room = room;
  if (join.has_offer() && join.mode() != wire::SIGNALLING_ONLY) {
    auto offered = room::OfferedMedia::parse(join.offer());
    wire::Error error;
    error.set_code(room::code::kBadParameter);
    if (!offered) return error.set_message("offer: " + offered.error()), refuse(error);
    auto media = negotiate_first(room, join.offer());
    if (!media) return refuse(media.error());
    client->media.emplace(std::move(*media));
    request.media = std::move(*offered);
  }
  join.clear_offer();
  join.clear_token();
  request.claims = std::move(pending.claims);
  request.join = std::move(join);
  room::Effects effects;
  const auto joined = live.room.join(std::move(request), at, effects);
  if (!joined) {
    release(*client);
    return refuse(joined.error());
  }
  client->participant = *joined;
  client->socket = pending.socket;
  sockets_.at(pending.socket).client = client->id;
  clients_.emplace(client->id, std::move(client));
  run(live, effects, at);
  settle(room, at);
}

void ControlPlane::refuse_join(SocketId id, uint32_t request_id, uint32_t code, const std::string& message,
                               Timestamp now) {
  ++totals_.refused_joins;
  Socket& socket = sockets_.at(id);
  socket.handle->send(signalling::serialize_unnumbered(error_reply(request_id, code, message)));
  socket.inbound.allow_join_again(now);
  unjoined_.insert(id);
}

void ControlPlane::resume(SocketId id, const wire::ClientMessage& message, room::Moment at) {
  unjoined_.erase(id);
  const std::optional<uint64_t> key_owner = resume_keys_.find(message.resume().resume_key());
  Client* client = key_owner ? find(room::ClientId(*key_owner)) : nullptr;
  if (!client || !client->admitted) {
    return refuse_join(id, message.id(), room::code::kSignallingLost, "This session is over: join again.", at.now);
  }
  ++totals_.resumes;
  if (client->socket) {  // the server has not noticed yet that the old one is dead
    Socket& old = sockets_.at(*client->socket);
    old.client.reset();
    old.handle->close({signalling::CloseCode::Normal, "resumed elsewhere"});
  }
  client->socket = id;
  sockets_.at(id).client = client->id;
  LiveRoom& live = *rooms_.at(client->room);
  wire::ServerMessage reply;
  reply.set_reply_to(message.id());
  const auto missed = client->outbound.after(message.resume().last_seq());
  if (missed) {
    // Unnumbered: it precedes the messages that it announces.
    reply.mutable_resumed()->set_replayed(true);
    sockets_.at(id).handle->send(signalling::serialize_unnumbered(reply));
    for (const signalling::Frame& frame : *missed) sockets_.at(id).handle->send(frame);
  } else {
    *reply.mutable_resumed()->mutable_room() = live.room.state_for(client->participant);
    for (auto& seat : live.room.seats_of(client->participant)) *reply.mutable_resumed()->add_seats() = std::move(seat);
    transmit(*client, std::move(reply));
  }
  room::Effects effects;
  live.room.on_signalling_resumed(client->participant, at, effects);
  run(live, effects, at);
  settle(live.record.id, at);
}

LiveRoom* ControlPlane::find_live(const std::string& name) {
  auto it = rooms_.find(RoomId(name));
  if (it != rooms_.end()) return it->second.get();
  const auto custom = custom_names_.find(name);
  return custom == custom_names_.end() ? nullptr : rooms_.at(custom->second).get();
}

LiveRoom& ControlPlane::open_room(const store::RoomRecord& record) {
  room::RoomSettings settings{.room = record.id, .custom_room = record.custom_room_id};
  for (const std::string& id : record.allowed_participant_ids) {
    settings.allowed_participant_ids.push_back(ParticipantId(id));
  }
  settings.auto_close =
      record.auto_close ? TimeDelta::seconds(record.auto_close->duration_minutes * 60) : config_.max_session;
  settings.max_participants = config_.max_participants;
  settings.grace_period = config_.grace_period;
  auto live = std::make_unique<LiveRoom>(record, std::move(settings), rng_);
  if (!record.custom_room_id.empty()) custom_names_.emplace(record.custom_room_id, record.id);
  return *rooms_.emplace(record.id, std::move(live)).first->second;
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

// --- time and end ---------------------------------------------------------------------------------------------------

Timestamp ControlPlane::next_deadline() const {
  Timestamp next = schedule_.empty() ? Timestamp::never() : schedule_.begin()->first;
  for (const SocketId id : unjoined_) next = std::min(next, sockets_.at(id).inbound.next_deadline());
  return next;
}

void ControlPlane::on_deadline(room::Moment at) {
  for (const SocketId id : std::vector<SocketId>(unjoined_.begin(), unjoined_.end())) {
    Socket& socket = sockets_.at(id);
    const auto close = socket.inbound.on_deadline(at.now);
    if (!close) continue;
    unjoined_.erase(id);
    socket.handle->close(*close);
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
  for (const auto& [id, live] : rooms_) stats.participants += live->clients.size();
  stats.guests = clients_.size() - stats.participants;
  for (const auto& [id, socket] : sockets_) stats.inbound += socket.inbound.stats();
  return stats;
}

}  // namespace parley::server
