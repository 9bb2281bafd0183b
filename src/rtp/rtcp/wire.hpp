#pragma once

#include <cstdint>

#include "base/bytes.hpp"

/// Numbers and framing that readers and writers of RTCP share; not for other modules.
namespace parley::rtp::rtcp {

enum PacketType : uint8_t {
  kSenderReport = 200,
  kReceiverReport = 201,
  kSourceDescription = 202,
  kBye = 203,
  kTransportFeedback = 205,  // RTPFB, RFC 4585 section 6.1
  kPayloadFeedback = 206,    // PSFB
  kExtendedReport = 207,     // RFC 3611
};
enum TransportFormat : uint8_t { kGenericNack = 1, kTransportWide = 15 };
enum PayloadFormat : uint8_t { kPictureLoss = 1, kFullIntra = 4, kApplicationLayer = 15 };

inline constexpr size_t kHeaderSize = 4;
inline constexpr uint32_t kRembName = 0x52454d42;  // "REMB"

struct TransportFeedback;

/// Reads what follows the 4-byte header of a transport-wide feedback packet. False: malformed.
bool read_transport_feedback(ByteReader body, TransportFeedback& feedback);

/// `size`: of the whole packet in bytes, a multiple of 4. Writes the header if all of it will fit.
inline bool begin_packet(ByteWriter& out, PacketType type, size_t count_or_format, size_t size) {
  if (!out.ok() || out.remaining() < size) return false;
  out.u8(static_cast<uint8_t>(0x80 | count_or_format));
  out.u8(type);
  out.u16(static_cast<uint16_t>(size / 4 - 1));
  return true;
}

}  // namespace parley::rtp::rtcp
