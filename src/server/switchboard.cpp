#include "server/switchboard.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace parley::server {
namespace {

engine::Quality to_engine(wire::Quality quality) {
  switch (quality) {
    case wire::LOW: return engine::Quality::Low;
    case wire::MED: return engine::Quality::Medium;
    case wire::HIGH: return engine::Quality::High;
    default: return engine::Quality::Auto;
  }
}

engine::Preference to_preference(const room::SetReceive& effect) {
  const auto pixels = [](uint32_t n) { return static_cast<uint16_t>(std::min<uint32_t>(n, UINT16_MAX)); };
  return {to_engine(effect.quality), pixels(effect.width), pixels(effect.height), effect.paused, effect.priority};
}

}  // namespace

void Switchboard::attach(const ParticipantId& participant, Endpoint endpoint, MediaLines lines, Commands& out) {
  const auto [it, added] = parties_.try_emplace(participant);
  PARLEY_CHECK(added);
  it->second.endpoint = endpoint;
  it->second.lines = std::move(lines);
  owners_.emplace(endpoint.connection, participant);
  connect_all_to(participant, out);
}

void Switchboard::update(const ParticipantId& participant, MediaLines lines, Commands& out) {
  const auto it = parties_.find(participant);
  if (it == parties_.end()) return;
  Party& party = it->second;
  const auto before = std::exchange(party.lines, std::move(lines)).sends;
  for (size_t i = 0; i < kSourceCount; ++i) {
    const auto& now = party.lines.sends[i];
    if (!now || !party.enabled[i] || (before[i] && before[i]->line == now->line)) continue;
    out.emplace_back(party.endpoint.shard, engine::EnableTrack{{party.endpoint.connection, now->line}, true});
  }
  connect_all_to(participant, out);
}

void Switchboard::detach(const ParticipantId& participant) {
  const auto it = parties_.find(participant);
  if (it == parties_.end()) return;
  for (auto& [id, receiver] : parties_) {
    for (auto& [line, wish] : receiver.wishes) {
      if (wish.participant == participant) wish.subscribed.reset();
    }
  }
  owners_.erase(it->second.endpoint.connection);
  parties_.erase(it);
}

void Switchboard::enable_source(const room::EnableSource& effect, Commands& out) {
  const auto it = parties_.find(effect.participant);
  if (it == parties_.end() || static_cast<size_t>(effect.source) >= kSourceCount) return;
  Party& party = it->second;
  party.enabled[effect.source] = effect.enabled;
  const auto& send = party.lines.sends[effect.source];
  if (!send) return;
  out.emplace_back(party.endpoint.shard, engine::EnableTrack{{party.endpoint.connection, send->line}, effect.enabled});
}

void Switchboard::assign_seat(const room::AssignSeat& effect, Commands& out) {
  const auto it = parties_.find(effect.receiver);
  if (it == parties_.end()) return;
  Party& party = it->second;
  const auto seat = std::ranges::find(party.lines.seats, effect.seat, &MediaLines::Seat::number);
  if (seat == party.lines.seats.end()) return;
  const auto before = party.seats.find(effect.seat);
  if (before != party.seats.end() && before->second == effect.participant) return;
  party.seats.erase(effect.seat);
  if (!effect.participant.empty()) party.seats.emplace(effect.seat, effect.participant);
  // The one who had the seat leaves both of its lines; what the new one sends follows by set_receive.
  clear_line(party, seat->audio, out);
  clear_line(party, seat->video, out);
}

void Switchboard::clear_line(Party& receiver, std::optional<uint8_t> line, Commands& out) {
  if (!line || receiver.wishes.erase(*line) == 0) return;
  out.emplace_back(receiver.endpoint.shard, engine::Unsubscribe{receiver.endpoint.connection, *line});
}

const MediaLines::Seat* Switchboard::seat_showing(const Party& party, const ParticipantId& participant,
                                                  wire::SeatLine::Kind kind) const {
  for (const MediaLines::Seat& seat : party.lines.seats) {
    const auto it = party.seats.find(seat.number);
    if (seat.kind == kind && it != party.seats.end() && it->second == participant) return &seat;
  }
  return nullptr;
}

void Switchboard::set_receive(const room::SetReceive& effect, Commands& out) {
  const auto it = parties_.find(effect.receiver);
  if (it == parties_.end()) return;
  Party& party = it->second;
  const MediaLines::Seat* seat = seat_showing(party, effect.participant, seat_kind_of(effect.source));
  const std::optional<uint8_t> line = !seat ? std::nullopt : is_audio(effect.source) ? seat->audio : seat->video;
  if (!line) return;
  Wish& wish = party.wishes[*line];
  wish.participant = effect.participant;
  wish.source = effect.source;
  wish.preference = to_preference(effect);
  if (wish.subscribed) {
    out.emplace_back(party.endpoint.shard, engine::SetPreference{party.endpoint.connection, *line, wish.preference});
  }
  connect(party, *line, out);
}

/// Subscribes the line to what it wishes for, unless it is so already or the publisher has no such line.
void Switchboard::connect(Party& receiver, uint8_t line, Commands& out) {
  Wish& wish = receiver.wishes.at(line);
  const auto publisher = parties_.find(wish.participant);
  if (publisher == parties_.end()) return;
  const auto& send = publisher->second.lines.sends[wish.source];
  if (!send) return;
  const TrackId track{publisher->second.endpoint.connection, send->line};
  if (wish.subscribed == track) return;
  wish.subscribed = track;
  out.emplace_back(receiver.endpoint.shard, engine::Subscribe{receiver.endpoint.connection, line, track,
                                                              publisher->second.endpoint.shard, wish.preference});
}

void Switchboard::connect_all_to(const ParticipantId& publisher, Commands& out) {
  for (auto& [id, receiver] : parties_) {
    for (auto& [line, wish] : receiver.wishes) {
      if (wish.participant == publisher) connect(receiver, line, out);
    }
  }
}

std::optional<Switchboard::Stream> Switchboard::published(TrackId track) const {
  const auto owner = owners_.find(track.connection);
  if (owner == owners_.end()) return std::nullopt;
  const MediaLines& lines = parties_.at(owner->second).lines;
  const std::optional<wire::Source> source = lines.source_on(track.line);
  if (!source) return std::nullopt;
  return Stream{owner->second, *source, lines.sends[*source]->layers};
}

std::optional<Switchboard::Stream> Switchboard::shown(const ParticipantId& receiver, uint8_t line) const {
  const auto it = parties_.find(receiver);
  if (it == parties_.end()) return std::nullopt;
  const auto wish = it->second.wishes.find(line);
  if (wish == it->second.wishes.end() || !wish->second.subscribed) return std::nullopt;
  return published(*wish->second.subscribed);
}

std::optional<ParticipantId> Switchboard::owner_of(ConnectionId connection) const {
  const auto it = owners_.find(connection);
  if (it == owners_.end()) return std::nullopt;
  return it->second;
}

}  // namespace parley::server
