#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "sdp/session_description.hpp"
#include "transport/negotiation.hpp"

namespace parley::transport::negotiation {

/// The seat number of each m-section, if it is in one. A seat must name existing, unstopped sections of the right kind
/// that can receive; each section belongs to one seat at most, and numbers are unique.
std::expected<std::vector<std::optional<uint32_t>>, NegotiationError> place_seats(const sdp::SessionDescription& offer,
                                                                                  std::span<const SeatLines> seats);

}  // namespace parley::transport::negotiation
