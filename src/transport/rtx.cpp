#include "transport/rtx.hpp"

#include <cstring>

namespace parley::transport {

MutableBytes unwrap_rtx(MutableBytes packet, const rtp::PacketView& view, const RtxOriginal& original) {
  constexpr size_t kOsnSize = 2;
  if (view.payload.size() < kOsnSize) return {};
  const uint16_t sequence_number = load_be16(packet.data() + view.header_size);
  std::memmove(packet.data() + kOsnSize, packet.data(), view.header_size);
  const MutableBytes restored = packet.subspan(kOsnSize);
  restored[1] = static_cast<uint8_t>((restored[1] & 0x80) | original.payload_type.value());
  store_be16(restored.data() + 2, sequence_number);
  store_be32(restored.data() + 8, original.ssrc.value());
  return restored;
}

}  // namespace parley::transport
