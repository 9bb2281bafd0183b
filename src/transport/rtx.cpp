#include "transport/rtx.hpp"

#include <cstring>
#include <optional>

#include "rtp/rtx.hpp"

namespace parley::transport {

MutableBytes unwrap_rtx(MutableBytes packet, const rtp::PacketView& view, const RtxOriginal& original) {
  const std::optional<uint16_t> sequence_number = rtp::original_sequence_number(view.payload);
  if (!sequence_number) return {};
  std::memmove(packet.data() + rtp::kRtxHeaderSize, packet.data(), view.header_size);
  const MutableBytes restored = packet.subspan(rtp::kRtxHeaderSize);
  restored[1] = static_cast<uint8_t>((restored[1] & 0x80) | original.payload_type.value());
  store_be16(restored.data() + 2, *sequence_number);
  store_be32(restored.data() + 8, original.ssrc.value());
  return restored;
}

}  // namespace parley::transport
