#include <algorithm>
#include <array>

#include "rtp/payload/packetizer.hpp"

/// VP8: RFC 7741 section 4.2. Partitions are not told apart (PID 0 throughout), as browsers do it.
namespace parley::rtp {
namespace {

constexpr size_t kMaxDescriptor = 6;

struct Descriptor {
  std::array<uint8_t, kMaxDescriptor> bytes{};
  size_t size = 0;
  Bytes view() const { return Bytes(bytes).first(size); }
};

Descriptor write(const Vp8Descriptor& fields) {
  constexpr uint8_t kExtended = 0x80, kNonReference = 0x20, kStart = 0x10;
  constexpr uint8_t kPictureId = 0x80, kTl0PictureIndex = 0x40, kTemporalId = 0x20;
  Descriptor descriptor;
  ByteWriter writer(descriptor.bytes);
  const bool extended = fields.picture_id || fields.layer;
  writer.u8(static_cast<uint8_t>((extended ? kExtended : 0) | (fields.non_reference ? kNonReference : 0) | kStart));
  if (extended) {
    writer.u8(static_cast<uint8_t>((fields.picture_id ? kPictureId : 0) |
                                   (fields.layer ? kTl0PictureIndex | kTemporalId : 0)));
  }
  if (fields.picture_id) writer.u16(static_cast<uint16_t>(0x8000 | *fields.picture_id));
  if (fields.layer) {
    writer.u8(fields.layer->tl0_picture_index);
    writer.u8(static_cast<uint8_t>((fields.layer->temporal_id & 3) << 6 | (fields.layer->switching_up ? 0x20 : 0)));
  }
  descriptor.size = writer.size();
  return descriptor;
}

}  // namespace

void packetize_vp8(Bytes frame, const Vp8Descriptor& fields, size_t limit, Payloads& out) {
  constexpr uint8_t kStart = 0x10;
  out.clear();
  Descriptor descriptor = write(fields);
  const size_t piece = equal_piece(frame.size(), std::max(limit, kMinPayloadLimit) - descriptor.size);
  while (!frame.empty()) {
    const size_t size = std::min(piece, frame.size());
    out.put(descriptor.view());
    out.put(frame.first(size));
    out.end();
    frame = frame.subspan(size);
    descriptor.bytes[0] = static_cast<uint8_t>(descriptor.bytes[0] & ~kStart);
  }
}

}  // namespace parley::rtp
