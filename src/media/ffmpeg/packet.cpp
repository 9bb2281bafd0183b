#include "media/ffmpeg/packet.hpp"

#include "base/check.hpp"

namespace parley::media {

std::string_view name_of(Codec codec) {
  switch (codec) {
    case Codec::H264: return "h264";
    case Codec::Vp8: return "vp8";
    case Codec::Vp9: return "vp9";
    case Codec::Av1: return "av1";
    case Codec::Aac: return "aac";
    case Codec::Opus: return "opus";
    case Codec::Mp3: return "mp3";
  }
  return "";
}

Codec from_rtp(rtp::Codec codec) {
  switch (codec) {
    case rtp::Codec::Opus: return Codec::Opus;
    case rtp::Codec::Vp8: return Codec::Vp8;
    case rtp::Codec::Vp9: return Codec::Vp9;
    case rtp::Codec::H264: return Codec::H264;
    case rtp::Codec::Av1: return Codec::Av1;
  }
  PARLEY_CHECK(false);
}

EncodedPacket copy_of(const frame::EncodedPicture& picture, Timestamp zero) {
  const TimeDelta time = picture.captured_at - zero;
  return {rtp::MediaKind::Video, time, time, TimeDelta::zero(), picture.key, picture.data};
}

EncodedPacket copy_of(const frame::EncodedSound& sound, Timestamp zero) {
  const TimeDelta time = sound.captured_at - zero;
  return {rtp::MediaKind::Audio, time, time, sound.duration, true, sound.data};
}

}  // namespace parley::media
