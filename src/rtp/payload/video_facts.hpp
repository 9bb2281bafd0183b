#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/fixed_vector.hpp"
#include "rtp/codec.hpp"
#include "rtp/payload/picture_size.hpp"

namespace parley::rtp {

/// What forwarding needs to know of one video packet, whatever the codec. Read from the payload itself (VP8, VP9,
/// H.264, AV1 without a dependency descriptor). Values that a codec does not carry stay at their defaults.
///
/// `starts_frame && keyframe` is where a receiver can be switched to this stream. By codec:
/// - VP8: only the first packet of a key frame shows that it is one; it must carry start code and size (RFC 6386
/// section 9.1).
/// - VP9: every packet of a key frame shows it; so do its upper spatial layers, of which only layer 0 stands alone.
/// - H.264: such a place is a parameter set (SPS), which browsers send with every IDR picture; an IDR slice without one
/// is
///   `keyframe` only, since a decoder that has not seen this stream's parameter sets cannot start there. Packets do not
///   number slices, so `starts_frame` is set for each access unit delimiter, SPS and first slice (not IDR) of a
///   picture.
/// - AV1: the first packet of a coded video sequence (N bit) with its sequence header.
struct VideoFacts {
  bool starts_frame = false;  ///< first packet of a frame (of one spatial layer)
  bool ends_frame = false;    ///< last packet of a frame (of one spatial layer)
  bool keyframe = false;      ///< the packet belongs to a frame that starts a decodable sequence
  uint8_t spatial_id = 0;
  uint8_t temporal_id = 0;
  /// VP8 (Y): the frame needs layer 0 only, so a receiver can go up to `temporal_id` with it. VP9 (U): later frames of
  /// higher temporal layers need nothing older than this frame above `temporal_id`, so a receiver that has it can go up
  /// behind it.
  bool switching_up_point = false;
  bool inter_layer = false;              ///< VP9 D: predicted from the lower spatial layer of the same picture
  bool non_reference_for_upper = false;  ///< VP9 Z: not used to predict upper spatial layers
  bool inter_picture = true;             ///< VP9 P: predicted from earlier pictures

  // VP8 and VP9 counters that must stay continuous for a decoder when layers or sources change.
  bool has_picture_id = false;
  uint16_t picture_id = 0;  ///< 7 or 15 bits
  bool picture_id_is_15_bits = false;
  bool has_tl0_picture_index = false;
  uint8_t tl0_picture_index = 0;
  uint16_t descriptor_size = 0;  ///< bytes of payload descriptor in front of the codec's data (VP8, VP9)

  /// Of this packet's spatial layer, where the packet says so (VP8 key frame, VP9 scalability structure, H.264 SPS),
  /// else 0.
  uint16_t width = 0;
  uint16_t height = 0;
  FixedVector<PictureSize, 8> layer_sizes;  ///< VP9 scalability structure: by spatial id; else empty
};

/// Reads the facts. A payload that is malformed gives default facts (`ends_frame` by the marker): it is forwarded as a
/// continuation, never trusted as a place to switch.
VideoFacts read_video_facts(Codec codec, Bytes payload, bool marker);

/// Rewrites picture id (keeping its width: low 7 or 15 bits) and TL0PICIDX of the VP8 payload descriptor in
/// `descriptor` (the first `facts.descriptor_size` bytes of a payload), RFC 7741 section 4.2. Fields that are not there
/// are left out.
void rewrite_vp8_descriptor(MutableBytes descriptor, uint16_t picture_id, uint8_t tl0_picture_index);

}  // namespace parley::rtp
