#include "rtp/payload/av1_obu.hpp"

#include "rtp/payload/bit_reader.hpp"
#include "rtp/payload/leb128.hpp"

namespace parley::rtp {
namespace {

// The rest of the operating points' description hangs on these.
struct SequenceModel {
  bool decoder_model = false;
  unsigned delay_bits = 0;
  bool display_delay = false;
};

SequenceModel read_timing(BitReader& bits) {
  SequenceModel model;
  if (!bits.flag()) return model;  // timing_info_present_flag
  bits.bits(32);                   // num_units_in_display_tick
  bits.bits(32);                   // time_scale
  if (bits.flag()) bits.exp_golomb();
  model.decoder_model = bits.flag();
  if (model.decoder_model) {
    model.delay_bits = bits.bits(5) + 1;
    bits.bits(32);  // num_units_in_decoding_tick
    bits.bits(10);
  }
  return model;
}

void skip_operating_point(BitReader& bits, const SequenceModel& model) {
  bits.bits(12);                       // operating_point_idc
  if (bits.bits(5) > 7) bits.bits(1);  // seq_level_idx, seq_tier
  if (model.decoder_model && bits.flag()) {
    bits.bits(model.delay_bits);
    bits.bits(model.delay_bits);
    bits.flag();
  }
  if (model.display_delay && bits.flag()) bits.bits(4);
}

}  // namespace

std::optional<Obu> read_obu(ByteReader& reader) {
  constexpr uint8_t kForbidden = 0x80, kHasExtension = 0x04;
  const Bytes all = reader.rest();
  ByteReader at(all);
  const uint8_t first = at.u8();
  if (first & kForbidden) return std::nullopt;
  const size_t header_size = (first & kHasExtension) ? 2 : 1;
  if (header_size == 2) at.skip(1);
  const size_t size = (first & kObuHasSize) ? read_leb128(at) : at.remaining();
  Obu obu{.type = static_cast<ObuType>(first >> 3 & 0x0f), .header = {}, .payload = at.take(size)};
  if (!at.ok()) return std::nullopt;
  obu.header = all.first(header_size);
  reader = ByteReader(at.rest());
  return obu;
}

std::optional<PictureSize> av1_picture_size(Bytes sequence_header) {
  BitReader bits(sequence_header);
  bits.bits(4);  // seq_profile, still_picture
  if (bits.flag()) {
    bits.bits(5);  // reduced_still_picture_header: seq_level_idx
  } else {
    SequenceModel model = read_timing(bits);
    model.display_delay = bits.flag();
    const uint32_t points = bits.bits(5) + 1;
    for (uint32_t i = 0; i < points; ++i) skip_operating_point(bits, model);
  }
  const unsigned width_bits = bits.bits(4) + 1;
  const unsigned height_bits = bits.bits(4) + 1;
  const uint32_t width = bits.bits(width_bits) + 1;
  const uint32_t height = bits.bits(height_bits) + 1;
  if (!bits.ok() || width > UINT16_MAX || height > UINT16_MAX) return std::nullopt;
  return PictureSize{static_cast<uint16_t>(width), static_cast<uint16_t>(height)};
}

}  // namespace parley::rtp
