#pragma once

#include <functional>

#include <parley/media.hpp>

namespace parley {

/// When received media is handed over.
enum class Delivery {
  /// As soon as a frame is whole and in order: for recorders, which have `capturedAt` to put it in its place. Losses
  /// are
  /// waited for as long as repair may take.
  AsSoonAsComplete,
  /// At the pace of playing: the jitter buffer holds frames so that they come evenly and sound and picture together.
  Paced,
};

/// What is done with one remote stream. Leave out what is not wanted: without `onVideo`/`onAudio` nothing is decoded.
/// Media threads call the handlers: one stream's always in order and never two at once, other streams' perhaps at the
/// same time. A handler that is slow delays its own stream; what piles up is dropped (video: to the next key frame).
struct VideoHandlers {
  std::function<void(const VideoFrame&)> onVideo;
  std::function<void(const EncodedVideoFrame&)> onEncoded;
  Delivery delivery = Delivery::Paced;
};
struct AudioHandlers {
  std::function<void(const AudioFrame&)> onAudio;
  std::function<void(const EncodedAudioFrame&)> onEncoded;
  Delivery delivery = Delivery::Paced;
};

}  // namespace parley
