#include "rtp/payload/codec_facts.hpp"

/// VP8: RFC 7741 section 4.2 (payload descriptor), RFC 6386 section 9.1 (frame header).
namespace parley::rtp {
namespace {

// First byte of the descriptor.
constexpr uint8_t kExtended = 0x80;
constexpr uint8_t kPartitionStart = 0x10;
constexpr uint8_t kPartitionMask = 0x07;
// Second byte: which fields follow, in this order.
constexpr uint8_t kPictureId = 0x80;
constexpr uint8_t kTl0PictureIndex = 0x40;
constexpr uint8_t kTemporalId = 0x20;
constexpr uint8_t kKeyIndex = 0x10;
constexpr uint8_t kLongPictureId = 0x80;  // in the picture id itself
constexpr uint8_t kLayerSync = 0x20;      // in the byte of temporal id and key index

constexpr uint32_t kStartCode = 0x9d012a;

void read_extended_fields(ByteReader& reader, VideoFacts& facts) {
  const uint8_t fields = reader.u8();
  if (fields & kPictureId) {
    facts.has_picture_id = true;
    facts.picture_id = reader.u8();
    facts.picture_id_is_15_bits = (facts.picture_id & kLongPictureId) != 0;
    if (facts.picture_id_is_15_bits)
      facts.picture_id = static_cast<uint16_t>((facts.picture_id & 0x7f) << 8 | reader.u8());
  }
  if (fields & kTl0PictureIndex) {
    facts.has_tl0_picture_index = true;
    facts.tl0_picture_index = reader.u8();
  }
  if (fields & (kTemporalId | kKeyIndex)) {
    const uint8_t layer = reader.u8();
    if (fields & kTemporalId) {
      facts.temporal_id = layer >> 6;
      facts.switching_up_point = (layer & kLayerSync) != 0;
    }
  }
}

// Reads the start of a frame; false if it claims to be a key frame and is none.
bool read_frame_header(ByteReader reader, VideoFacts& facts) {
  const uint8_t tag = reader.u8();
  if (tag & 1) return true;  // inter frame
  reader.skip(2);            // rest of the tag: size of the first partition
  if (reader.u24() != kStartCode) return false;
  const Bytes size = reader.take(4);  // little endian: 14 bits of width, 2 of scale, then height likewise
  if (!reader.ok()) return false;
  facts.keyframe = true;
  facts.switching_up_point = true;
  facts.width = static_cast<uint16_t>((size[1] & 0x3f) << 8 | size[0]);
  facts.height = static_cast<uint16_t>((size[3] & 0x3f) << 8 | size[2]);
  return true;
}

}  // namespace

std::optional<VideoFacts> read_vp8(Bytes payload, bool marker) {
  ByteReader reader(payload);
  VideoFacts facts;
  const uint8_t first = reader.u8();
  if (first & kExtended) read_extended_fields(reader, facts);
  if (!reader.ok() || reader.remaining() == 0) return std::nullopt;
  facts.descriptor_size = static_cast<uint16_t>(reader.position());
  facts.starts_frame = (first & kPartitionStart) != 0 && (first & kPartitionMask) == 0;
  facts.ends_frame = marker;
  if (facts.starts_frame && !read_frame_header(reader, facts)) return std::nullopt;
  return facts;
}

void rewrite_vp8_descriptor(MutableBytes descriptor, uint16_t picture_id, uint8_t tl0_picture_index) {
  if (descriptor.size() < 2 || !(descriptor[0] & kExtended)) return;
  const uint8_t fields = descriptor[1];
  size_t position = 2;
  if (fields & kPictureId) {
    if (position >= descriptor.size()) return;
    const bool is_long = (descriptor[position] & kLongPictureId) != 0;
    if (position + is_long >= descriptor.size()) return;
    if (is_long) {
      store_be16(&descriptor[position], static_cast<uint16_t>(0x8000 | picture_id));
    } else {
      descriptor[position] = static_cast<uint8_t>(picture_id & 0x7f);
    }
    position += is_long ? 2 : 1;
  }
  if ((fields & kTl0PictureIndex) && position < descriptor.size()) descriptor[position] = tl0_picture_index;
}

}  // namespace parley::rtp
