#include "codec/vp9_header.hpp"

#include "codec/limits.hpp"

namespace parley::codec {
namespace {

/// Bits, most significant first; past the end come zeros and `ok()` is false.
class BitReader {
 public:
  explicit BitReader(Bytes bytes) : bytes_(bytes) {}
  uint32_t bits(int count) {
    uint32_t value = 0;
    for (; count > 0; --count, ++position_) {
      const bool inside = position_ / 8 < bytes_.size();
      value = value << 1 | (inside ? bytes_[position_ / 8] >> (7 - position_ % 8) & 1u : 0u);
    }
    return value;
  }
  bool bit() { return bits(1) != 0; }
  bool ok() const { return position_ <= bytes_.size() * 8; }

 private:
  Bytes bytes_;
  size_t position_ = 0;
};

using Checked = std::expected<void, DecodeError>;

constexpr uint32_t kSyncCode = 0x498342;
constexpr uint32_t kRgb = 7;

Checked check_size(BitReader& reader) {
  const frame::Size size{static_cast<int>(reader.bits(16)) + 1, static_cast<int>(reader.bits(16)) + 1};
  if (!reader.ok()) return std::unexpected(DecodeError::Corrupt);
  if (!within_limits(size)) return std::unexpected(DecodeError::TooLarge);
  return {};
}

Checked check_key_frame(BitReader& reader) {
  if (reader.bits(24) != kSyncCode) return std::unexpected(DecodeError::Corrupt);
  if (reader.bits(3) == kRgb) return std::unexpected(DecodeError::Unsupported);
  reader.bit();  // color_range
  return check_size(reader);
}

Checked check_intra_only_frame(BitReader& reader) {
  if (reader.bits(24) != kSyncCode) return std::unexpected(DecodeError::Corrupt);
  reader.bits(8);  // refresh_frame_flags
  return check_size(reader);
}

Checked check_inter_frame(BitReader& reader) {
  reader.bits(8);                                  // refresh_frame_flags
  for (int i = 0; i < 3; ++i) reader.bits(3 + 1);  // ref_frame_idx, ref_frame_sign_bias
  for (int i = 0; i < 3; ++i) {
    if (reader.bit()) return {};  // found_ref: as large as a frame that was checked before
  }
  return check_size(reader);
}

/// uncompressed_header() of the VP9 bitstream specification, section 6.2, as far as the size.
Checked check_frame(Bytes frame) {
  BitReader reader(frame);
  if (reader.bits(2) != 2) return std::unexpected(DecodeError::Corrupt);  // frame_marker
  if (reader.bits(2) != 0) return std::unexpected(DecodeError::Unsupported);
  if (reader.bit()) return {};  // show_existing_frame
  const bool inter = reader.bit();
  const bool shown = reader.bit();
  const bool resilient = reader.bit();
  if (!inter) return check_key_frame(reader);
  const bool intra_only = !shown && reader.bit();
  if (!resilient) reader.bits(2);  // reset_frame_context
  return intra_only ? check_intra_only_frame(reader) : check_inter_frame(reader);
}

}  // namespace

// Annex B: the index is the same byte at both its ends, and between them the sizes, little-endian.
std::expected<void, DecodeError> check_vp9_headers(Bytes picture) {
  if (picture.empty()) return std::unexpected(DecodeError::Corrupt);
  const uint8_t marker = picture.back();
  const size_t frames = (marker & 7u) + 1;
  const size_t width = (marker >> 3 & 3u) + 1;
  const size_t index_size = 2 + width * frames;
  const bool indexed =
      (marker & 0xe0) == 0xc0 && picture.size() >= index_size && picture[picture.size() - index_size] == marker;
  if (!indexed) return check_frame(picture);
  Bytes rest = picture.first(picture.size() - index_size);
  Bytes sizes = picture.last(index_size - 1);
  for (size_t i = 0; i < frames; ++i) {
    size_t size = 0;
    for (size_t byte = 0; byte < width; ++byte) size |= size_t{sizes[i * width + byte]} << (8 * byte);
    if (size > rest.size()) return std::unexpected(DecodeError::Corrupt);
    if (size == 0) continue;
    if (const auto checked = check_frame(rest.first(size)); !checked) return checked;
    rest = rest.subspan(size);
  }
  return {};
}

}  // namespace parley::codec
