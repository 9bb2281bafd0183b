// The part of Room that hears from the data plane, the sockets and the clock.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "room/codes.hpp"
#include "room/room.hpp"

namespace parley::room {

void Room::on_signalling_lost(const ParticipantId& participant, Moment at, Effects& effects) {
  Participant* lost = roster_.find(participant);
  if (!lost || !lost->held_until.is_never()) return;
  Turn turn(roster_, at, effects);
  const bool before = lost->reconnecting();
  lost->held_until = at.now + settings_.grace_period;
  if (!before) tell_updated(*lost, turn);
}

void Room::on_signalling_resumed(const ParticipantId& participant, Moment at, Effects& effects) {
  Participant* back = roster_.find(participant);
  if (!back || back->held_until.is_never()) return;
  Turn turn(roster_, at, effects);
  back->held_until = Timestamp::never();
  if (!back->reconnecting()) tell_updated(*back, turn);
}

void Room::on_media_state(const ParticipantId& participant, wire::MediaState::State state, std::string_view reason,
                          Moment at, Effects& effects) {
  Participant* of = roster_.find(participant);
  if (!of || !of->media) return;
  Turn turn(roster_, at, effects);
  wire::ServerMessage message;
  message.mutable_media_state()->set_state(state);
  message.mutable_media_state()->set_reason(std::string(reason));
  turn.send(*of, std::move(message));
  const bool before = of->reconnecting();
  // The checks of an ICE restart (CONNECTING) neither lose a path nor bring one back.
  if (state == wire::MediaState::CONNECTED) of->media_lost = false;
  if (state == wire::MediaState::DISCONNECTED || state == wire::MediaState::FAILED) of->media_lost = true;
  if (of->reconnecting() != before) tell_updated(*of, turn);
}

void Room::on_track_started(const ParticipantId& participant, wire::Source source, std::string_view codec,
                            Effects& effects) {
  Participant* of = roster_.find(participant);
  if (!of || !wire::Source_IsValid(source)) return;
  Stream& stream = of->stream(source);
  if (!stream.on || stream.codec == codec) return;
  stream.codec = codec;
  Turn turn(roster_, Moment{}, effects);
  tell_updated(*of, turn);
}

void Room::on_speaker(const std::optional<ParticipantId>& participant, Moment at, Effects& effects) {
  Participant* speaker = participant ? roster_.find(*participant) : nullptr;
  // The report may have been on its way when the microphone went off.
  if (participant && (!speaker || !speaker->stream(wire::AUDIO).flows())) return;
  const Front before = front();
  if (Participant* last = before.speaker ? roster_.find(*before.speaker) : nullptr) last->last_spoke = at.now;
  if (speaker) speaker->last_spoke = at.now;
  stage_.set_speaker(speaker ? std::optional(speaker->number) : std::nullopt);
  if (stage_.speaker() == before.speaker) return;
  Turn turn(roster_, at, effects);
  tell_front(before, turn);
  reseat(turn);
}

void Room::on_connection_quality(const ParticipantId& participant, uint32_t quality, Effects& effects) {
  Participant* of = roster_.find(participant);
  const uint32_t bounded = std::clamp<uint32_t>(quality, 1, 5);
  if (!of || of->quality == bounded) return;
  of->quality = bounded;
  if (of->hidden) return;
  wire::ServerMessage message;
  message.mutable_quality_changed()->set_participant_id(participant.value());
  message.mutable_quality_changed()->set_quality(bounded);
  Turn(roster_, Moment{}, effects).tell_all(message);
}

void Room::on_receive_changed(const ParticipantId& receiver, const wire::ReceiveChanged& change, Effects& effects) {
  const Participant* to = roster_.find(receiver);
  if (!to || !roster_.find_visible(ParticipantId(change.participant_id()))) return;
  wire::ServerMessage message;
  *message.mutable_receive_changed() = change;
  Turn(roster_, Moment{}, effects).send(*to, std::move(message));
}

void Room::on_layer_demand(const ParticipantId& participant, wire::Source source, int32_t max_layer, Effects& effects) {
  const Participant* of = roster_.find(participant);
  if (!of) return;
  wire::ServerMessage message;
  message.mutable_layers_wanted()->set_source(source);
  message.mutable_layers_wanted()->set_max_layer(max_layer);
  Turn(roster_, Moment{}, effects).send(*of, std::move(message));
}

void Room::set_egress(const wire::EgressState& egress, Moment at, Effects& effects) {
  std::erase_if(egresses_, [&](const wire::EgressState& e) { return e.egress_id() == egress.egress_id(); });
  const bool over = egress.status().ends_with("_STOPPED") || egress.status().ends_with("_FAILED");
  if (!over) egresses_.push_back(egress);
  wire::ServerMessage message;
  *message.mutable_egress_changed() = egress;
  Turn(roster_, at, effects).tell_all(message);
}

Timestamp Room::next_deadline() const {
  Timestamp next = entries_.next_deadline();
  if (session_) next = std::min(next, session_->closes_at);
  for (const Participant& participant : roster_.all()) next = std::min(next, participant.held_until);
  return next;
}

void Room::on_deadline(Moment at, Effects& effects) {
  Turn turn(roster_, at, effects);
  while (const auto guest = entries_.take_expired(at.now)) {
    turn_away(*guest, "nobody answered in time", turn);
    tell_entry(guest->id, false, "", turn);
  }
  std::vector<ParticipantId> overdue;
  for (const Participant& participant : roster_.all()) {
    if (participant.held_until <= at.now) overdue.push_back(participant.id);
  }
  for (const ParticipantId& id : overdue) remove(id, code::kSignallingLost, at, effects);
  if (session_ && session_->closes_at <= at.now) end(code::kRoomClosed, turn);
}

}  // namespace parley::room
