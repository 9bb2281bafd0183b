#include "rtp/payload/av1_obu.hpp"
#include "rtp/payload/codec_facts.hpp"
#include "rtp/payload/leb128.hpp"

/// AV1: "RTP Payload Format For AV1" section 4 (aggregation header and OBU elements), AV1 specification section 5.3
/// (OBU headers).
namespace parley::rtp {
namespace {

// Aggregation header.
constexpr uint8_t kContinuesFirst = 0x80;  // Z
constexpr uint8_t kNewSequence = 0x08;     // N
// OBU header.
constexpr uint8_t kForbidden = 0x80;
constexpr uint8_t kHasExtension = 0x04;

// What the OBUs that begin in one packet amount to.
struct Contents {
  bool sequence_header = false;
  bool starts_frame = false;
  bool has_layer = false;
  uint8_t spatial_id = 0;
  uint8_t temporal_id = 0;

  bool add(Bytes obu) {
    if (obu[0] & kForbidden) return false;
    const auto type = static_cast<ObuType>(obu[0] >> 3 & 0x0f);
    sequence_header = sequence_header || type == ObuType::SequenceHeader;
    starts_frame = starts_frame || type == ObuType::SequenceHeader || type == ObuType::TemporalDelimiter ||
                   type == ObuType::FrameHeader || type == ObuType::Frame;
    if ((obu[0] & kHasExtension) && !has_layer) {
      if (obu.size() < 2) return false;
      has_layer = true;
      temporal_id = obu[1] >> 5;
      spatial_id = obu[1] >> 3 & 3;
    }
    return true;
  }
};

// Walks the OBU elements. With W = 0 each has its size in front, else there are W and the last one goes to the end.
bool add_elements(ByteReader reader, uint8_t aggregation, Contents& contents) {
  const unsigned count = aggregation >> 4 & 3;
  bool continues = (aggregation & kContinuesFirst) != 0;
  for (unsigned i = 0; count == 0 ? reader.remaining() > 0 : i < count; ++i) {
    const bool has_size = count == 0 || i + 1 < count;
    const Bytes element = reader.take(has_size ? read_leb128(reader) : reader.remaining());
    if (!reader.ok()) return false;
    if (!continues && !element.empty() && !contents.add(element)) return false;
    continues = false;
  }
  return true;
}

}  // namespace

std::optional<VideoFacts> read_av1(Bytes payload, bool marker) {
  if (payload.size() < 2) return std::nullopt;
  const uint8_t aggregation = payload[0];
  const bool continues = (aggregation & kContinuesFirst) != 0;
  const bool new_sequence = (aggregation & kNewSequence) != 0;
  Contents contents;
  if (continues && new_sequence) return std::nullopt;
  if (!add_elements(ByteReader(payload.subspan(1)), aggregation, contents)) return std::nullopt;
  VideoFacts facts;
  facts.starts_frame = !continues && contents.starts_frame;
  facts.ends_frame = marker;
  facts.keyframe = new_sequence && contents.sequence_header;
  facts.spatial_id = contents.spatial_id;
  facts.temporal_id = contents.temporal_id;
  return facts;
}

}  // namespace parley::rtp
