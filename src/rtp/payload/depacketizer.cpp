#include "rtp/payload/depacketizer.hpp"

#include "rtp/payload/codec_facts.hpp"

namespace parley::rtp {

std::expected<CodedPicture, PayloadError> depacketize(Codec codec, std::span<const Bytes> payloads) {
  switch (codec) {
    case Codec::Vp8: return depacketize_vp8(payloads);
    case Codec::Vp9: return depacketize_vp9(payloads);
    case Codec::H264: return depacketize_h264(payloads);
    case Codec::Av1: return depacketize_av1(payloads);
    case Codec::Opus: break;
  }
  return std::unexpected(PayloadError::Unsupported);
}

std::expected<CodedPicture, PayloadError> depacketize_vp8(std::span<const Bytes> payloads) {
  CodedPicture picture;
  bool first = true;
  for (const Bytes payload : payloads) {
    const std::optional<VideoFacts> facts = read_vp8(payload, false);
    if (!facts) return std::unexpected(PayloadError::Malformed);
    if (facts->starts_frame != first) return std::unexpected(PayloadError::Incomplete);
    if (first && facts->keyframe) {
      picture.key = true;
      picture.size = PictureSize{facts->width, facts->height};
    }
    const Bytes body = payload.subspan(facts->descriptor_size);
    picture.data.insert(picture.data.end(), body.begin(), body.end());
    first = false;
  }
  if (picture.data.empty()) return std::unexpected(PayloadError::Incomplete);
  return picture;
}

}  // namespace parley::rtp
