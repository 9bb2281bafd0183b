#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "transport/description.hpp"
#include "transport/negotiation.hpp"
#include "wire/parley.pb.h"

namespace parley::server {

inline constexpr size_t kSourceCount = 4;  // wire::Source

constexpr bool is_audio(wire::Source source) { return source == wire::AUDIO || source == wire::SHARE_AUDIO; }
constexpr wire::SeatLine::Kind seat_kind_of(wire::Source source) {
  return source == wire::AUDIO || source == wire::VIDEO ? wire::SeatLine::MAIN : wire::SeatLine::SHARE;
}

/// Which m-section of a connection carries which source, and which ones make up a seat: the lists of a wire::Offer with
/// mids resolved to the lines of the answered description. A line that the answer refused is absent.
struct MediaLines {
  struct Send {
    uint8_t line = 0;
    uint8_t layers = 1;  ///< simulcast encodings
  };
  struct Seat {
    uint32_t number = 0;
    wire::SeatLine::Kind kind = wire::SeatLine::MAIN;
    std::optional<uint8_t> audio;
    std::optional<uint8_t> video;
  };
  std::array<std::optional<Send>, kSourceCount> sends;  ///< by wire::Source
  std::vector<Seat> seats;

  /// The error names the entry whose mid is not in the description.
  static std::expected<MediaLines, std::string> resolve(const wire::Offer& offer, const transport::Description& d);

  std::optional<wire::Source> source_on(uint8_t line) const;
};

/// What the negotiator wants to know of the offer's seats.
std::vector<transport::SeatLines> seat_lines(const wire::Offer& offer);

}  // namespace parley::server
