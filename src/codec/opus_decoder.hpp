#pragma once

#include <expected>
#include <memory>

#include "base/time.hpp"
#include "codec/video_decoder.hpp"
#include "frame/encoded.hpp"
#include "frame/sound.hpp"

namespace parley::codec {

/// Opus at 48 kHz; mono and stereo packets come out with the channels asked for. Not thread-safe.
class OpusDecoder {
 public:
  explicit OpusDecoder(int channels);  ///< 1 or 2

  /// One packet: up to 120 ms (RFC 6716 section 3.4). After an error the decoder goes on as if the packet were lost.
  std::expected<frame::Sound, DecodeError> decode(const frame::EncodedSound& packet);

  /// What goes on in place of `duration` of lost sound: made up from what came before, fading out. If `next`, the
  /// packet after the gap, is here already, the last packet's worth comes from the copy that it may hold (in-band FEC).
  /// `duration` is rounded down to 2.5 ms and limited to kMaxConcealed; then decode(*next) as usual.
  frame::Sound lost(TimeDelta duration, const frame::EncodedSound* next = nullptr);

  /// Longer than any packet; after it everything has faded to silence, which the caller makes cheaper.
  static constexpr TimeDelta kMaxConcealed = TimeDelta::millis(120);

 private:
  struct Library;  ///< libopus's part
  struct Destroy {
    void operator()(Library* library) const;
  };
  /// Appends `frames` of sound made from `packet`'s copy of the one before, or of nothing if it is empty.
  void conceal(frame::Sound& sound, size_t frames, Bytes packet);

  std::unique_ptr<Library, Destroy> library_;
  int channels_;
};

/// How long the packet's sound lasts; zero if it is no Opus packet.
TimeDelta opus_duration(Bytes packet);

}  // namespace parley::codec
