#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include <parley/media.hpp>

namespace parley::devices {

/// Adds voices up, in the speaker's channels. Any thread.
class VoiceMixer {
 public:
  explicit VoiceMixer(int channels) : channels_(channels) {}

  class Queue {
   public:
    explicit Queue(int channels) : channels_(channels) {}
    void push(const AudioFrame& frame);
    void set_volume(double factor);
    /// Adds what is there to `sum`, which has whole frames.
    void add_to(std::vector<int32_t>& sum);

   private:
    const int channels_;
    std::mutex mutex_;
    std::deque<int16_t> samples_;
    double volume_ = 1;
  };

  std::shared_ptr<Queue> add();
  /// The next `frames` of all voices that are still there.
  std::vector<int16_t> mix(size_t frames);

  /// See Voice::play.
  static constexpr size_t kMaxQueuedFrames = AudioFrame::kSampleRate / 5;

 private:
  const int channels_;
  std::mutex mutex_;
  std::vector<std::weak_ptr<Queue>> queues_;
};

}  // namespace parley::devices
