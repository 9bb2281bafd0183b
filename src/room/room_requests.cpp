// The part of Room that answers requests about other participants: entry, moderation, pins.
#include <utility>

#include "auth/rules.hpp"
#include "room/codes.hpp"
#include "room/room.hpp"

namespace parley::room {
namespace {

std::unexpected<auth::Refusal> refuse(uint32_t code, std::string message) {
  return std::unexpected(auth::Refusal{code, std::move(message)});
}

uint32_t remote_media_code(wire::Source source, bool enable) {
  if (source == wire::AUDIO) return enable ? code::kRemoteMicOn : code::kRemoteMicOff;
  return enable ? code::kRemoteWebcamOn : code::kRemoteWebcamOff;
}

/// What a hidden participant may ask for: to leave, and to receive. Everything else the others would notice.
bool only_watches(wire::ClientMessage::BodyCase body) {
  using Body = wire::ClientMessage;
  switch (body) {
    case Body::kLeave:
    case Body::kRenegotiate:
    case Body::kReceive:
    case Body::kPauseAll:
    case Body::kChangeMode:
    case Body::kPubsubSubscribe:
    case Body::kPubsubUnsubscribe: return true;
    default: return false;
  }
}

bool is_device(wire::Source source) { return source == wire::AUDIO || source == wire::VIDEO; }

}  // namespace

void Room::handle(const ParticipantId& from, const wire::ClientMessage& message, const OfferedMedia* media, Moment at,
                  Effects& effects) {
  Participant* participant = roster_.find(from);
  if (!participant) return;
  Turn turn(roster_, at, effects);
  Request request(*participant, message.id(), turn);
  if (const Outcome outcome = dispatch(message, media, request); !outcome) request.fail(outcome.error());
}

Room::Outcome Room::dispatch(const wire::ClientMessage& message, const OfferedMedia* media, Request& request) {
  using Body = wire::ClientMessage;
  if (request.from().hidden && !only_watches(message.body_case())) {
    return refuse(code::kBadPermissions, "a hidden participant only watches");
  }
  switch (message.body_case()) {
    case Body::kLeave: return leave_on_request(request);
    case Body::kRenegotiate: return renegotiate(media, request);
    case Body::kPublish: return publish(message.publish(), request);
    case Body::kReceive: return receive(message.receive(), request);
    case Body::kPauseAll: return pause_all(message.pause_all(), request);
    case Body::kChangeMode: return change_mode(message.change_mode(), media, request);
    case Body::kRespondEntry: return respond_entry(message.respond_entry(), request);
    case Body::kRemoteMedia: return remote_media(message.remote_media(), request);
    case Body::kRespondRemoteMedia: return respond_remote_media(message.respond_remote_media(), request);
    case Body::kRemoveParticipant: return remove_participant(message.remove_participant(), request);
    case Body::kEndMeeting: return end_meeting(request);
    case Body::kPin: return pin(message.pin(), request);
    case Body::kPubsubPublish: return pubsub_publish(message.pubsub_publish(), request);
    case Body::kPubsubSubscribe: return pubsub_subscribe(message.pubsub_subscribe(), request);
    case Body::kPubsubUnsubscribe: return pubsub_unsubscribe(message.pubsub_unsubscribe(), request);
    case Body::kSendData: return send_data(message.send_data(), request);
    case Body::kStartEgress:
    case Body::kStopEgress:
    case Body::kUpdateEgress: return ask_egress(message, request);
    case Body::kJoin:
    case Body::kResume:
    case Body::kPing:
    case Body::BODY_NOT_SET: break;
  }
  return refuse(code::kBadParameter, "this is not a request to the room");
}

Room::Outcome Room::leave_on_request(Request& request) {
  request.ok();
  leave(request.from(), code::kLeft, request.turn());
  return {};
}

Room::Outcome Room::respond_entry(const wire::RespondEntry& respond, Request& request) {
  Turn& turn = request.turn();
  if (!auth::may_admit(request.from().permissions)) return refuse(code::kRespondEntry, "this needs allow_join");
  const ParticipantId id(respond.participant_id());
  if (!entries_.find(id)) return refuse(code::kRespondEntry, "nobody of this participantId is waiting");
  if (respond.allow()) {
    if (auto place = place_for(false, id); !place) return place;
  }
  request.ok();
  Entries::Entry guest = *entries_.take(id);
  tell_entry(id, respond.allow(), request.from().id.value(), turn);
  wire::ServerMessage told;
  told.mutable_entry_responded()->set_participant_id(id.value());
  told.mutable_entry_responded()->set_allowed(respond.allow());
  told.mutable_entry_responded()->set_decided_by(request.from().id.value());
  turn.add(SendMessage{guest.request.client, id, std::move(told)});
  if (respond.allow()) {
    enter(std::move(guest.request), id, turn);
  } else {
    turn_away(guest, "entry was denied", turn);
  }
  return {};
}

// ---- moderation --------------------------------------------------------------------------------------------------

Room::Outcome Room::remote_media(const wire::RemoteMedia& remote, Request& request) {
  if (!is_device(remote.source())) return refuse(code::kBadParameter, "the source is neither AUDIO nor VIDEO");
  const uint32_t code = remote_media_code(remote.source(), remote.enable());
  if (!auth::may_moderate(request.from().permissions)) return refuse(code, "this needs allow_mod");
  Participant* target = roster_.find_visible(ParticipantId(remote.participant_id()));
  if (!target) return refuse(code, "there is no such participant");
  Turn& turn = request.turn();
  wire::ServerMessage message;
  if (remote.enable()) {
    if (target->mode != wire::SEND_AND_RECV) return refuse(code, "the participant does not send in its mode");
    if (!target->stream(remote.source()).on) {
      if (!target->media_requests.add(request.from().number, remote.source())) {
        return refuse(code, "the participant has too many requests to answer");
      }
      message.mutable_remote_media_requested()->set_participant_id(request.from().id.value());
      message.mutable_remote_media_requested()->set_source(remote.source());
      turn.send(*target, std::move(message));
    }
    request.ok();
    return {};
  }
  request.ok();
  const Front before = front();
  if (!set_stream(*target, remote.source(), {}, turn)) return {};
  message.mutable_remote_media_forced()->set_participant_id(request.from().id.value());
  message.mutable_remote_media_forced()->set_source(remote.source());
  turn.send(*target, std::move(message));
  tell_updated(*target, turn);
  tell_front(before, turn);
  reseat(turn);
  return {};
}

Room::Outcome Room::respond_remote_media(const wire::RespondRemoteMedia& respond, Request& request) {
  if (!is_device(respond.source())) return refuse(code::kBadParameter, "the source is neither AUDIO nor VIDEO");
  Participant* asker = roster_.find_visible(ParticipantId(respond.requested_by()));
  if (!asker || !request.from().media_requests.take(asker->number, respond.source())) {
    return refuse(remote_media_code(respond.source(), true), "there is no such request");
  }
  request.ok();
  wire::ServerMessage message;
  wire::RemoteMediaResponded& responded = *message.mutable_remote_media_responded();
  responded.set_participant_id(request.from().id.value());
  responded.set_source(respond.source());
  responded.set_accepted(respond.accept());
  request.turn().send(*asker, std::move(message));
  return {};
}

Room::Outcome Room::remove_participant(const wire::RemoveParticipant& remove, Request& request) {
  if (!auth::may_moderate(request.from().permissions)) return refuse(code::kRemove, "this needs allow_mod");
  Participant* target = roster_.find_visible(ParticipantId(remove.participant_id()));
  if (!target) return refuse(code::kRemove, "there is no such participant");
  request.ok();
  leave(*target, code::kRemoved, request.turn());
  return {};
}

// The server carries it out and replies: the room knows who may ask, not what recordings are.
Room::Outcome Room::ask_egress(const wire::ClientMessage& message, Request& request) {
  const Participant& from = request.from();
  if (!auth::may_moderate(from.permissions)) return refuse(code::kBadPermissions, "this needs allow_mod");
  request.turn().add(EgressRequested{from.client, message});
  return {};
}

Room::Outcome Room::end_meeting(Request& request) {
  if (!auth::may_moderate(request.from().permissions)) return refuse(code::kBadPermissions, "this needs allow_mod");
  request.ok();
  end(code::kAllRemoved, request.turn());
  return {};
}

// Pins are everybody's view of the room, so that an audience must not set them.
Room::Outcome Room::pin(const wire::Pin& pin, Request& request) {
  const uint32_t code = pin.pinned() ? code::kPin : code::kUnpin;
  if (!wire::PinTarget_IsValid(pin.target())) return refuse(code::kBadParameter, "the pin target is unknown");
  const Participant& from = request.from();
  if (from.mode != wire::SEND_AND_RECV && !auth::may_moderate(from.permissions)) {
    return refuse(code, "this needs SEND_AND_RECV mode or allow_mod");
  }
  const Participant* target = roster_.find_visible(ParticipantId(pin.participant_id()));
  if (!target) return refuse(code, "there is no such participant");
  request.ok();
  if (!stage_.pin(target->number, pin.target(), pin.pinned())) return {};
  wire::ServerMessage message;
  wire::PinStateChanged& changed = *message.mutable_pin_state_changed();
  changed.set_participant_id(target->id.value());
  *changed.mutable_state() = stage_.pin_of(target->number);
  changed.set_pinned_by(from.id.value());
  changed.set_main_participant_id(id_of(stage_.main()));
  request.turn().tell_all(message);
  reseat(request.turn());
  return {};
}

}  // namespace parley::room
