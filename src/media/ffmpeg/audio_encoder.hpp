#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/units.hpp"
#include "media/ffmpeg/error.hpp"
#include "media/ffmpeg/packet.hpp"

namespace parley::media {

struct AudioEncoderOptions {
  Codec codec = Codec::Aac;  ///< Aac (LC), Opus (libopus, 20 ms) or Mp3 (lame)
  int channels = 2;
  DataRate bitrate;  ///< zero: 80 kbit/s a channel for Aac and Mp3, 48 for Opus
  TimeDelta start;   ///< of the first sample that will go in
};

/// Continuous 48 kHz sound in, packets out, whose times line up with the samples that went in: priming is accounted
/// for. (AAC's and MP3's own priming packet is not given out; sound fades in over its first 21 ms instead.)
/// Not thread-safe; any thread at a time.
class AudioEncoder {
 public:
  static Result<AudioEncoder> create(const AudioEncoderOptions& options);
  AudioEncoder(AudioEncoder&&) noexcept;
  AudioEncoder& operator=(AudioEncoder&&) noexcept;
  ~AudioEncoder();

  const StreamFormat& format() const;
  /// Interleaved samples of all channels, any number of them; appends what comes out.
  Result<> encode(std::span<const int16_t> samples, std::vector<EncodedPacket>& out);
  /// Fills the last packet with silence and appends what is left. Nothing can be encoded afterwards.
  Result<> finish(std::vector<EncodedPacket>& out);

 private:
  struct State;
  explicit AudioEncoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::media
