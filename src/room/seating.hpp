#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "room/effect.hpp"
#include "room/ranking.hpp"
#include "room/roster.hpp"
#include "room/stage.hpp"
#include "wire/parley.pb.h"

namespace parley::room {

/// Pools grow by this many seats at a time, so that people who arrive one by one do not cost a renegotiation each.
inline constexpr uint32_t kSeatBatch = 4;
/// The most that a client is asked to offer: the largest grid (25 tiles), and as many shares as a screen can hold side
/// by side. Beyond it the best ranked are shown.
inline constexpr uint32_t kMaxMainSeats = 25;
inline constexpr uint32_t kMaxShareSeats = 4;

/// Puts those who send on the seats of those who receive, as the room is at the time it is made. MAIN seats are for who
/// has a microphone or camera on, SHARE seats for who shares.
class Seating {
 public:
  Seating(const Roster& roster, const Stage& stage);

  struct Result {
    Effects effects;                                ///< AssignSeat, and the SetReceive that differ from what was told
    std::vector<wire::SeatAssignment> changed;      ///< for SeatsChanged
    std::optional<wire::SeatsWanted> seats_wanted;  ///< once each time that more are needed than were asked for
  };
  /// Nothing for a receiver without media.
  Result seat(Participant& receiver) const;

 private:
  void seat_kind(Participant& receiver, Seats& seats, const Ranking& ranking, Result& result) const;
  std::optional<wire::SeatsWanted> seats_wanted(Participant& receiver) const;

  const Roster& roster_;
  const Stage& stage_;
  Ranking main_;
  Ranking share_;
};

/// SetReceive for what is on the receiver's seats, where it differs from what was told before.
void tell_deliveries(Participant& receiver, const Roster& roster, const Stage& stage, Effects& effects);

/// All seats of a receiver, in the order it offered them: MAIN, then SHARE.
std::vector<wire::SeatAssignment> seats_of(const Participant& receiver, const Roster& roster);

}  // namespace parley::room
