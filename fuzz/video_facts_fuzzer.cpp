// links: rtp
#include <cstdint>
#include <vector>

#include "base/check.hpp"
#include "rtp/payload/h264_sps.hpp"
#include "rtp/payload/video_facts.hpp"

using namespace parley;
using namespace parley::rtp;

namespace {

void check_rewrite(Bytes payload, const VideoFacts& facts) {
  std::vector<uint8_t> copy(payload.begin(), payload.end());
  const MutableBytes descriptor = MutableBytes(copy).first(facts.descriptor_size);
  rewrite_vp8_descriptor(descriptor, 0x5aa5, 0x77);
  const VideoFacts after = read_video_facts(Codec::Vp8, copy, false);
  PARLEY_CHECK(after.descriptor_size == facts.descriptor_size && after.keyframe == facts.keyframe);
  PARLEY_CHECK(after.starts_frame == facts.starts_frame && after.temporal_id == facts.temporal_id);
  if (facts.has_picture_id) PARLEY_CHECK(after.picture_id == (facts.picture_id_is_15_bits ? 0x5aa5 : 0x25));
  if (facts.has_tl0_picture_index) PARLEY_CHECK(after.tl0_picture_index == 0x77);
}

}  // namespace

// The first byte chooses codec and marker; the rest is the payload.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto codec = static_cast<Codec>(data[0] % 5);
  const bool marker = (data[0] & 0x80) != 0;
  const Bytes payload(data + 1, size - 1);
  const VideoFacts facts = read_video_facts(codec, payload, marker);
  PARLEY_CHECK(facts.descriptor_size <= payload.size());
  PARLEY_CHECK(facts.temporal_id < 8 && facts.spatial_id < 8);
  PARLEY_CHECK(facts.picture_id <= (facts.picture_id_is_15_bits ? 0x7fff : 0x7f));
  PARLEY_CHECK((facts.width == 0) == (facts.height == 0) || codec == Codec::Vp8 || codec == Codec::Vp9);
  if (codec == Codec::H264 && h264_color_space(payload)) PARLEY_CHECK(h264_picture_size(payload));
  if (codec == Codec::Opus) PARLEY_CHECK(!facts.starts_frame && !facts.keyframe);
  // Also with the descriptor that a malformed payload has.
  if (codec == Codec::Vp8) check_rewrite(payload, facts);
  std::vector<uint8_t> whole(payload.begin(), payload.end());
  rewrite_vp8_descriptor(whole, 1, 2);
  return 0;
}
