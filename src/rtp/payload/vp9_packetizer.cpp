#include <algorithm>
#include <array>

#include "rtp/payload/packetizer.hpp"

/// VP9: RFC 9628 section 4.2, non-flexible mode.
namespace parley::rtp {
namespace {

constexpr uint8_t kPictureId = 0x80;
constexpr uint8_t kInterPicture = 0x40;
constexpr uint8_t kLayerIndices = 0x20;
constexpr uint8_t kStart = 0x08;
constexpr uint8_t kEnd = 0x04;
constexpr uint8_t kScalabilityStructure = 0x02;
constexpr size_t kMaxDescriptor = 10;

struct Descriptor {
  std::array<uint8_t, kMaxDescriptor> bytes{};
  size_t size = 0;
  Bytes view() const { return Bytes(bytes).first(size); }
};

// The structure goes into the first packet only (section 4.2.1).
Descriptor write(const Vp9Descriptor& fields, bool first, bool last) {
  Descriptor descriptor;
  ByteWriter writer(descriptor.bytes);
  const bool structure = first && fields.size.has_value();
  writer.u8(static_cast<uint8_t>(kPictureId | (fields.inter_picture ? kInterPicture : 0) |
                                 (fields.layer ? kLayerIndices : 0) | (first ? kStart : 0) | (last ? kEnd : 0) |
                                 (structure ? kScalabilityStructure : 0)));
  writer.u16(static_cast<uint16_t>(0x8000 | fields.picture_id));
  if (fields.layer) {
    writer.u8(static_cast<uint8_t>((fields.layer->temporal_id & 7) << 5 | (fields.layer->switching_up ? 0x10 : 0) |
                                   (fields.spatial_id & 7) << 1 | (fields.inter_layer ? 1 : 0)));
    writer.u8(fields.layer->tl0_picture_index);
  }
  if (structure) {
    constexpr uint8_t kOneLayerWithSize = 0x10;
    writer.u8(kOneLayerWithSize);
    writer.u16(fields.size->width);
    writer.u16(fields.size->height);
  }
  descriptor.size = writer.size();
  return descriptor;
}

}  // namespace

void packetize_vp9(Bytes frame, const Vp9Descriptor& fields, size_t limit, Payloads& out) {
  out.clear();
  limit = std::max(limit, kMinPayloadLimit);
  const size_t room = limit - write(fields, true, false).size;  // of the first packet, whose descriptor is the longest
  const size_t piece = equal_piece(frame.size(), room);
  for (bool first = true; !frame.empty(); first = false) {
    const size_t size = std::min(piece, frame.size());
    out.put(write(fields, first, size == frame.size()).view());
    out.put(frame.first(size));
    out.end();
    frame = frame.subspan(size);
  }
}

}  // namespace parley::rtp
