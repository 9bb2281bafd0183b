#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rtp/codec.hpp"
#include "sdp/session_description.hpp"
#include "transport/description.hpp"

/// Which codecs of an offered m-section we take: Opus, VP8, VP9 profiles 0 and 2, H.264 packetization modes 0 and 1
/// with any profile, AV1 profile 0, and RTX (RFC 4588) for each. red, ulpfec, flexfec, telephone-event, CN and the
/// G.7xx codecs are left out.
namespace parley::transport::negotiation {

/// A codec configuration that we can forward.
struct CodecFormat {
  std::string key;         ///< `CodecBinding::format`
  std::string parameters;  ///< of the fmtp line in the answer, "" for no line
};
/// Nothing: not supported. `parameters` are those of the offer's fmtp line.
std::optional<CodecFormat> agree_on_format(rtp::Codec codec, std::string_view parameters);

/// The H.264 profile that a profile-level-id stands for (RFC 6184 section 8.1, table 5): "constrained-baseline",
/// "main", … or the first four digits for one without a name here; nothing if it is not six hexadecimal digits.
std::optional<std::string> h264_profile(std::string_view profile_level_id);

/// Writes formats, rtpmap, fmtp and rtcp-fb lines to the answer, with payload types and order of the offer, and returns
/// the bindings: none if no codec is supported. `transport_sequence`: the section has the transport-wide sequence
/// number extension, without which rtcp-fb transport-cc says nothing.
std::vector<CodecBinding> agree_on_codecs(const sdp::MediaSection& offered, rtp::MediaKind kind,
                                          bool transport_sequence, sdp::MediaSection& answer);

}  // namespace parley::transport::negotiation
