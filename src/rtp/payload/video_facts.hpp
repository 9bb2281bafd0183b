#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "rtp/codec.hpp"

namespace parley::rtp {

/// What forwarding needs to know of one video packet, whatever the codec. Read from the payload itself (VP8, VP9, H.264,
/// AV1 without a dependency descriptor). Values that a codec does not carry stay at their defaults.
struct VideoFacts {
  bool starts_frame = false;      ///< first packet of a frame (of one spatial layer)
  bool ends_frame = false;        ///< last packet of a frame (of one spatial layer)
  bool keyframe = false;          ///< the packet belongs to a frame that starts a decodable sequence
  uint8_t spatial_id = 0;
  uint8_t temporal_id = 0;
  bool switching_up_point = false;///< from here on a receiver can go up to `temporal_id` (VP8 layer sync, VP9 U)
  bool inter_layer = false;       ///< VP9: predicted from the lower spatial layer of the same picture
  bool non_reference_for_upper = false;  ///< VP9 Z: not used to predict upper spatial layers
  bool inter_picture = true;      ///< VP9 P: predicted from earlier pictures

  // VP8 and VP9 counters that must stay continuous for a decoder when layers or sources change.
  bool has_picture_id = false;
  uint16_t picture_id = 0;        ///< 7 or 15 bits
  bool picture_id_is_15_bits = false;
  bool has_tl0_picture_index = false;
  uint8_t tl0_picture_index = 0;
  uint16_t descriptor_size = 0;   ///< bytes of payload descriptor in front of the codec's data (VP8, VP9)

  uint16_t width = 0;             ///< where the packet says so (VP8 key frame, VP9 scalability structure, H.264 SPS), else 0
  uint16_t height = 0;
};

/// Reads the facts. A payload that is malformed gives facts with `starts_frame = keyframe = false`: it is forwarded as a
/// continuation, never trusted as a place to switch.
VideoFacts read_video_facts(Codec codec, Bytes payload, bool marker);

/// Rewrites picture id (keeping its width: low 7 or 15 bits) and TL0PICIDX of the VP8 payload descriptor in `descriptor`
/// (the first `facts.descriptor_size` bytes of a payload), RFC 7741 section 4.2.
void rewrite_vp8_descriptor(MutableBytes descriptor, uint16_t picture_id, uint8_t tl0_picture_index);

}  // namespace parley::rtp
