#include "worker/encoding.hpp"

#include <utility>

namespace parley::worker {
namespace {

media::Codec video_codec(Encoding encoding) {
  return encoding == Encoding::Vp8Opus ? media::Codec::Vp8 : media::Codec::H264;
}

media::Codec audio_codec(Encoding encoding) {
  switch (encoding) {
    case Encoding::H264Aac: return media::Codec::Aac;
    case Encoding::Vp8Opus: return media::Codec::Opus;
    case Encoding::Mp3: return media::Codec::Mp3;
  }
  return media::Codec::Aac;
}

}  // namespace

media::Result<EncoderSet> EncoderSet::create(Encoding encoding, const media::Composition& composition,
                                             TimeDelta start) {
  EncoderSet set;
  if (composition.mode == media::Mode::VideoAndAudio && encoding != Encoding::Mp3) {
    auto video = media::VideoEncoder::create(
        {.codec = video_codec(encoding), .size = picture_size(composition), .frame_rate = composition.frame_rate});
    if (!video) return std::unexpected(video.error());
    set.formats_.push_back(video->format());
    set.video_.emplace(std::move(*video));
  }
  auto audio = media::AudioEncoder::create({.codec = audio_codec(encoding), .start = start});
  if (!audio) return std::unexpected(audio.error());
  set.formats_.push_back(audio->format());
  set.audio_.emplace(std::move(*audio));
  return set;
}

void EncoderSet::request_key() {
  if (video_) video_->request_key();
}

media::Result<> EncoderSet::encode(const frame::Picture& picture, TimeDelta pts,
                                   std::vector<media::EncodedPacket>& out) {
  if (!video_) return {};
  return video_->encode(picture, pts, out);
}

media::Result<> EncoderSet::encode(std::span<const int16_t> stereo, std::vector<media::EncodedPacket>& out) {
  return audio_->encode(stereo, out);
}

media::Result<> EncoderSet::finish(std::vector<media::EncodedPacket>& out) {
  if (video_) {
    if (auto done = video_->finish(out); !done) return done;
  }
  return audio_->finish(out);
}

}  // namespace parley::worker
