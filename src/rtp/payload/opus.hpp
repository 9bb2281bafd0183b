#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

/// Opus in RTP: RFC 7587. The payload is the Opus packet as it is, so packetizing is nothing.
namespace parley::rtp {

/// 120 ms, the longest that a packet holds (RFC 6716 section 3.2.5).
inline constexpr uint32_t kMaxOpusSamples = 5760;

/// How many samples at 48 kHz the packet decodes to, from its first bytes (RFC 6716 section 3.1). Nothing: no valid
/// packet.
std::optional<uint32_t> opus_samples(Bytes packet);

}  // namespace parley::rtp
