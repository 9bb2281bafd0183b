#include "room/seats.hpp"

#include <algorithm>
#include <utility>

namespace parley::room {

void Seats::offer(std::span<const OfferedSeat> offered) {
  std::vector<Seat> next;
  for (const OfferedSeat& seat : offered) {
    if (seat.kind != kind_) continue;
    const auto known = std::ranges::find(seats_, seat.seat, &Seat::number);
    next.push_back(known == seats_.end() ? Seat{.number = seat.seat} : *known);
  }
  seats_ = std::move(next);
}

std::vector<Seats::Seat*> Seats::update(const Ranking& ranking, MemberNumber self) {
  std::vector<std::optional<MemberNumber>> before;
  before.reserve(seats_.size());
  for (Seat& seat : seats_) {
    before.push_back(seat.member);
    if (seat.member && !ranking.rank(*seat.member)) seat.member.reset();
  }
  fill_free(ranking, self);
  yield_to_claimants(ranking, self);

  std::vector<Seat*> changed;
  for (size_t i = 0; i < seats_.size(); ++i) {
    if (seats_[i].member == before[i]) continue;
    seats_[i].told = {};
    changed.push_back(&seats_[i]);
  }
  return changed;
}

void Seats::fill_free(const Ranking& ranking, MemberNumber self) {
  const auto is_free = [](const Seat& seat) { return !seat.member; };
  auto free = std::ranges::find_if(seats_, is_free);
  for (const Ranking::Item& item : ranking.items()) {
    if (free == seats_.end()) return;
    if (item.member == self || seat_of(item.member)) continue;
    free->member = item.member;
    free = std::find_if(free, seats_.end(), is_free);
  }
}

void Seats::yield_to_claimants(const Ranking& ranking, MemberNumber self) {
  for (const Ranking::Item& item : ranking.claimants()) {
    if (item.member == self || seat_of(item.member)) continue;
    Seat* seat = worst_unpinned(ranking);
    // Who is in focus but not pinned ranks below all pinned and above all others, so this can only be a better claim.
    if (!seat || ranking.rank(*seat->member) < ranking.rank(item.member)) continue;
    seat->member = item.member;
  }
}

Seats::Seat* Seats::seat_of(MemberNumber member) {
  const auto it = std::ranges::find(seats_, std::optional(member), &Seat::member);
  return it == seats_.end() ? nullptr : &*it;
}

Seats::Seat* Seats::worst_unpinned(const Ranking& ranking) {
  Seat* worst = nullptr;
  for (Seat& seat : seats_) {
    const std::optional<size_t> rank = seat.member ? ranking.rank(*seat.member) : std::nullopt;
    if (!rank || ranking.items()[*rank].pinned) continue;
    if (!worst || *rank > *ranking.rank(*worst->member)) worst = &seat;
  }
  return worst;
}

}  // namespace parley::room
