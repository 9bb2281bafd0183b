#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace parley::srtp {

inline constexpr size_t kMinRtpHeader = 12;
/// The part of an RTCP packet that stays in the clear: first word and SSRC (RFC 3711 section 3.4).
inline constexpr size_t kRtcpHeader = 8;
/// The E bit of the SRTCP index word.
inline constexpr uint32_t kEncryptedFlag = 0x80000000;

inline uint16_t rtp_sequence_number(Bytes packet) { return load_be16(&packet[2]); }
inline uint32_t rtp_ssrc(Bytes packet) { return load_be32(&packet[8]); }
inline uint32_t rtcp_ssrc(Bytes packet) { return load_be32(&packet[4]); }

/// The size of fixed header, CSRCs and extension block, all of which stay in the clear; empty if they overrun the
/// packet or it is not version 2.
inline std::optional<size_t> rtp_header_size(Bytes packet) {
  if (packet.size() < kMinRtpHeader || packet[0] >> 6 != 2) return std::nullopt;
  size_t size = kMinRtpHeader + (packet[0] & 0x0f) * 4u;
  if (packet[0] & 0x10) {
    if (size + 4 > packet.size()) return std::nullopt;
    size += 4 + load_be16(&packet[size + 2]) * 4u;
  }
  if (size > packet.size()) return std::nullopt;
  return size;
}

}  // namespace parley::srtp
