#pragma once

#include <expected>
#include <vector>

#include "sdp/session_description.hpp"
#include "transport/description.hpp"
#include "transport/negotiation/bundle.hpp"
#include "transport/negotiation_error.hpp"

/// Reads a server's answer against the offer that it answers (RFC 8829 section 5.10).
namespace parley::transport::negotiation {

/// An m-section of the offer, and what of the line it does not say.
struct OfferedSection {
  sdp::MediaSection section;
  rtp::MediaKind kind = rtp::MediaKind::Audio;
  Direction direction = Direction::Inactive;  ///< of the line; Inactive if it is stopped
  std::vector<StreamSsrcs> ssrcs;             ///< Send: one a rid, else one
};

struct AnswerTerms {
  std::vector<Line> lines;
  rtp::ExtensionMap extensions;
  bool reduced_size_rtcp = false;
  TransportTerms transport;
  std::vector<ice::RemoteCandidate> candidates;
};

/// Sections that the answer rejects become placeholders: Inactive, without codecs.
std::expected<AnswerTerms, NegotiationError> read_answer(const sdp::SessionDescription& answer,
                                                         const std::vector<OfferedSection>& offered);

}  // namespace parley::transport::negotiation
