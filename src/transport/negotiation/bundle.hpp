#pragma once

#include <expected>
#include <vector>

#include "sdp/session_description.hpp"
#include "transport/description.hpp"
#include "transport/negotiation.hpp"

/// What an offer says of the one transport that all its m-sections share.
namespace parley::transport::negotiation {

/// Indices of the live sections in the order of the offer's BUNDLE group, the tagged one first (RFC 9143 section 7.2).
/// All live sections have to be in it; a single one may do without a group. `live[i]`: section i is not answered with
/// port 0.
std::expected<std::vector<size_t>, NegotiationError> bundle_order(const sdp::SessionDescription& offer,
                                                                  const std::vector<bool>& live);

struct TransportOffer {
  IceParameters ice;
  std::vector<Fingerprint> fingerprints;  ///< only of hashes that dtls/ believes, with the right size
  sdp::Setup setup = sdp::Setup::ActPass;
};

/// From the section that gives the bundle its transport, and the session where the section says nothing.
std::expected<TransportOffer, NegotiationError> read_transport(const sdp::SessionDescription& offer, size_t tagged);

}  // namespace parley::transport::negotiation
