#pragma once

#include <deque>
#include <optional>

#include "media/ffmpeg/packet.hpp"

namespace parley::media {

/// Brings the packets of a picture stream and a sound stream, which encoders finish at different times, into the order
/// of their decoding times, with the first key picture at time zero. Sound alone begins at once. Pure.
///
/// Sound that belongs before the first key picture is left out, so is picture before it. If no key picture comes within
/// kPatience of sound, the output begins with sound, and the picture joins when it comes.
class Interleaver {
 public:
  /// How much longer one stream is waited for when the other has packets: more than an encoder's delay plus a mixer's,
  /// less than what a viewer of a stream would notice as delay. A silent or frozen stream holds up the other no longer.
  static constexpr TimeDelta kPatience = TimeDelta::millis(1500);

  Interleaver(bool has_video, bool has_audio, TimeDelta priming = TimeDelta::zero())
      : has_video_(has_video), has_audio_(has_audio), priming_(priming) {}

  void push(EncodedPacket packet);
  /// The next packet in order, or nothing before more comes in.
  std::optional<EncodedPacket> pop();
  /// No more comes: pop() gives the rest.
  void finish() { finished_ = true; }

  /// The producer's time that is zero in the output; empty before the first packet came out.
  std::optional<TimeDelta> zero() const { return zero_; }
  /// Packets left out: before the beginning, or with a decoding time that does not rise.
  int64_t dropped() const { return dropped_; }

 private:
  struct Stream {
    std::deque<EncodedPacket> queue;
    std::optional<TimeDelta> last_dts;  ///< rises strictly
    bool started = false;               ///< a key packet came
  };
  bool begin();
  TimeDelta queued_until() const;
  bool must_wait_for(bool expected, const Stream& stream) const;
  std::optional<EncodedPacket> take(Stream& stream);

  const bool has_video_;
  const bool has_audio_;
  const TimeDelta priming_;
  Stream video_;
  Stream audio_;
  std::optional<TimeDelta> zero_;
  bool finished_ = false;
  int64_t dropped_ = 0;
};

}  // namespace parley::media
