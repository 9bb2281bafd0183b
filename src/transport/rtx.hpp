#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "rtp/packet.hpp"

namespace parley::transport {

/// What the packet inside a retransmission was sent as.
struct RtxOriginal {
  Ssrc ssrc;
  PayloadType payload_type;
};

/// Restores the original packet of a retransmission (RFC 4588 section 4) in place: the header moves over the original
/// sequence number, the payload stays. Returns the restored packet, the tail of `packet`; empty if the payload is too
/// short to hold a sequence number, as in padding sent to probe for bandwidth.
MutableBytes unwrap_rtx(MutableBytes packet, const rtp::PacketView& view, const RtxOriginal& original);

}  // namespace parley::transport
