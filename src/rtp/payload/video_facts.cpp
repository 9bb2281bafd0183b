#include "rtp/payload/video_facts.hpp"

#include "rtp/payload/codec_facts.hpp"

namespace parley::rtp {

VideoFacts read_video_facts(Codec codec, Bytes payload, bool marker) {
  std::optional<VideoFacts> facts;
  switch (codec) {
    case Codec::Opus: break;
    case Codec::Vp8: facts = read_vp8(payload, marker); break;
    case Codec::Vp9: facts = read_vp9(payload); break;
    case Codec::H264: facts = read_h264(payload, marker); break;
    case Codec::Av1: facts = read_av1(payload, marker); break;
  }
  if (facts) return *facts;
  VideoFacts malformed;
  malformed.ends_frame = marker;
  return malformed;
}

}  // namespace parley::rtp
