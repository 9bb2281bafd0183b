#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "rtp/codec.hpp"
#include "sfu/media_packet.hpp"

namespace parley::sfu {

/// What one receiver is sent for one packet of a track: rewritten header fields, and a view of the shared payload
/// behind a few rewritten bytes. The engine adds the line's SSRC, the receiver's payload type, and its own extensions.
/// Valid as long as the MediaPacket it was made from.
struct ForwardedPacket {
  /// The longest VP8 payload descriptor (RFC 7741 section 4.2).
  static constexpr size_t kMaxPrefix = 6;
  /// Larger than any structure of three spatial and three temporal layers (about 90 bytes).
  static constexpr size_t kMaxDescriptor = 144;

  ForwardedPacket() {}  // leaves the buffers uninitialised: they are written when used

  rtp::Codec codec = rtp::Codec::Opus;
  bool marker = false;
  uint16_t sequence_number = 0;
  uint32_t timestamp = 0;
  /// Of the packet as received; its dependency descriptor is to be taken from here, below.
  const PassedExtensions* extensions = nullptr;
  uint8_t prefix_size = 0;
  uint8_t descriptor_size = 0;
  /// First bytes of the payload, to be written before `payload`.
  std::array<uint8_t, kMaxPrefix> prefix;
  /// Dependency descriptor with the receiver's frame number.
  std::array<uint8_t, kMaxDescriptor> descriptor;
  /// The rest of the payload. Prefix and payload both empty: an empty packet, sent so that its number is not missed.
  Bytes payload;

  Bytes payload_prefix() const { return {prefix.data(), prefix_size}; }
  Bytes dependency_descriptor() const { return {descriptor.data(), descriptor_size}; }
  size_t payload_size() const { return prefix_size + payload.size(); }
};

}  // namespace parley::sfu
