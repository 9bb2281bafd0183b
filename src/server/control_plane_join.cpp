// How a socket becomes a client of a room: Join and Resume.
#include <utility>

#include "auth/token.hpp"
#include "base/log.hpp"
#include "room/codes.hpp"
#include "server/control_plane.hpp"

namespace parley::server {
namespace {

constexpr uint32_t kNoSuchMeeting = 4003;
/// VideoSDK's generic error.
constexpr uint32_t kGenericError = 5000;

wire::ServerMessage error_reply(uint32_t request_id, uint32_t code, std::string text) {
  wire::ServerMessage reply;
  reply.set_reply_to(request_id);
  reply.mutable_error()->set_code(code);
  reply.mutable_error()->set_message(std::move(text));
  return reply;
}

}  // namespace

void ControlPlane::start_join(SocketId id, wire::ClientMessage message, room::Moment at) {
  unwatch(id);
  ++totals_.joins;
  auto claims = auth::verify(message.join().token(), keys_, at.utc);
  if (!claims) return refuse_join(id, message.id(), claims.error().code, claims.error().message, at.now);
  const std::string name = message.join().room_id();
  if (name.empty()) return refuse_join(id, message.id(), kNoSuchMeeting, "roomId is missing.", at.now);
  PendingJoin join{id, std::move(message), std::move(*claims)};
  if (LiveRoom* live = find_live(name)) return enter(std::move(join), *live, at);
  auto shared = std::make_shared<PendingJoin>(std::move(join));
  records_.find_room(
      name, [this, shared](auto found, room::Moment then) { finish_join(std::move(*shared), std::move(found), then); });
}

void ControlPlane::finish_join(PendingJoin join, store::Result<std::optional<store::RoomRecord>> found,
                               room::Moment at) {
  const auto it = sockets_.find(join.socket);
  if (it == sockets_.end() || shut_down_) return;  // gone meanwhile
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
    auto media = negotiate_first(room, pending.claims.hidden, join.offer());
    if (!media) return refuse(media.error());
    client->media.emplace(std::move(*media));
    request.media = std::move(*offered);
  }
  join.clear_offer();
  join.clear_token();
  client->hidden = pending.claims.hidden;
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
  watch(id);
}

void ControlPlane::resume(SocketId id, const wire::ClientMessage& message, room::Moment at) {
  unwatch(id);
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

}  // namespace parley::server
