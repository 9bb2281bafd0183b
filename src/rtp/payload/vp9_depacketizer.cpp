#include <bit>

#include "base/fixed_vector.hpp"
#include "rtp/payload/bit_reader.hpp"
#include "rtp/payload/codec_facts.hpp"
#include "rtp/payload/depacketizer.hpp"

/// VP9: RFC 9628; the frame's own header and superframes as the VP9 bitstream specification has them.
namespace parley::rtp {
namespace {

constexpr auto fail(PayloadError error) { return std::unexpected(error); }

constexpr size_t kMaxLayers = 8;  // SID has 3 bits, and a superframe holds 8 frames

// VP9 specification section 6.2: the size in a key frame's uncompressed header.
std::optional<PictureSize> key_frame_size(Bytes frame) {
  BitReader bits(frame);
  if (bits.bits(2) != 2) return std::nullopt;
  const uint32_t profile_low = bits.bits(1);
  const uint32_t profile = profile_low | bits.bits(1) << 1;
  if (profile == 3) bits.flag();
  const bool shows_existing = bits.flag();
  const bool not_key = bits.flag();
  bits.bits(2);  // show_frame, error_resilient_mode
  if (shows_existing || not_key || bits.bits(24) != 0x498342) return std::nullopt;
  if (profile >= 2) bits.flag();  // ten_or_twelve_bit
  constexpr uint32_t kRgb = 7;
  const bool rgb = bits.bits(3) == kRgb;
  if (!rgb) bits.flag();  // color_range
  if (profile % 2 == 1) bits.bits(rgb ? 1 : 3);
  const uint32_t width = bits.bits(16) + 1;
  const uint32_t height = bits.bits(16) + 1;
  if (!bits.ok() || width > UINT16_MAX || height > UINT16_MAX) return std::nullopt;
  return PictureSize{static_cast<uint16_t>(width), static_cast<uint16_t>(height)};
}

// The layers of one picture, one behind another.
class Picture {
 public:
  std::expected<void, PayloadError> add(Bytes payload) {
    const std::optional<VideoFacts> facts = read_vp9(payload);
    if (!facts) return fail(PayloadError::Malformed);
    if (facts->starts_frame == open_) return fail(PayloadError::Incomplete);
    if (facts->starts_frame && !begin_layer(*facts)) return fail(PayloadError::Malformed);
    const Bytes body = payload.subspan(facts->descriptor_size);
    picture_.data.insert(picture_.data.end(), body.begin(), body.end());
    layer_sizes_.back() += body.size();
    open_ = !facts->ends_frame;
    return {};
  }

  std::expected<CodedPicture, PayloadError> finish() && {
    if (open_ || layer_sizes_.empty()) return fail(PayloadError::Incomplete);
    if (layer_sizes_.size() > 1) {
      append_superframe_index();
    } else if (picture_.key && !picture_.size) {
      picture_.size = key_frame_size(picture_.data);
    }
    return std::move(picture_);
  }

 private:
  bool begin_layer(const VideoFacts& facts) {
    if (layer_sizes_.empty()) picture_.key = facts.keyframe && facts.spatial_id == 0;
    if (!facts.layer_sizes.empty()) structure_ = facts.layer_sizes;
    if (facts.spatial_id < structure_.size()) picture_.size = structure_[facts.spatial_id];
    return layer_sizes_.try_push_back(0);
  }

  // VP9 specification, Annex B.
  void append_superframe_index() {
    size_t largest = 0;
    for (const size_t size : layer_sizes_) largest = std::max(largest, size);
    const size_t width = (static_cast<size_t>(std::bit_width(largest)) + 7) / 8;
    const auto marker = static_cast<uint8_t>(0xc0 | (width - 1) << 3 | (layer_sizes_.size() - 1));
    picture_.data.push_back(marker);
    for (const size_t size : layer_sizes_) {
      for (size_t i = 0; i < width; ++i) picture_.data.push_back(static_cast<uint8_t>(size >> (8 * i)));
    }
    picture_.data.push_back(marker);
  }

  CodedPicture picture_;
  FixedVector<PictureSize, 8> structure_;
  FixedVector<size_t, kMaxLayers> layer_sizes_;
  bool open_ = false;  // inside a layer's frame
};

}  // namespace

std::expected<CodedPicture, PayloadError> depacketize_vp9(std::span<const Bytes> payloads) {
  Picture picture;
  for (const Bytes payload : payloads) {
    if (const auto status = picture.add(payload); !status) return fail(status.error());
  }
  return std::move(picture).finish();
}

}  // namespace parley::rtp
