// The part of Room that deals with what everybody sends and receives.
#include <algorithm>
#include <utility>

#include "room/codes.hpp"
#include "room/room.hpp"

namespace parley::room {
namespace {

std::unexpected<auth::Refusal> refuse(uint32_t code, std::string message) {
  return std::unexpected(auth::Refusal{code, std::move(message)});
}

bool is_display_surface(const std::string& surface) {
  return surface.empty() || surface == "monitor" || surface == "window" || surface == "browser";
}

}  // namespace

// ---- sending -----------------------------------------------------------------------------------------------------

Room::Outcome Room::may_publish(const Participant& from, const wire::Publish& publish) {
  if (!wire::Source_IsValid(publish.source())) return refuse(code::kBadParameter, "the source is unknown");
  if (!publish.enabled()) return {};
  if (from.hidden) return refuse(code::kBadPermissions, "a hidden participant only watches");
  if (from.mode != wire::SEND_AND_RECV) return refuse(code::kNotInThisMode, "only SEND_AND_RECV may publish");
  if (!from.media || !from.media->can_send(publish.source())) {
    return refuse(code::kProduceFailed, "the offer has no line that sends this source");
  }
  if (!is_display_surface(publish.display_surface()))
    return refuse(code::kBadParameter, "the display surface is unknown");
  return {};
}

namespace {

// The stream as the request wants it. The codec is what it was until packets say otherwise.
Stream wanted_stream(const Stream& before, const wire::Publish& publish) {
  if (!publish.enabled()) return {};
  return {.on = true,
          .paused = publish.paused(),
          .codec = before.codec,
          .display_surface = publish.source() == wire::SHARE ? publish.display_surface() : ""};
}

}  // namespace

Room::Outcome Room::publish(const wire::Publish& publish, Request& request) {
  Participant& from = request.from();
  if (auto may = may_publish(from, publish); !may) return may;
  request.ok();
  const Front before = front();
  const Stream next = wanted_stream(from.stream(publish.source()), publish);
  if (!set_stream(from, publish.source(), next, request.turn())) return {};
  tell_updated(from, request.turn());
  tell_front(before, request.turn());
  reseat(request.turn());
  return {};
}

void Room::publish_from_start(Participant& joined, const wire::Join& join, Turn& turn) {
  for (const wire::Publish& publish : join.publishes()) {
    if (!may_publish(joined, publish)) continue;
    set_stream(joined, publish.source(), wanted_stream(joined.stream(publish.source()), publish), turn);
  }
}

bool Room::set_stream(Participant& of, wire::Source source, Stream next, Turn& turn) {
  Stream& stream = of.stream(source);
  if (stream == next) return false;
  const Stream before = std::exchange(stream, std::move(next));
  if (before.flows() != stream.flows()) turn.add(EnableSource{of.id, source, stream.flows()});
  if (before.on != stream.on) {
    turn.add(ParticipantActivity{session_->id, of.id, activity_name(source), stream.on, "", turn.utc()});
    if (source == wire::SHARE && stream.on) {
      stage_.start_share(of.number);
      of.last_presented = turn.now();
    } else if (source == wire::SHARE) {
      stage_.stop_share(of.number);
    }
  }
  if (source == wire::AUDIO && !stream.flows() && stage_.speaker() == of.number) stage_.set_speaker(std::nullopt);
  return true;
}

void Room::switch_off_all(Participant& of, Turn& turn) {
  for (const wire::Source source : kAllSources) set_stream(of, source, {}, turn);
}

// ---- receiving ---------------------------------------------------------------------------------------------------

Room::Outcome Room::receive(const wire::Receive& receive, Request& request) {
  if (!wire::Source_IsValid(receive.source()) || !wire::Quality_IsValid(receive.quality())) {
    return refuse(code::kBadParameter, "the source or the quality is unknown");
  }
  Participant& from = request.from();
  const Participant* remote = roster_.find_visible(ParticipantId(receive.participant_id()));
  if (!remote || remote == &from) return refuse(code::kBadParticipantId, "there is no such remote participant");
  const Wish wish{receive.quality(), receive.width(), receive.height(), receive.paused()};
  if (!from.receiver.wishes.set(remote->number, receive.source(), wish)) {
    return refuse(code::kReceive, "too many remote streams with wishes of their own");
  }
  request.ok();
  tell_deliveries(from, roster_, stage_, request.turn().effects());
  return {};
}

Room::Outcome Room::pause_all(const wire::PauseAll& pause, Request& request) {
  const auto valid = [](int source) { return wire::Source_IsValid(source); };
  if (!std::ranges::all_of(pause.sources(), valid)) return refuse(code::kBadParameter, "a source is unknown");
  Participant& from = request.from();
  for (const wire::Source source : kAllSources) {
    const auto& named = pause.sources();
    if (named.empty() || std::find(named.begin(), named.end(), source) != named.end()) {
      from.receiver.wishes.pause_all(source, pause.paused());
    }
  }
  request.ok();
  tell_deliveries(from, roster_, stage_, request.turn().effects());
  return {};
}

void Room::reseat(const Seating& seating, Turn& turn) {
  for (Participant& receiver : roster_.all()) {
    Seating::Result result = seating.seat(receiver);
    turn.add(std::move(result.effects));
    wire::ServerMessage message;
    if (!result.changed.empty()) {
      for (wire::SeatAssignment& seat : result.changed) {
        *message.mutable_seats_changed()->add_seats() = std::move(seat);
      }
      turn.send(receiver, message);
    }
    if (result.seats_wanted) {
      *message.mutable_seats_wanted() = *result.seats_wanted;
      turn.send(receiver, std::move(message));
    }
  }
}

// ---- offers and modes --------------------------------------------------------------------------------------------

Room::Outcome Room::renegotiate(const OfferedMedia* media, Request& request) {
  if (!media) return refuse(code::kBadParameter, "there is no offer");
  if (request.from().mode == wire::SIGNALLING_ONLY) return refuse(code::kNotInThisMode, "SIGNALLING_ONLY has no media");
  const Front before = front();
  take_offer(request.from(), *media, request);
  tell_front(before, request.turn());
  reseat(request.turn());
  return {};
}

// Sources that the new offer has no line for are off with it. Replies with Negotiated.
void Room::take_offer(Participant& from, const OfferedMedia& media, Request& request) {
  Turn& turn = request.turn();
  if (!from.media) turn.add(OpenMedia{from.id, from.client});
  from.media = media;
  from.receiver.main.offer(media.seats);
  from.receiver.share.offer(media.seats);
  bool changed = false;
  for (const wire::Source source : kAllSources) {
    if (!media.can_send(source)) changed |= set_stream(from, source, {}, turn);
  }
  Seating::Result own = Seating(roster_, stage_).seat(from);
  wire::ServerMessage message;
  for (wire::SeatAssignment& seat : room::seats_of(from, roster_)) {
    *message.mutable_negotiated()->add_seats() = std::move(seat);
  }
  message.mutable_negotiated();
  request.reply(std::move(message));
  turn.add(std::move(own.effects));
  if (own.seats_wanted) {
    wire::ServerMessage wanted;
    *wanted.mutable_seats_wanted() = *own.seats_wanted;
    turn.send(from, std::move(wanted));
  }
  if (changed) tell_updated(from, turn);
}

Room::Outcome Room::change_mode(const wire::ChangeMode& change, const OfferedMedia* media, Request& request) {
  Participant& from = request.from();
  Turn& turn = request.turn();
  if (!wire::Mode_IsValid(change.mode())) return refuse(code::kChangeMode, "the mode is unknown");
  if (from.hidden && change.mode() == wire::SEND_AND_RECV) {
    return refuse(code::kChangeMode, "a hidden participant only watches");
  }
  if (change.mode() == wire::SIGNALLING_ONLY && media)
    return refuse(code::kChangeMode, "SIGNALLING_ONLY takes no offer");
  if (change.mode() != wire::SIGNALLING_ONLY && !media && !from.media) {
    return refuse(code::kChangeMode, "this mode needs an offer");
  }
  const Front before = front();
  const bool changed = std::exchange(from.mode, change.mode()) != change.mode();
  if (from.mode != wire::SEND_AND_RECV) {
    switch_off_all(from, turn);
    stage_.step_down(from.number);
  }
  if (from.mode == wire::SIGNALLING_ONLY && from.media) {
    turn.add(CloseMedia{from.id});
    from.media.reset();
    from.media_lost = false;
    from.receiver.close();
  }
  if (media) {
    take_offer(from, *media, request);
  } else {
    request.ok();
  }
  if (changed && !from.hidden) {
    turn.add(ParticipantActivity{session_->id, from.id, "mode", true, mode_name(from.mode), turn.utc()});
    tell_updated(from, turn);
  }
  tell_front(before, turn);
  reseat(turn);
  return {};
}

// ---- telling -----------------------------------------------------------------------------------------------------

void Room::tell_updated(const Participant& changed, Turn& turn) const {
  if (changed.hidden) return;
  wire::ServerMessage message;
  *message.mutable_participant_updated()->mutable_participant() = changed.info(stage_.pin_of(changed.number));
  turn.tell_others(changed, message);
}

void Room::tell_front(const Front& before, Turn& turn, const Participant* but) const {
  const auto tell = [&](const wire::ServerMessage& message) {
    for (const Participant& participant : roster_.all()) {
      if (&participant != but) turn.send(participant, message);
    }
  };
  const Front now = front();
  const bool presenter_changed = before.presenter != now.presenter;
  const bool only_main_changed = before.main != now.main && !presenter_changed;
  wire::ServerMessage message;
  if (before.speaker != now.speaker || only_main_changed) {
    message.mutable_speaker_changed()->set_participant_id(id_of(now.speaker));
    message.mutable_speaker_changed()->set_main_participant_id(id_of(now.main));
    tell(message);
  }
  if (presenter_changed) {
    message.mutable_presenter_changed()->set_participant_id(id_of(now.presenter));
    message.mutable_presenter_changed()->set_main_participant_id(id_of(now.main));
    tell(message);
  }
}

std::string Room::id_of(std::optional<MemberNumber> member) const {
  const Participant* participant = member ? roster_.find(*member) : nullptr;
  return participant ? participant->id.value() : "";
}

}  // namespace parley::room
