#pragma once

#include <optional>
#include <span>
#include <vector>

#include "frame/picture.hpp"
#include "media/composition.hpp"
#include "media/ffmpeg/audio_encoder.hpp"
#include "media/ffmpeg/video_encoder.hpp"
#include "worker/sink.hpp"

namespace parley::worker {

/// The encoders of one encoding of a composition. One thread.
class EncoderSet {
 public:
  /// `start`: composition time of the first sample of sound that will go in.
  static media::Result<EncoderSet> create(Encoding encoding, const media::Composition& composition, TimeDelta start);

  const std::vector<media::StreamFormat>& formats() const { return formats_; }
  bool has_video() const { return video_.has_value(); }
  void request_key();
  media::Result<> encode(const frame::Picture& picture, TimeDelta pts, std::vector<media::EncodedPacket>& out);
  media::Result<> encode(std::span<const int16_t> stereo, std::vector<media::EncodedPacket>& out);
  /// What the encoders still hold.
  media::Result<> finish(std::vector<media::EncodedPacket>& out);

 private:
  std::optional<media::VideoEncoder> video_;
  std::optional<media::AudioEncoder> audio_;
  std::vector<media::StreamFormat> formats_;
};

}  // namespace parley::worker
