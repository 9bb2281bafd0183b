#include "room/seating.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.hpp"

namespace parley::room {
namespace {

Ranking rank_main(const Roster& roster, const Stage& stage) {
  std::vector<Ranking::Item> items;
  for (const Participant& p : roster.all()) {
    if (!p.shows_main()) continue;
    items.push_back({p.number, stage.pin_of(p.number).cam(), stage.speaker() == p.number, p.last_spoke});
  }
  return Ranking(std::move(items));
}

Ranking rank_share(const Roster& roster, const Stage& stage) {
  std::vector<Ranking::Item> items;
  for (const Participant& p : roster.all()) {
    if (!p.shows_share()) continue;
    items.push_back({p.number, stage.pin_of(p.number).share(), stage.presenter() == p.number, p.last_presented});
  }
  return Ranking(std::move(items));
}

// What a seat of each kind carries: the sound and the picture.
constexpr std::array<wire::Source, 2> sources_of(SeatKind kind) {
  return kind == wire::SeatLine::MAIN ? std::array{wire::AUDIO, wire::VIDEO}
                                      : std::array{wire::SHARE_AUDIO, wire::SHARE};
}

wire::SeatAssignment assignment(const Seats::Seat& seat, const Roster& roster) {
  wire::SeatAssignment out;
  out.set_seat(seat.number);
  if (seat.member) {
    const Participant* member = roster.find(*seat.member);
    PARLEY_CHECK(member);
    out.set_participant_id(member->id.value());
  }
  return out;
}

Delivery delivery(const Participant& receiver, MemberNumber of, wire::Source source, const Stage& stage) {
  Delivery delivery{receiver.receiver.wishes.effective(of, source), 0};
  if (source == wire::SHARE) {
    delivery.priority = 3;
  } else if (source == wire::VIDEO) {
    delivery.priority = stage.pin_of(of).cam() ? 2 : stage.speaker() == of ? 1 : 0;
  }
  return delivery;
}

void tell_deliveries(Participant& receiver, Seats& seats, const Roster& roster, const Stage& stage, Effects& effects) {
  for (Seats::Seat& seat : seats.seats()) {
    if (!seat.member) continue;
    const Participant& member = *roster.find(*seat.member);
    const std::array<wire::Source, 2> sources = sources_of(seats.kind());
    for (size_t i = 0; i < sources.size(); ++i) {
      const Delivery now = delivery(receiver, member.number, sources[i], stage);
      if (std::exchange(seat.told[i], now) == now) continue;
      effects.push_back(SetReceive{receiver.id, member.id, sources[i], now.wish.quality, now.wish.width,
                                   now.wish.height, now.wish.paused, now.priority});
    }
  }
}

// How many seats to ask for: none while there are enough, or no more than were asked for already. A client that cannot
// offer more is not asked again and again.
uint32_t seats_to_ask(size_t needed, size_t offered, uint32_t asked, uint32_t most) {
  if (needed <= offered || offered >= most) return 0;
  const uint32_t batches = (static_cast<uint32_t>(needed) + kSeatBatch - 1) / kSeatBatch;
  const uint32_t wanted = std::min(batches * kSeatBatch, most);
  return wanted > asked ? wanted : 0;
}

}  // namespace

Seating::Seating(const Roster& roster, const Stage& stage)
    : roster_(roster), stage_(stage), main_(rank_main(roster, stage)), share_(rank_share(roster, stage)) {}

Seating::Result Seating::seat(Participant& receiver) const {
  Result result;
  if (!receiver.media) return result;
  seat_kind(receiver, receiver.receiver.main, main_, result);
  seat_kind(receiver, receiver.receiver.share, share_, result);
  result.seats_wanted = seats_wanted(receiver);
  return result;
}

void Seating::seat_kind(Participant& receiver, Seats& seats, const Ranking& ranking, Result& result) const {
  for (const Seats::Seat* seat : seats.update(ranking, receiver.number)) {
    wire::SeatAssignment change = assignment(*seat, roster_);
    result.effects.push_back(AssignSeat{receiver.id, seat->number, ParticipantId(change.participant_id())});
    result.changed.push_back(std::move(change));
  }
  tell_deliveries(receiver, seats, roster_, stage_, result.effects);
}

std::optional<wire::SeatsWanted> Seating::seats_wanted(Participant& participant) const {
  Receiver& receiver = participant.receiver;
  const size_t others = main_.size() - (participant.shows_main() ? 1 : 0);
  const size_t sharers = share_.size() - (participant.shows_share() ? 1 : 0);
  const uint32_t main = seats_to_ask(others, receiver.main.size(), receiver.asked_main, kMaxMainSeats);
  const uint32_t share = seats_to_ask(sharers, receiver.share.size(), receiver.asked_share, kMaxShareSeats);
  if (main == 0 && share == 0) return std::nullopt;
  receiver.asked_main = std::max({receiver.asked_main, main, static_cast<uint32_t>(receiver.main.size())});
  receiver.asked_share = std::max({receiver.asked_share, share, static_cast<uint32_t>(receiver.share.size())});
  wire::SeatsWanted wanted;
  wanted.set_main(receiver.asked_main);
  wanted.set_share(receiver.asked_share);
  return wanted;
}

void tell_deliveries(Participant& receiver, const Roster& roster, const Stage& stage, Effects& effects) {
  tell_deliveries(receiver, receiver.receiver.main, roster, stage, effects);
  tell_deliveries(receiver, receiver.receiver.share, roster, stage, effects);
}

std::vector<wire::SeatAssignment> seats_of(const Participant& receiver, const Roster& roster) {
  std::vector<wire::SeatAssignment> all;
  for (const Seats* seats : {&receiver.receiver.main, &receiver.receiver.share}) {
    for (const Seats::Seat& seat : seats->seats()) all.push_back(assignment(seat, roster));
  }
  return all;
}

}  // namespace parley::room
