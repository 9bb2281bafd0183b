#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "frame/encoded.hpp"
#include "frame/sound.hpp"
#include "rtp/codec.hpp"

namespace parley::media {

/// What files and streams hold: what rooms have (rtp::Codec) and what players and platforms want.
enum class Codec : uint8_t { H264, Vp8, Vp9, Av1, Aac, Opus, Mp3 };

constexpr rtp::MediaKind kind(Codec codec) {
  return codec == Codec::Aac || codec == Codec::Opus || codec == Codec::Mp3 ? rtp::MediaKind::Audio
                                                                            : rtp::MediaKind::Video;
}
std::string_view name_of(Codec codec);  ///< "h264", "opus", …
Codec from_rtp(rtp::Codec codec);

/// What a writer must know of a stream before its first packet. Encoders tell all of it. Of copied video only the codec
/// need be set: writers find the rest in the first key packet.
struct StreamFormat {
  Codec codec = Codec::H264;
  frame::Size size;                          ///< video; 0 x 0 = see the first key packet
  int frame_rate = 0;                        ///< video; 0 = varies
  std::optional<frame::ColourSpace> colour;  ///< video; nothing: the stream itself tells, or nobody knows
  int channels = 0;                          ///< audio: 1 or 2, at 48 kHz
  TimeDelta priming;  ///< audio: decoded sound to drop at the beginning; packets of it have negative times
  frame::Payload
      parameters;  ///< AudioSpecificConfig, OpusHead (RFC 7845), H.264 parameter sets (Annex B); may be empty
};

/// One encoded picture or stretch of sound on its way to files and streams. H.264 is in Annex B form with its parameter
/// sets before every key picture; AAC has no ADTS header; AV1 has no temporal delimiters. Copies share the bytes.
struct EncodedPacket {
  rtp::MediaKind kind = rtp::MediaKind::Video;
  /// Presentation and decoding time from the beginning of the composition (or whatever zero the producer chose; all
  /// streams of one file share it). Decoding times rise strictly within a stream.
  TimeDelta pts;
  TimeDelta dts;
  TimeDelta duration;
  bool key = false;  ///< decoding can begin here; always true of audio
  frame::Payload data;
};

/// A packet of a received picture, copied. Its time is from `zero`.
EncodedPacket copy_of(const frame::EncodedPicture& picture, Timestamp zero);
EncodedPacket copy_of(const frame::EncodedSound& sound, Timestamp zero);

}  // namespace parley::media
