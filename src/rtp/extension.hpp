#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace parley::rtp {

/// The RTP header extensions that Parley reads or forwards.
enum class Extension : uint8_t {
  Mid,                   ///< RFC 8843 section 15
  Rid,                   ///< RtpStreamId, RFC 8852
  RepairedRid,           ///< RepairedRtpStreamId, RFC 8852
  AudioLevel,            ///< RFC 6464
  AbsSendTime,           ///< 24 bits, 6.18 fixed point seconds
  TransportSequence,     ///< transport-wide-cc-01, draft-holmer-rmcat-transport-wide-cc-extensions-01
  DependencyDescriptor,  ///< AV1 RTP specification, appendix A
  VideoOrientation,      ///< 3GPP TS 26.114 section 7.4.5
  PlayoutDelay,
  VideoContentType,
  TransmissionOffset,  ///< RFC 5450
  AbsCaptureTime,
  ColorSpace,
  VideoTiming,
  VideoLayersAllocation,
};
inline constexpr size_t kExtensionCount = 15;

std::string_view uri(Extension extension);
std::optional<Extension> extension_from_uri(std::string_view uri);

/// The ids (1-14 one-byte form, up to 255 two-byte form, RFC 8285) that one peer connection negotiated. BUNDLE demands
/// that an id means the same in every m-section (RFC 8843 section 9.1), so one map serves a connection.
class ExtensionMap {
 public:
  /// 0: not negotiated.
  uint8_t id(Extension extension) const { return ids_[static_cast<size_t>(extension)]; }
  std::optional<Extension> extension(uint8_t id) const {
    const uint8_t found = by_id_[id];
    return found == 0 ? std::nullopt : std::optional(static_cast<Extension>(found - 1));
  }
  /// `id` 1-255 replaces an earlier id of the same extension, and takes the id from another one that had it; 0 removes.
  void set(Extension extension, uint8_t id);

  friend bool operator==(const ExtensionMap&, const ExtensionMap&) = default;

 private:
  std::array<uint8_t, kExtensionCount> ids_{};
  std::array<uint8_t, 256> by_id_{};  // Extension + 1
};

}  // namespace parley::rtp
