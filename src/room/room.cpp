#include "room/room.hpp"

#include <algorithm>
#include <utility>

#include "auth/rules.hpp"
#include "base/check.hpp"
#include "room/codes.hpp"

namespace parley::room {
namespace {

constexpr size_t kGeneratedIdSize = 10;  // 59 bits: no two of one room will meet
constexpr size_t kSessionIdSize = 24;    // hexadecimal, as VideoSDK's are

wire::Error to_error(const auth::Refusal& refusal) {
  wire::Error error;
  error.set_code(refusal.code);
  error.set_message(refusal.message);
  return error;
}

wire::ServerMessage entry_requested(const Entries::Entry& guest) {
  wire::ServerMessage message;
  message.mutable_entry_requested()->set_participant_id(guest.id.value());
  message.mutable_entry_requested()->set_display_name(guest.request.join.display_name());
  return message;
}

}  // namespace

Room::Room(RoomSettings settings, Rng rng)
    : settings_(std::move(settings)), rng_(std::move(rng)), pubsub_(settings_.max_kept_messages) {}

// ---- joining -----------------------------------------------------------------------------------------------------

std::expected<ParticipantId, wire::Error> Room::join(JoinRequest request, Moment at, Effects& effects) {
  const auto refuse = [](const auth::Refusal& refusal) { return std::unexpected(to_error(refusal)); };
  if (closed_) return refuse({code::kRoomDisabled, "the room is disabled"});
  ParticipantId id = auth::id_to_join_under(request.claims, ParticipantId(request.join.participant_id()));
  const auto entry = auth::may_enter(request.claims, {settings_.room, settings_.custom_room}, id);
  if (!entry) return refuse(entry.error());
  if (id.empty()) id = ParticipantId(rng_.text(kGeneratedIdSize));
  if (auto sound = check(request, id); !sound) return refuse(sound.error());
  const auto& allowed = settings_.allowed_participant_ids;
  if (!request.claims.hidden && !allowed.empty() && std::ranges::find(allowed, id) == allowed.end()) {
    return refuse({code::kBadParticipantId, "this participantId is not on the room's list"});
  }
  if (auto place = place_for(request.claims.hidden, id); !place) return refuse(place.error());

  request.join.clear_token();
  request.join.clear_offer();  // up to 400 KB, which a guest who waits need not hold

  Turn turn(roster_, at, effects);
  // Whoever knocked under this id before has come again.
  if (const auto older = entries_.take(id)) {
    turn_away(*older, "knocked again from elsewhere", turn);
    tell_entry(id, false, "", turn);
  }
  if (*entry == auth::Entry::Direct) {
    enter(std::move(request), id, turn);
  } else if (request.claims.hidden) {
    return refuse({auth::kBadPermissions, "a hidden participant cannot knock: it needs allow_join"});
  } else if (entries_.full()) {
    return refuse({code::kCannotJoin, "too many are waiting to be let in"});
  } else {
    knock(std::move(request), id, turn);
  }
  return id;
}

Room::Outcome Room::place_for(bool hidden, const ParticipantId& id) const {
  const Participant* same = roster_.find(id);
  if (hidden) {
    if (!session_) return std::unexpected(auth::Refusal{code::kCannotJoin, "nobody is in the room to be watched"});
    if (!same || same->hidden) return {};
    return std::unexpected(auth::Refusal{code::kBadParticipantId, "a participant has this participantId"});
  }
  // Who comes again takes the place that it had.
  if (roster_.visible() < settings_.max_participants || (same && !same->hidden)) return {};
  return std::unexpected(auth::Refusal{code::kRoomFull, "the room is full"});
}

void Room::knock(JoinRequest request, ParticipantId id, Turn& turn) {
  wire::ServerMessage pending;
  pending.set_reply_to(request.request_id);
  pending.mutable_entry_pending();
  turn.add(SendMessage{request.client, id, std::move(pending)});
  Entries::Entry guest{std::move(id), std::move(request), turn.now() + Entries::kTimeout};
  turn.tell_admitters(entry_requested(guest));
  entries_.add(std::move(guest));
}

void Room::enter(JoinRequest request, const ParticipantId& id, Turn& turn) {
  if (Participant* same = roster_.find(id)) remove_member(*same, code::kDuplicateId, turn);
  if (!session_) start_session(turn);
  const Front before = front();
  const uint32_t reply_to = request.request_id;
  const wire::Join join = request.join;
  Participant& joined = add_member(std::move(request), id, turn);
  publish_from_start(joined, join, turn);
  tell_joined(joined, reply_to, before, turn);
}

void Room::start_session(Turn& turn) {
  session_ =
      Session{SessionId(rng_.text(kSessionIdSize, "0123456789abcdef")), turn.utc(), turn.now() + settings_.auto_close};
  turn.add(SessionStarted{session_->id, turn.utc()});
}

Participant& Room::add_member(JoinRequest request, const ParticipantId& id, Turn& turn) {
  wire::Join& join = request.join;
  Participant& joined = roster_.add({.number = MemberNumber(++members_),
                                     .id = id,
                                     .client = request.client,
                                     .permissions = request.claims.permissions,
                                     .hidden = request.claims.hidden,
                                     .display_name = join.display_name(),
                                     .meta_data_json = join.meta_data_json(),
                                     .mode = join.mode(),
                                     .device = join.device(),
                                     .joined_at = turn.utc()});
  // Who only watches is an audience, whatever its SDK's default is.
  if (joined.hidden && joined.mode == wire::SEND_AND_RECV) joined.mode = wire::RECV_ONLY;
  if (joined.mode != wire::SIGNALLING_ONLY) {
    joined.media = std::move(request.media);
    joined.receiver.main.offer(joined.media->seats);
    joined.receiver.share.offer(joined.media->seats);
  }
  if (!joined.hidden) {
    turn.add(ParticipantEntered{session_->id, id, joined.display_name, joined.meta_data_json, joined.mode,
                                joined.device, turn.utc()});
  }
  if (joined.media) turn.add(OpenMedia{id, joined.client});
  return joined;
}

void Room::tell_joined(Participant& joined, uint32_t reply_to, const Front& before, Turn& turn) {
  const Seating seating(roster_, stage_);
  Seating::Result own = seating.seat(joined);
  turn.send(joined, joined_message(joined, reply_to));
  turn.add(std::move(own.effects));
  if (own.seats_wanted) {
    wire::ServerMessage message;
    *message.mutable_seats_wanted() = *own.seats_wanted;
    turn.send(joined, std::move(message));
  }
  if (joined.hidden) return;
  if (auth::may_admit(joined.permissions)) {
    for (const Entries::Entry& guest : entries_.all()) turn.send(joined, entry_requested(guest));
  }

  wire::ServerMessage message;
  *message.mutable_participant_joined()->mutable_participant() = joined.info({});
  turn.tell_others(joined, message);
  tell_front(before, turn, &joined);
  reseat(seating, turn);
}

wire::ServerMessage Room::joined_message(const Participant& joined, uint32_t reply_to) const {
  wire::ServerMessage message;
  message.set_reply_to(reply_to);
  wire::Joined& body = *message.mutable_joined();
  body.set_room_id(settings_.room.value());
  body.set_custom_room_id(settings_.custom_room);
  body.set_session_id(session_->id.value());
  body.set_participant_id(joined.id.value());
  for (wire::SeatAssignment& seat : room::seats_of(joined, roster_)) *body.add_seats() = std::move(seat);
  *body.mutable_room() = state_for(joined.id);
  if (joined.permissions.allow_join) body.add_permissions("allow_join");
  if (joined.permissions.ask_join) body.add_permissions("ask_join");
  if (joined.permissions.allow_mod) body.add_permissions("allow_mod");
  body.set_grace_period_ms(static_cast<uint32_t>(settings_.grace_period.ms()));
  return message;
}

// ---- guests ------------------------------------------------------------------------------------------------------

void Room::cancel_entry(ClientId client, Moment at, Effects& effects) {
  Turn turn(roster_, at, effects);
  const auto guest = entries_.take(client);
  if (!guest) return;
  turn.add(Dismiss{client, guest->id, code::kLeft, std::string(code::leave_text(code::kLeft))});
  tell_entry(guest->id, false, "", turn);
}

void Room::turn_away(const Entries::Entry& guest, const std::string& why, Turn& turn) const {
  wire::ServerMessage message;
  message.set_reply_to(guest.request.request_id);
  *message.mutable_error() = to_error({code::kCannotJoin, why});
  turn.add(SendMessage{guest.request.client, guest.id, std::move(message)});
  turn.add(Dismiss{guest.request.client, guest.id, code::kJoinFailed, why});
}

void Room::tell_entry(const ParticipantId& guest, bool allowed, const std::string& decided_by, Turn& turn) const {
  wire::ServerMessage message;
  message.mutable_entry_responded()->set_participant_id(guest.value());
  message.mutable_entry_responded()->set_allowed(allowed);
  message.mutable_entry_responded()->set_decided_by(decided_by);
  turn.tell_admitters(message);
}

// ---- leaving -----------------------------------------------------------------------------------------------------

void Room::leave(Participant& leaver, uint32_t reason, Turn& turn) {
  remove_member(leaver, reason, turn);
  if (roster_.visible() == 0) {
    for (const Participant& watcher : roster_.all()) dismiss(watcher, reason, turn);
    end_session(reason, turn);
  } else {
    reseat(turn);
  }
}

void Room::dismiss(const Participant& leaver, uint32_t reason, Turn& turn) const {
  if (leaver.media) turn.add(CloseMedia{leaver.id});
  turn.add(Dismiss{leaver.client, leaver.id, reason, std::string(code::leave_text(reason))});
  if (leaver.hidden) return;
  turn.add(ParticipantExited{session_->id, leaver.id, leaver.display_name, reason, turn.utc()});
}

void Room::remove_member(Participant& leaver, uint32_t reason, Turn& turn) {
  dismiss(leaver, reason, turn);
  Front before = front();
  const MemberNumber number = leaver.number;
  const ParticipantId id = leaver.id;
  const bool hidden = leaver.hidden;
  stage_.forget(number);
  pubsub_.forget(number);
  roster_.remove(number);
  for (Participant& other : roster_.all()) {
    other.receiver.wishes.forget(number);
    other.media_requests.forget(number);
  }
  if (hidden) return;

  wire::ServerMessage message;
  wire::ParticipantLeft& left = *message.mutable_participant_left();
  left.set_participant_id(id.value());
  *left.mutable_reason() = to_error({reason, std::string(code::leave_text(reason))});
  left.set_main_participant_id(id_of(stage_.main()));
  turn.tell_all(message);
  before.main = stage_.main();  // that it may have changed is told
  tell_front(before, turn);
}

void Room::end_session(uint32_t reason, Turn& turn) {
  turn.add(SessionEnded{session_->id, turn.utc(), reason});
  session_.reset();
  roster_.clear();
  stage_ = Stage();
  pubsub_ = PubSub(settings_.max_kept_messages);
}

void Room::end(uint32_t reason, Turn& turn) {
  while (const auto guest = entries_.take_any()) turn_away(*guest, std::string(code::leave_text(reason)), turn);
  if (!session_) return;
  for (const Participant& participant : roster_.all()) dismiss(participant, reason, turn);
  end_session(reason, turn);
}

void Room::end(uint32_t reason, Moment at, Effects& effects) {
  Turn turn(roster_, at, effects);
  end(reason, turn);
}

bool Room::remove(const ParticipantId& participant, uint32_t reason, Moment at, Effects& effects) {
  Participant* leaver = roster_.find(participant);
  if (!leaver) return false;
  Turn turn(roster_, at, effects);
  leave(*leaver, reason, turn);
  return true;
}

void Room::close(Moment at, Effects& effects) {
  closed_ = true;
  end(code::kRoomClosed, at, effects);
}

// ---- looking -----------------------------------------------------------------------------------------------------

std::optional<SessionSnapshot> Room::snapshot() const {
  if (!session_) return std::nullopt;
  SessionSnapshot snapshot{session_->id, session_->started_at, {}};
  for (const Participant& p : roster_.all()) {
    if (p.hidden) continue;
    snapshot.participants.push_back({p.info(stage_.pin_of(p.number)), p.device});
  }
  return snapshot;
}

wire::RoomState Room::state_for(const ParticipantId& viewer) const {
  wire::RoomState state;
  for (const Participant& p : roster_.all()) {
    if (p.id != viewer && !p.hidden) *state.add_participants() = p.info(stage_.pin_of(p.number));
  }
  state.set_active_speaker_id(id_of(stage_.speaker()));
  state.set_active_presenter_id(id_of(stage_.presenter()));
  state.set_main_participant_id(id_of(stage_.main()));
  for (const wire::EgressState& egress : egresses_) *state.add_egresses() = egress;
  return state;
}

std::vector<wire::SeatAssignment> Room::seats_of(const ParticipantId& receiver) const {
  const Participant* participant = roster_.find(receiver);
  return participant ? room::seats_of(*participant, roster_) : std::vector<wire::SeatAssignment>();
}

}  // namespace parley::room
