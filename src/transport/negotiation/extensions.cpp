#include "transport/negotiation/extensions.hpp"

namespace parley::transport::negotiation {
namespace {

// 15 is for the two-byte form only, which the sender then uses (RFC 8285 section 4.3).
constexpr uint16_t kMaxUsableId = 255;

bool wanted_for_audio(rtp::Extension extension) {
  switch (extension) {
    case rtp::Extension::Mid:
    case rtp::Extension::AudioLevel:
    case rtp::Extension::AbsSendTime:
    case rtp::Extension::TransportSequence:
    case rtp::Extension::AbsCaptureTime: return true;
    default: return false;
  }
}

bool wanted_for_video(rtp::Extension extension, Direction direction) {
  switch (extension) {
    case rtp::Extension::Mid:
    case rtp::Extension::AbsSendTime:
    case rtp::Extension::TransportSequence:
    case rtp::Extension::DependencyDescriptor:
    case rtp::Extension::VideoOrientation:
    case rtp::Extension::PlayoutDelay:
    case rtp::Extension::VideoContentType:
    case rtp::Extension::AbsCaptureTime:
    case rtp::Extension::ColorSpace: return true;
    case rtp::Extension::Rid:
    case rtp::Extension::RepairedRid: return direction != Direction::Send;  // a receiver gets one layer, without name
    default: return false;
  }
}

/// May packets in our `direction` carry it? Directions of extmap are the offerer's.
bool flows(const sdp::ExtMap& offered, Direction direction) {
  const sdp::Direction theirs = offered.direction.value_or(sdp::Direction::SendRecv);
  if (theirs == sdp::Direction::Inactive) return false;
  switch (direction) {
    case Direction::Receive: return theirs != sdp::Direction::RecvOnly;
    case Direction::Send: return theirs != sdp::Direction::SendOnly;
    case Direction::Inactive: break;
  }
  return true;
}

}  // namespace

ExtensionSet agree_on_extensions(const std::vector<sdp::ExtMap>& offered, rtp::MediaKind kind, Direction direction,
                                 sdp::MediaSection& answer) {
  ExtensionSet agreed;
  for (const sdp::ExtMap& map : offered) {
    const auto extension = rtp::extension_from_uri(map.uri);
    if (!extension || map.id > kMaxUsableId || agreed[static_cast<size_t>(*extension)]) continue;
    const bool wanted =
        kind == rtp::MediaKind::Audio ? wanted_for_audio(*extension) : wanted_for_video(*extension, direction);
    if (!wanted || !flows(map, direction)) continue;
    agreed.set(static_cast<size_t>(*extension));
    auto& line = answer.ext_maps.emplace_back(sdp::ExtMap{.id = map.id, .uri = map.uri});
    if (map.direction) line.direction = sdp::reversed(*map.direction);
  }
  return agreed;
}

std::optional<std::string> ExtensionIds::add(const std::vector<sdp::ExtMap>& offered) {
  for (const sdp::ExtMap& map : offered) {
    if (map.id > kMaxUsableId) continue;
    std::string& uri = uri_of_[map.id];
    if (!uri.empty() && uri != map.uri) {
      return "header extension id " + std::to_string(map.id) + " is " + map.uri + " here and " + uri +
             " before; in one bundle an id has one meaning";
    }
    uri = map.uri;
    const auto extension = rtp::extension_from_uri(map.uri);
    if (!extension) continue;
    uint16_t& id = id_of_extension_[static_cast<size_t>(*extension)];
    if (id != 0 && id != map.id) {
      return "header extension " + map.uri + " has the ids " + std::to_string(id) + " and " + std::to_string(map.id) +
             "; in one bundle it has one id";
    }
    id = map.id;
  }
  return std::nullopt;
}

}  // namespace parley::transport::negotiation
