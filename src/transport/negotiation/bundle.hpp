#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "sdp/session_description.hpp"
#include "transport/description.hpp"
#include "transport/negotiation_error.hpp"

/// What an offer or answer says of the one transport that all its m-sections share.
namespace parley::transport::negotiation {

/// Which of the two a description is, for the sentences of errors.
enum class Document : uint8_t { Offer, Answer };
constexpr std::string_view name(Document document) { return document == Document::Offer ? "offer" : "answer"; }

/// Indices of the live sections in the order of the BUNDLE group, the tagged one first (RFC 9143 section 7.2).
/// All live sections have to be in it; a single one may do without a group. `live[i]`: section i is not answered with
/// port 0.
std::expected<std::vector<size_t>, NegotiationError> bundle_order(const sdp::SessionDescription& description,
                                                                  const std::vector<bool>& live,
                                                                  Document document = Document::Offer);

struct TransportTerms {
  IceParameters ice;
  std::vector<Fingerprint> fingerprints;  ///< only of hashes that dtls/ believes, with the right size
  sdp::Setup setup = sdp::Setup::ActPass;
};

/// From the section that gives the bundle its transport, and the session where the section says nothing.
std::expected<TransportTerms, NegotiationError> read_transport(const sdp::SessionDescription& description,
                                                               size_t tagged, Document document = Document::Offer);

}  // namespace parley::transport::negotiation
