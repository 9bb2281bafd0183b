#pragma once

#include <string>
#include <vector>

#include "sdp/session_description.hpp"
#include "transport/description.hpp"

namespace parley::transport::negotiation {

/// Browsers' encoders make three simulcast layers at most.
inline constexpr size_t kMaxSimulcastLayers = 3;
/// What fits a one-byte header extension element (RFC 8285 section 4.2), in which rids travel (RFC 8852).
inline constexpr size_t kMaxRidSize = 16;

/// Answers what the offer sends in simulcast (RFC 8853, RFC 8851): a=rid … recv and a=simulcast:recv lines in the
/// answer, with the order and the restrictions of the offer. Returns the rids; none: no simulcast.
///
/// The order of a=simulcast:send is taken as lowest resolution first, since the signalled text says nothing else: our
/// clients give sendEncodings as q, h, f. Of alternatives ("q,r") the first is taken. Streams beyond
/// `kMaxSimulcastLayers`, with a longer rid, or restricted to payload types that `codecs` do not have are left out.
/// Streams that start paused ("~") are taken like others.
std::vector<std::string> agree_on_simulcast(const sdp::MediaSection& offered, const std::vector<CodecBinding>& codecs,
                                            sdp::MediaSection& answer);

}  // namespace parley::transport::negotiation
