#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sdp/session_description.hpp"
#include "transport/description.hpp"

/// Answers one m-section; what concerns the connection as a whole (ICE, DTLS, BUNDLE) is added by the Negotiator.
namespace parley::transport::negotiation {

/// What is known of a section before it is answered.
struct SectionContext {
  size_t index = 0;
  std::optional<uint32_t> seat;  ///< number of the seat that it belongs to
  StreamSsrcs ssrcs;             ///< ours for the place, with `rtx`
  std::string cname;
};

struct AnsweredSection {
  Line line;
  sdp::MediaSection answer;
  bool live = false;  ///< false: answered with port 0
};

/// Stopped by the offer: port 0 that bundle-only does not explain (RFC 9143 section 6).
bool is_stopped(const sdp::MediaSection& offered);

/// Port 0, the first of the offered formats, a placeholder as line.
AnsweredSection reject(const sdp::MediaSection& offered);

/// Port 0 as well if it is stopped, of another kind than audio and video, or has no codec for us. `ext_maps`: of the
/// session and the section together.
AnsweredSection answer_section(const sdp::MediaSection& offered, const std::vector<sdp::ExtMap>& ext_maps,
                               sdp::Direction direction, const SectionContext& context);

/// The section's, else the session's, else sendrecv (RFC 8866 section 6.7).
sdp::Direction direction_of(const sdp::SessionDescription& offer, const sdp::MediaSection& offered);

/// Our direction on a line. One half of a sendrecv line is used, as a line is one stream: sending if it is in a seat.
Direction choose_direction(sdp::Direction offered, bool in_seat);

/// From the offer's a=ssrc and a=ssrc-group:FID lines; nothing if there are none.
std::optional<StreamSsrcs> announced_ssrcs(const sdp::MediaSection& offered);

}  // namespace parley::transport::negotiation
