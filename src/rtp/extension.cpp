#include "rtp/extension.hpp"

namespace parley::rtp {
namespace {

// In the order of `Extension`, letter by letter as Chrome, Firefox and Safari write them in `a=extmap`.
constexpr std::array<std::string_view, kExtensionCount> kUris = {
    "urn:ietf:params:rtp-hdrext:sdes:mid",
    "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
    "urn:3gpp:video-orientation",
    "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type",
    "urn:ietf:params:rtp-hdrext:toffset",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
    "http://www.webrtc.org/experiments/rtp-hdrext/color-space",
    "http://www.webrtc.org/experiments/rtp-hdrext/video-timing",
    "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
};

}  // namespace

std::string_view uri(Extension extension) { return kUris[static_cast<size_t>(extension)]; }

std::optional<Extension> extension_from_uri(std::string_view uri) {
  for (size_t i = 0; i < kUris.size(); ++i) {
    if (kUris[i] == uri) return static_cast<Extension>(i);
  }
  return std::nullopt;
}

void ExtensionMap::set(Extension extension, uint8_t id) {
  const auto index = static_cast<size_t>(extension);
  by_id_[ids_[index]] = 0;
  if (const std::optional<Extension> earlier = this->extension(id)) ids_[static_cast<size_t>(*earlier)] = 0;
  ids_[index] = id;
  if (id != 0) by_id_[id] = static_cast<uint8_t>(index + 1);
}

}  // namespace parley::rtp
