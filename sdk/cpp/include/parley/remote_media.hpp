#pragma once

#include <functional>

#include <parley/media.hpp>

namespace parley {

/// What is done with one remote stream. Leave out what is not wanted: without `onVideo`/`onAudio` nothing is decoded.
/// Media threads call the handlers: one stream's always in order and never two at once, other streams' perhaps at the
/// same time. A handler that is slow delays its own stream; what piles up is dropped (video: to the next key frame).
struct VideoHandlers {
  std::function<void(const VideoFrame&)> onVideo;
  std::function<void(const EncodedVideoFrame&)> onEncoded;
};
struct AudioHandlers {
  std::function<void(const AudioFrame&)> onAudio;
  std::function<void(const EncodedAudioFrame&)> onEncoded;
  int channels = 2;  ///< of what `onAudio` gets: 1 or 2, whatever was sent
};

}  // namespace parley
