#include "rtp/payload/codec_facts.hpp"

/// VP9: RFC 9628 section 4.2. Only the payload descriptor is read, never the frame behind it, so that end-to-end
/// encrypted frames work alike.
namespace parley::rtp {
namespace {

// First byte of the descriptor.
constexpr uint8_t kPictureId = 0x80;
constexpr uint8_t kInterPicture = 0x40;
constexpr uint8_t kLayerIndices = 0x20;
constexpr uint8_t kFlexible = 0x10;
constexpr uint8_t kStart = 0x08;
constexpr uint8_t kEnd = 0x04;
constexpr uint8_t kScalabilityStructure = 0x02;
constexpr uint8_t kNonReferenceForUpper = 0x01;

constexpr int kMaxReferences = 3;  // P_DIFF fields of one frame in flexible mode

void read_picture_id(ByteReader& reader, VideoFacts& facts) {
  facts.has_picture_id = true;
  facts.picture_id = reader.u8();
  facts.picture_id_is_15_bits = (facts.picture_id & 0x80) != 0;
  if (facts.picture_id_is_15_bits)
    facts.picture_id = static_cast<uint16_t>((facts.picture_id & 0x7f) << 8 | reader.u8());
}

void read_layer_indices(ByteReader& reader, bool flexible, VideoFacts& facts) {
  const uint8_t layer = reader.u8();
  facts.temporal_id = layer >> 5;
  facts.switching_up_point = (layer & 0x10) != 0;
  facts.spatial_id = layer >> 1 & 7;
  facts.inter_layer = (layer & 1) != 0;
  if (!flexible) {
    facts.has_tl0_picture_index = true;
    facts.tl0_picture_index = reader.u8();
  }
}

// The last P_DIFF has a clear N bit; false if there are more than the format allows.
bool skip_reference_indices(ByteReader& reader) {
  for (int i = 0; i < kMaxReferences; ++i) {
    if ((reader.u8() & 1) == 0) return true;
  }
  return false;
}

// RFC 9628 section 4.2.1.
void read_scalability_structure(ByteReader& reader, VideoFacts& facts) {
  const uint8_t head = reader.u8();
  const size_t layer_count = (head >> 5) + 1u;
  if (head & 0x10) {
    for (size_t i = 0; i < layer_count; ++i) {
      const uint16_t width = reader.u16();
      facts.layer_sizes.push_back({width, reader.u16()});  // N_S has 3 bits: at most 8
    }
  }
  if (head & 0x08) {
    const uint8_t picture_count = reader.u8();
    for (size_t i = 0; i < picture_count && reader.ok(); ++i) reader.skip(reader.u8() >> 2 & 3);
  }
}

}  // namespace

std::optional<VideoFacts> read_vp9(Bytes payload) {
  ByteReader reader(payload);
  VideoFacts facts;
  const uint8_t first = reader.u8();
  const bool flexible = (first & kFlexible) != 0;
  facts.inter_picture = (first & kInterPicture) != 0;
  if (first & kPictureId) read_picture_id(reader, facts);
  if (first & kLayerIndices) read_layer_indices(reader, flexible, facts);
  if (flexible && facts.inter_picture && !skip_reference_indices(reader)) return std::nullopt;
  if (first & kScalabilityStructure) read_scalability_structure(reader, facts);
  if (!reader.ok() || reader.remaining() == 0) return std::nullopt;
  facts.descriptor_size = static_cast<uint16_t>(reader.position());
  facts.starts_frame = (first & kStart) != 0;
  facts.ends_frame = (first & kEnd) != 0;
  facts.non_reference_for_upper = (first & kNonReferenceForUpper) != 0;
  facts.keyframe = !facts.inter_picture;
  if (facts.spatial_id < facts.layer_sizes.size()) {
    facts.width = facts.layer_sizes[facts.spatial_id].width;
    facts.height = facts.layer_sizes[facts.spatial_id].height;
  }
  return facts;
}

}  // namespace parley::rtp
