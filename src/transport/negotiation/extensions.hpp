#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rtp/codec.hpp"
#include "rtp/extension.hpp"
#include "sdp/session_description.hpp"
#include "transport/description.hpp"

/// Which RTP header extensions of an offer we take.
///
/// Left out, and why: toffset (RFC 5450: a send time relative to the media clock, which says nothing after the server
/// has paced the packet anew; abs-send-time does that job), video-timing (the publisher's encoder times, for a
/// debugging receiver), video-layers-allocation (layer bit rates, which are measured here), csrc-audio-level (RFC 6465:
/// nothing is mixed here), encrypted extensions (RFC 6904: no browser has them) and whatever `rtp::Extension` does not
/// know.
namespace parley::transport::negotiation {

using ExtensionSet = std::bitset<rtp::kExtensionCount>;

/// Writes the extmap lines of one section to the answer. Returns those extensions that may be on packets in the
/// section's direction (`direction` is ours): an extension offered as sendonly (RFC 8285 section 6) is only for packets
/// to us.
ExtensionSet agree_on_extensions(const std::vector<sdp::ExtMap>& offered, rtp::MediaKind kind, Direction direction,
                                 sdp::MediaSection& answer);

/// Checks that ids mean the same in all sections of the bundle (RFC 9143 section 9.1, RFC 8285 section 6).
class ExtensionIds {
 public:
  /// What is wrong with one more section's lines, if anything.
  std::optional<std::string> add(const std::vector<sdp::ExtMap>& offered);

 private:
  std::array<std::string, 256> uri_of_;                           ///< by id, "" unused
  std::array<uint16_t, rtp::kExtensionCount> id_of_extension_{};  ///< 0 unused
};

}  // namespace parley::transport::negotiation
