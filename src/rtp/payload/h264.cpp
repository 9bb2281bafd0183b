#include "rtp/payload/annex_b.hpp"
#include "rtp/payload/codec_facts.hpp"
#include "rtp/payload/h264_sps.hpp"

/// H.264: RFC 6184 in packetization modes 0 and 1, which are what browsers negotiate: single NAL units, STAP-A, FU-A.
namespace parley::rtp {
namespace {

constexpr uint8_t kFragmentStart = 0x80;
constexpr uint8_t kFragmentEnd = 0x40;

// What the NAL units of one packet amount to.
struct Contents {
  bool parameter_set = false;
  bool delimiter = false;
  bool idr_slice = false;
  bool other_slice = false;
  bool first_slice = false;  // other_slice begins a picture
  std::optional<PictureSize> size;

  // `body` follows the NAL header. Of a slice header the first field is the number of its first macroblock, in
  // Exp-Golomb code: a leading 1 bit is number 0, the start of a picture (ITU-T H.264 section 7.4.3).
  void add(NalType type, Bytes body) {
    parameter_set = parameter_set || type == NalType::SequenceParameterSet;
    delimiter = delimiter || type == NalType::Delimiter;
    idr_slice = idr_slice || type == NalType::IdrSlice;
    if (type == NalType::Slice) {
      other_slice = true;
      first_slice = first_slice || (!body.empty() && (body[0] & 0x80) != 0);
    }
  }
};

void add_nal(Bytes nal, Contents& contents) {
  const NalType type = nal_type(nal);
  contents.add(type, nal.subspan(1));
  if (type == NalType::SequenceParameterSet) contents.size = h264_picture_size(nal);
}

// RFC 6184 section 5.7.1. False: an empty unit, or one that overruns the packet.
bool add_aggregate(ByteReader reader, Contents& contents) {
  while (reader.remaining() > 0) {
    const Bytes nal = reader.take(reader.u16());
    if (!reader.ok() || nal.empty()) return false;
    add_nal(nal, contents);
  }
  return true;
}

// RFC 6184 section 5.8. Later fragments say their type too.
bool add_fragment(Bytes payload, Contents& contents) {
  if (payload.size() < 3) return false;
  const uint8_t head = payload[1];
  const NalType type = nal_type(payload.subspan(1));
  if ((head & kFragmentStart) && (head & kFragmentEnd)) return false;
  if (head & kFragmentStart) {
    contents.add(type, payload.subspan(2));
  } else {
    contents.idr_slice = type == NalType::IdrSlice;
  }
  return true;
}

bool add_payload(Bytes payload, Contents& contents) {
  if (payload.empty()) return false;
  const NalType type = nal_type(payload);
  if (type == NalType::StapA) return payload.size() > 1 && add_aggregate(ByteReader(payload.subspan(1)), contents);
  if (type == NalType::FuA) return add_fragment(payload, contents);
  if (type < NalType::Slice || type > NalType::LastSingle || payload.size() < 2) return false;
  add_nal(payload, contents);
  return true;
}

}  // namespace

std::optional<VideoFacts> read_h264(Bytes payload, bool marker) {
  Contents contents;
  if (!add_payload(payload, contents)) return std::nullopt;
  VideoFacts facts;
  facts.starts_frame = contents.parameter_set || contents.delimiter || contents.first_slice;
  facts.ends_frame = marker;
  // A parameter set announces an IDR picture, unless what comes in the same packet is another one.
  facts.keyframe = contents.idr_slice || (contents.parameter_set && !contents.other_slice);
  if (contents.size) {
    facts.width = contents.size->width;
    facts.height = contents.size->height;
  }
  return facts;
}

}  // namespace parley::rtp
