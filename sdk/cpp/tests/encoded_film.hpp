#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "parley/local_media.hpp"
#include "parley/media.hpp"

namespace parley::test {

/// A film that was encoded before, by FFmpeg: a moving test picture of which no two frames are the same, with one key
/// frame, the first. What VP9 and AV1 decode to is defined bit by bit, so each picture that comes out of a meeting can
/// be told exactly: it is one of these.
class EncodedFilm {
 public:
  static constexpr int kWidth = 320, kHeight = 180, kFrames = 45, kFramesPerSecond = 30;

  EncodedFilm(VideoCodec codec, int kbps);

  VideoCodec codec() const { return codec_; }
  size_t size() const { return frames_.size(); }
  EncodedVideoFrame frame(size_t index) const;
  /// Which of its pictures this is; -1 for none.
  int index_of(const VideoFrame& picture) const;

 private:
  const VideoCodec codec_;
  std::vector<std::shared_ptr<const std::vector<uint8_t>>> frames_;
  std::map<uint64_t, int> pictures_;  // by a hash of the pixels
};

/// Shows a film in real time, and its last frame for ever: whoever wants a key frame makes it begin again.
class Projector {
 public:
  Projector(std::shared_ptr<LocalVideo> video, const EncodedFilm& film);
  ~Projector();
  /// How often somebody wanted a key frame.
  int wanted() const { return wanted_; }
  /// The whole film was shown since it last began.
  bool at_end() const { return at_end_; }

 private:
  void run();

  const std::shared_ptr<LocalVideo> video_;
  const EncodedFilm& film_;
  std::atomic<int> wanted_ = 0;
  std::atomic<bool> at_end_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rewind_ = false, stopping_ = false;
  std::thread thread_;
};

}  // namespace parley::test
