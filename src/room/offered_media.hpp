#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "wire/parley.pb.h"

namespace parley::room {

using SeatKind = wire::SeatLine::Kind;

/// A place in a client's offer where a remote participant can appear.
struct OfferedSeat {
  uint32_t seat = 0;
  SeatKind kind = wire::SeatLine::MAIN;
  friend bool operator==(const OfferedSeat&, const OfferedSeat&) = default;
};

/// What an offer means to the room: the sources that it can send and the seats that it can fill.
struct OfferedMedia {
  /// More than any screen shows (VideoSDK's largest grid is 25) plus shares; each seat costs two m-sections.
  static constexpr size_t kMaxSeats = 64;

  std::vector<wire::Source> sends;
  std::vector<OfferedSeat> seats;

  /// Reads and checks the lists of an offer (not its SDP). The error says which entry is wrong: an unknown source or
  /// kind, a source, seat number or mid named twice, a line without a mid, more than kMaxSeats seats.
  static std::expected<OfferedMedia, std::string> parse(const wire::Offer& offer);

  bool can_send(wire::Source source) const;
};

}  // namespace parley::room
