#pragma once

#include <array>
#include <optional>

#include "base/time.hpp"
#include "media/ffmpeg/packet.hpp"

namespace parley::worker {

/// Cuts one sink's share out of a composition's endless packets: it begins at a key picture with time zero, and a pause
/// leaves no gap in it. Sound and picture keep their distance over every cut. One thread.
class Gate {
 public:
  /// Without pictures (`has_video` false) any packet of sound may be the first.
  explicit Gate(bool has_video) : has_video_(has_video) {}

  /// The packet with the sink's own times, or nothing if the sink is not to get it.
  std::optional<media::EncodedPacket> pass(const media::EncodedPacket& packet);
  /// Nothing passes until `resume`.
  void pause();
  void resume() { paused_ = false; }
  bool paused() const { return paused_; }
  /// It waits for a key picture: the encoder should make one now.
  bool wants_key() const { return has_video_ && !paused_ && !open_; }
  /// What has passed, without the pauses.
  TimeDelta length() const { return length_; }

 private:
  bool opens(const media::EncodedPacket& packet) const;

  bool has_video_;
  bool paused_ = false;
  bool open_ = false;
  TimeDelta cut_;                                    // composition time of the latest opening
  TimeDelta shift_;                                  // from composition time to the sink's
  TimeDelta length_;
  std::array<std::optional<TimeDelta>, 2> last_dts_;  // by kind: decoding times must rise over a cut as well
};

}  // namespace parley::worker
