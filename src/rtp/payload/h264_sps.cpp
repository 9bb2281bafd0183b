#include "rtp/payload/h264_sps.hpp"

#include <algorithm>
#include <array>

#include "base/fixed_vector.hpp"
#include "rtp/payload/bit_reader.hpp"

namespace parley::rtp {
namespace {

// The size comes early in the set. Only scaling lists can stand before it: 12 lists of at most 64 codes; what encoders
// write of them stays far below this. Beyond it the size is simply not known.
constexpr size_t kMaxSpsSize = 512;

// Profiles with chroma format and scaling lists (section 7.3.2.1.1).
constexpr std::array<uint8_t, 13> kHighProfiles = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244};

using SpsBytes = FixedVector<uint8_t, kMaxSpsSize>;

// Takes out the emulation prevention bytes (section 7.4.1): the 3 of 00 00 03.
SpsBytes unescape(Bytes nal) {
  SpsBytes raw;
  size_t zeros = 0;
  for (const uint8_t byte : nal) {
    if (zeros >= 2 && byte == 3) {
      zeros = 0;
      continue;
    }
    if (!raw.try_push_back(byte)) break;
    zeros = byte == 0 ? zeros + 1 : 0;
  }
  return raw;
}

// Section 7.3.2.1.1.1.
void skip_scaling_list(BitReader& bits, size_t size) {
  uint32_t next = 8;
  for (size_t i = 0; i < size && next != 0 && bits.ok(); ++i) {
    next = (next + static_cast<uint32_t>(bits.signed_exp_golomb())) & 0xff;
  }
}

struct Chroma {
  uint32_t format = 1;  // 4:2:0 where the profile does not say
  bool separate_planes = false;
};

Chroma read_high_profile_fields(BitReader& bits) {
  Chroma chroma;
  chroma.format = bits.exp_golomb();
  if (chroma.format == 3) chroma.separate_planes = bits.flag();
  bits.exp_golomb();  // bit_depth_luma_minus8
  bits.exp_golomb();  // bit_depth_chroma_minus8
  bits.flag();        // qpprime_y_zero_transform_bypass_flag
  if (bits.flag()) {
    const size_t lists = chroma.format == 3 ? 12 : 8;
    for (size_t i = 0; i < lists; ++i) {
      if (bits.flag()) skip_scaling_list(bits, i < 6 ? 16 : 64);
    }
  }
  return chroma;
}

void skip_picture_order(BitReader& bits) {
  const uint32_t type = bits.exp_golomb();
  if (type == 0) {
    bits.exp_golomb();  // log2_max_pic_order_cnt_lsb_minus4
  } else if (type == 1) {
    bits.flag();
    bits.signed_exp_golomb();
    bits.signed_exp_golomb();
    const uint32_t count = std::min(bits.exp_golomb(), 255u);
    for (uint32_t i = 0; i < count && bits.ok(); ++i) bits.signed_exp_golomb();
  }
}

struct Crop {
  uint64_t horizontal = 0;
  uint64_t vertical = 0;
};

Crop read_crop(BitReader& bits) {
  Crop crop;
  crop.horizontal = uint64_t{bits.exp_golomb()} + bits.exp_golomb();
  crop.vertical = uint64_t{bits.exp_golomb()} + bits.exp_golomb();
  return crop;
}

// Equations 7-13 to 7-21: sizes in macroblocks, field pairs count double, cropping in chroma samples.
std::optional<PictureSize> visible_size(uint64_t width_in_blocks, uint64_t height_in_units, bool frames_only,
                                        const Chroma& chroma, const Crop& crop) {
  const uint64_t fields = frames_only ? 1 : 2;
  const bool has_chroma = chroma.format != 0 && !chroma.separate_planes;
  const uint64_t crop_x = crop.horizontal * (has_chroma && chroma.format != 3 ? 2 : 1);
  const uint64_t crop_y = crop.vertical * (has_chroma && chroma.format == 1 ? 2 : 1) * fields;
  const uint64_t width = width_in_blocks * 16;
  const uint64_t height = height_in_units * 16 * fields;
  if (crop_x >= width || crop_y >= height || width - crop_x > 0xffff || height - crop_y > 0xffff) return std::nullopt;
  return PictureSize{static_cast<uint16_t>(width - crop_x), static_cast<uint16_t>(height - crop_y)};
}

// Reads up to the flag that tells whether a VUI follows.
std::optional<PictureSize> read_size(BitReader& bits) {
  bits.bits(8);  // NAL unit header
  const auto profile = static_cast<uint8_t>(bits.bits(8));
  bits.bits(16);      // constraint flags, level
  bits.exp_golomb();  // seq_parameter_set_id
  Chroma chroma;
  if (std::ranges::count(kHighProfiles, profile)) chroma = read_high_profile_fields(bits);
  bits.exp_golomb();  // log2_max_frame_num_minus4
  skip_picture_order(bits);
  bits.exp_golomb();  // max_num_ref_frames
  bits.flag();        // gaps_in_frame_num_value_allowed_flag
  const uint64_t width_in_blocks = uint64_t{bits.exp_golomb()} + 1;
  const uint64_t height_in_units = uint64_t{bits.exp_golomb()} + 1;
  const bool frames_only = bits.flag();
  if (!frames_only) bits.flag();  // mb_adaptive_frame_field_flag
  bits.flag();                    // direct_8x8_inference_flag
  const Crop crop = bits.flag() ? read_crop(bits) : Crop();
  if (!bits.ok()) return std::nullopt;
  return visible_size(width_in_blocks, height_in_units, frames_only, chroma, crop);
}

// Section E.1.1, up to what it says of colours.
std::optional<ColorSpace> read_vui(BitReader& bits) {
  constexpr uint32_t kExtendedRatio = 255;
  constexpr uint8_t kUnspecified = 2;
  if (bits.flag() && bits.bits(8) == kExtendedRatio) bits.bits(32);  // sample aspect ratio
  if (bits.flag()) bits.flag();                                      // overscan
  if (!bits.flag()) return std::nullopt;                             // video_signal_type_present_flag
  bits.bits(3);                                                      // video_format
  ColorSpace colour{.primaries = kUnspecified, .transfer = kUnspecified, .matrix = kUnspecified};
  colour.range = bits.flag() ? ColorSpace::Range::Full : ColorSpace::Range::Limited;
  if (bits.flag()) {
    colour.primaries = static_cast<uint8_t>(bits.bits(8));
    colour.transfer = static_cast<uint8_t>(bits.bits(8));
    colour.matrix = static_cast<uint8_t>(bits.bits(8));
  }
  if (!bits.ok()) return std::nullopt;
  return colour;
}

}  // namespace

std::optional<PictureSize> h264_picture_size(Bytes sps) {
  const SpsBytes raw = unescape(sps);
  BitReader bits(Bytes(raw.data(), raw.size()));
  return read_size(bits);
}

std::optional<ColorSpace> h264_color_space(Bytes sps) {
  const SpsBytes raw = unescape(sps);
  BitReader bits(Bytes(raw.data(), raw.size()));
  if (!read_size(bits) || !bits.flag()) return std::nullopt;
  return read_vui(bits);
}

}  // namespace parley::rtp
