#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/rng.hpp"
#include "transport/description.hpp"
#include "transport/negotiation_error.hpp"

namespace parley::transport {

/// Two m-sections (one may be missing: an empty mid) in which a remote participant appears. Both carry the MediaStream
/// id "seat-<number>" in the answer, so that browsers keep them in sync. (Their track ids browsers make up themselves.)
struct SeatLines {
  uint32_t seat = 0;
  Mid audio_mid;
  Mid video_mid;
};

/// What we are when an offer comes.
struct OfferContext {
  Fingerprint fingerprint;                 ///< of our DTLS certificate
  std::vector<LocalCandidate> candidates;  ///< where our shard listens, preferred first; the answer lists them all
  std::vector<SeatLines> seats;            ///< all seats of the offer, old and new
};

struct Answer {
  std::string sdp;
  Description description;
  bool ice_restarted = false;  ///< `description.local_ice` is new
};

/// The answering side of one peer connection's negotiation (RFC 8829 section 5.3), as an ICE-lite agent with everything
/// in one BUNDLE (RFC 9143). The client is always the offerer, so there is no glare and no state between offer and
/// answer.
///
/// - Offered sendonly: we receive. recvonly: we send, with SSRCs of ours that the line keeps for its life; a line lives
///   until it is stopped (port 0). sendrecv: one half is used, sending if the line is in a seat, else receiving.
/// - A stopped line's place may be taken by a new mid (RFC 8829 section 5.2.2): new life, new SSRCs.
/// - m=application is answered with port 0: there are no data channels yet.
/// - Candidates in offers are not read: a lite agent learns the peer's address from its checks.
///
/// Lives in the control plane. Refusals leave it as it was.
class Negotiator {
 public:
  Negotiator();
  ~Negotiator();
  Negotiator(Negotiator&&) noexcept;
  Negotiator& operator=(Negotiator&&) noexcept;

  /// Answers the first or any later offer of the peer connection.
  std::expected<Answer, NegotiationError> accept(std::string_view offer_sdp, const OfferContext& context, Rng& rng);

 private:
  struct State;
  class Run;
  std::unique_ptr<State> state_;  ///< what the last answer agreed on; empty before the first
};

}  // namespace parley::transport
