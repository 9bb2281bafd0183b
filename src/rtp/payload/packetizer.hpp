#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "rtp/payload/payloads.hpp"
#include "rtp/payload/picture_size.hpp"

/// Encoded frames → RTP payloads. `limit` is the largest payload wanted (at least `kMinPayloadLimit`); fragments of a
/// frame are equal in size, so that they form GSO runs. `out` is cleared first; it stays empty if the frame is.
namespace parley::rtp {

/// No path has an MTU that leaves less; it keeps the arithmetic of descriptors and fragments trivial.
inline constexpr size_t kMinPayloadLimit = 64;

/// Place of a frame among temporal layers, in VP8 and VP9.
struct TemporalLayer {
  uint8_t temporal_id = 0;        ///< VP8 0-3, VP9 0-7
  bool switching_up = false;      ///< VP8: needs layer 0 only (Y). VP9: later frames need nothing older above it (U)
  uint8_t tl0_picture_index = 0;  ///< counts frames of layer 0
};

/// RFC 7741 section 4.2. Picture ids are written with 15 bits.
struct Vp8Descriptor {
  std::optional<uint16_t> picture_id;
  std::optional<TemporalLayer> layer;
  bool non_reference = false;
};
void packetize_vp8(Bytes frame, const Vp8Descriptor& descriptor, size_t limit, Payloads& out);

/// RFC 9628 section 4.2, non-flexible mode. One frame of one spatial layer a call.
struct Vp9Descriptor {
  uint16_t picture_id = 0;    ///< 15 bits
  bool inter_picture = true;  ///< predicted from earlier pictures; false for key frames
  std::optional<TemporalLayer> layer;
  uint8_t spatial_id = 0;    ///< written if `layer` is
  bool inter_layer = false;  ///< predicted from the lower spatial layer of the same picture
  /// With it a scalability structure of one spatial layer goes in front: for key frames.
  std::optional<PictureSize> size;
};
void packetize_vp9(Bytes frame, const Vp9Descriptor& descriptor, size_t limit, Payloads& out);

/// RFC 6184 in packetization mode 1: small NAL units together (STAP-A), large ones in fragments (FU-A). `frame` is in
/// Annex B form; delimiters, ends of sequence and filler are left out.
void packetize_h264(Bytes frame, size_t limit, Payloads& out);

/// "RTP Payload Format For AV1" section 4. `frame` is a temporal unit in low-overhead form; temporal delimiters, tile
/// lists and padding are left out. A frame that is no such form gives no payloads.
void packetize_av1(Bytes frame, size_t limit, Payloads& out);

}  // namespace parley::rtp
