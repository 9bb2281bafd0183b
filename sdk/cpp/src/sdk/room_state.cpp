#include "sdk/room_state.hpp"

#include <algorithm>
#include <set>

#include "sdk/convert.hpp"

namespace parley::sdk {
namespace {

using Body = wire::ServerMessage::BodyCase;

const Stream* find_stream(const Participant& participant, StreamKind kind) {
  const auto it = std::ranges::find(participant.streams, kind, &Stream::kind);
  return it == participant.streams.end() ? nullptr : &*it;
}

bool is_over(const Egress& egress) { return egress.status.ends_with("_STOPPED") || egress.status.ends_with("_FAILED"); }

template <class Event>
void set_focus(std::string& place, const std::string& id, RoomEvents& events) {
  if (place == id) return;
  place = id;
  events.emplace_back(Event{id});
}

}  // namespace

const Participant* RoomState::find(const std::string& id) const {
  if (id == self_.id) return &self_;
  const auto it = std::ranges::find(others_, id, &Participant::id);
  return it == others_.end() ? nullptr : &*it;
}

Participant* RoomState::edit(const std::string& id) { return const_cast<Participant*>(find(id)); }

void RoomState::apply(const wire::ServerMessage& message, RoomEvents& events) {
  switch (message.body_case()) {
    case Body::kParticipantJoined: return set_member(message.participant_joined().participant(), false, events);
    case Body::kParticipantUpdated: return set_member(message.participant_updated().participant(), false, events);
    case Body::kParticipantLeft: {
      const wire::ParticipantLeft& left = message.participant_left();
      remove(left.participant_id(), {static_cast<int>(left.reason().code()), left.reason().message()}, events);
      return set_main(left.main_participant_id(), events);
    }
    case Body::kSeatsChanged: return assign(message.seats_changed().seats(), events);
    case Body::kNegotiated: return assign(message.negotiated().seats(), events);
    case Body::kSpeakerChanged:
      set_focus<SpeakerChanged>(speaker_, message.speaker_changed().participant_id(), events);
      return set_main(message.speaker_changed().main_participant_id(), events);
    case Body::kPresenterChanged:
      set_focus<PresenterChanged>(presenter_, message.presenter_changed().participant_id(), events);
      return set_main(message.presenter_changed().main_participant_id(), events);
    case Body::kPinStateChanged: return apply_pin(message.pin_state_changed(), events);
    case Body::kQualityChanged: {
      const wire::QualityChanged& change = message.quality_changed();
      Participant* participant = edit(change.participant_id());
      if (participant == nullptr) return;
      participant->connectionQuality = static_cast<int>(change.quality());
      events.emplace_back(ConnectionQualityChanged{participant->id, participant->connectionQuality});
      return;
    }
    case Body::kEgressChanged: return set_egress(message.egress_changed(), events);
    default: return;
  }
}

void RoomState::replace(const wire::RoomState& room, RoomEvents& events) {
  std::set<std::string> present;
  for (const auto& participant : room.participants()) present.insert(participant.participant_id());
  const std::vector<Participant> before = others_;
  for (const Participant& participant : before) {
    if (!present.contains(participant.id)) remove(participant.id, {}, events);
  }
  for (const auto& participant : room.participants()) set_member(participant, true, events);
  set_focus<SpeakerChanged>(speaker_, room.active_speaker_id(), events);
  set_focus<PresenterChanged>(presenter_, room.active_presenter_id(), events);
  set_main(room.main_participant_id(), events);
  // What is not told any more has ended while we were away; how, nobody says.
  for (Egress& egress : std::vector<Egress>(egresses_)) {
    const auto told = std::ranges::any_of(room.egresses(), [&](const auto& e) { return e.egress_id() == egress.id; });
    if (told) continue;
    wire::EgressState stopped;
    stopped.set_kind(to_wire(egress.kind));
    stopped.set_egress_id(egress.id);
    stopped.set_status(egress.status.substr(0, egress.status.find('_')) + "_STOPPED");
    set_egress(stopped, events);
  }
  for (const auto& egress : room.egresses()) set_egress(egress, events);
}

void RoomState::set_member(const wire::ParticipantInfo& info, bool pins_too, RoomEvents& events) {
  if (info.participant_id().empty()) return;
  Participant next = from_wire(info);
  if (Participant* known = edit(next.id)) {
    next.local = known->local;
    const Participant before = std::exchange(*known, std::move(next));
    return compare(before, *known, pins_too, events);
  }
  events.emplace_back(MemberJoined{next});
  for (const Stream& stream : next.streams) events.emplace_back(StreamEnabled{next, stream});
  others_.push_back(std::move(next));
}

/// Pins have a message of their own that names who pinned; only a taken-over state is compared for them.
void RoomState::compare(const Participant& before, const Participant& after, bool pins_too, RoomEvents& events) {
  if (before.mode != after.mode) events.emplace_back(MemberModeChanged{after});
  for (const StreamKind kind : {StreamKind::Audio, StreamKind::Video, StreamKind::Share, StreamKind::ShareAudio}) {
    const Stream* was = find_stream(before, kind);
    const Stream* is = find_stream(after, kind);
    if (was == nullptr && is != nullptr) events.emplace_back(StreamEnabled{after, *is});
    if (was != nullptr && is == nullptr) events.emplace_back(StreamDisabled{after, kind});
    if (is != nullptr && (was != nullptr && was->paused) != is->paused) {
      events.emplace_back(StreamPauseChanged{after.id, kind, is->paused});
    }
  }
  if (pins_too && (before.pin.cam != after.pin.cam || before.pin.share != after.pin.share)) {
    events.emplace_back(PinChanged{after.id, after.pin, ""});
  }
  if (before.connectionQuality != after.connectionQuality) {
    events.emplace_back(ConnectionQualityChanged{after.id, after.connectionQuality});
  }
  if (before.reconnecting != after.reconnecting) {
    events.emplace_back(ReconnectingChanged{after.id, after.reconnecting});
  }
}

void RoomState::remove(const std::string& id, LeaveInfo reason, RoomEvents& events) {
  const auto it = std::ranges::find(others_, id, &Participant::id);
  if (it == others_.end()) return;
  const Participant gone = std::move(*it);
  others_.erase(it);
  Seats seats = seats_;
  std::erase_if(seats, [&](const auto& seat) { return seat.second == id; });
  set_seats(std::move(seats), events);
  for (const Stream& stream : gone.streams) events.emplace_back(StreamDisabled{gone, stream.kind});
  events.emplace_back(MemberLeft{gone, std::move(reason)});
}

template <class AssignedSeats>
void RoomState::assign(const AssignedSeats& assignments, RoomEvents& events) {
  Seats seats = seats_;
  for (const wire::SeatAssignment& assignment : assignments) {
    if (assignment.participant_id().empty()) {
      seats.erase(assignment.seat());
    } else {
      seats[assignment.seat()] = assignment.participant_id();
    }
  }
  set_seats(std::move(seats), events);
}

void RoomState::set_seats(Seats seats, RoomEvents& events) {
  if (seats == seats_) return;
  seats_ = std::move(seats);
  events.emplace_back(SeatsMoved{});
}

void RoomState::apply_pin(const wire::PinStateChanged& change, RoomEvents& events) {
  if (Participant* participant = edit(change.participant_id())) {
    participant->pin = {.cam = change.state().cam(), .share = change.state().share()};
    events.emplace_back(PinChanged{participant->id, participant->pin, change.pinned_by()});
  }
  set_main(change.main_participant_id(), events);
}

void RoomState::set_main(const std::string& id, RoomEvents& events) { set_focus<MainChanged>(main_, id, events); }

void RoomState::set_egress(const wire::EgressState& state, RoomEvents& events) {
  Egress egress = from_wire(state);
  const auto it = std::ranges::find(egresses_, egress.id, &Egress::id);
  if (is_over(egress)) {
    if (it != egresses_.end()) egresses_.erase(it);
  } else if (it != egresses_.end()) {
    *it = egress;
  } else {
    egresses_.push_back(egress);
  }
  events.emplace_back(EgressChanged{std::move(egress)});
}

void RoomState::clear() {
  others_.clear();
  seats_.clear();
  egresses_.clear();
  speaker_.clear();
  presenter_.clear();
  main_.clear();
}

}  // namespace parley::sdk
