#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <parley/error.hpp>
#include <parley/media.hpp>
#include <parley/types.hpp>

namespace parley {

/// One simulcast layer.
struct VideoLayer {
  int width = 0;
  int height = 0;
  int maxKbps = 0;
};

struct VideoOptions {
  VideoCodec codec = VideoCodec::Vp8;  ///< Vp8 or H264; already encoded frames also Vp9 and Av1
  /// What is encoded, lowest first, at most 3 (of a share 2). Empty: by the size of the first frame: 3 layers from 540
  /// lines, 2 from 270, each half the next one's size; one for a share.
  std::vector<VideoLayer> layers;
  int maxKbps = 0;  ///< of the top layer; 0: VideoSDK's preset for its height
  int maxFrameRate = 30;
  bool simulcast = true;  ///< false: only the top layer
  /// Frames come by `pushEncoded`, and nothing is encoded here.
  bool encoded = false;
  std::string displaySurface;  ///< share: "monitor", "window" or "browser"
};

struct AudioOptions {
  int channels = 1;
  int kbps = 0;          ///< 0: 32, stereo 96
  bool music = false;    ///< else tuned for speech
  bool fec = true;       ///< in-band forward error correction
  bool dtx = false;      ///< stop sending in silence
  bool encoded = false;  ///< frames come by `pushEncoded`
};

/// What became of pushed frames.
struct LocalVideoCounts {
  uint64_t pushed = 0;
  uint64_t sent = 0;     ///< at least one layer of it
  uint64_t skipped = 0;  ///< the encoder was still busy, or nobody watches
};

/// A camera or screen of this participant, from `Meeting::publishCamera` or `publishShare` until `stop()`, a moderator
/// or the end of the meeting ends it. It outlives reconnects. All methods: any thread.
class PARLEY_API LocalVideo {
 public:
  virtual ~LocalVideo() = default;
  virtual StreamKind kind() const = 0;
  /// Hands a picture over; returns at once. A thread of the SDK encodes it; while that is busy, a newer picture
  /// replaces the waiting one. Sizes may change at any time. `capturedAt` 0: now.
  virtual Result<void> push(const VideoFrame& frame) = 0;
  /// A frame that is encoded already, of layer `layer` (0 lowest) where several are sent. Needs
  /// `VideoOptions::encoded`. After what was skipped (also at the beginning) goes a key frame: what is pushed before
  /// one comes is skipped, too, and `onKeyFrameWanted` told. Pictures come in the order in which they are shown: no
  /// B-frames.
  virtual Result<void> pushEncoded(const EncodedVideoFrame& frame, int layer = 0) = 0;
  /// Told when receivers need a key frame of a layer, or what is skipped ends; for `pushEncoded`. On the network
  /// thread: return at once.
  virtual void onKeyFrameWanted(std::function<void(int layer)> handler) = 0;
  virtual void pause() = 0;
  virtual void resume() = 0;
  virtual void stop() = 0;
  virtual bool ended() const = 0;
  virtual LocalVideoCounts counts() const = 0;
};

/// A microphone or the sound of a screen. Pushed sound is cut into 20 ms packets; each push goes on where the last
/// ended unless `capturedAt` tells of a gap. Live sound wants a `capturedAt`: a sound card's clock drifts, and by it
/// sound and pictures stay together for hours. All methods: any thread, but one at a time pushes.
class PARLEY_API LocalAudio {
 public:
  virtual ~LocalAudio() = default;
  virtual StreamKind kind() const = 0;
  virtual Result<void> push(const AudioFrame& frame) = 0;
  virtual Result<void> pushEncoded(const EncodedAudioFrame& frame) = 0;
  virtual void pause() = 0;
  virtual void resume() = 0;
  virtual void stop() = 0;
  virtual bool ended() const = 0;
};

}  // namespace parley
