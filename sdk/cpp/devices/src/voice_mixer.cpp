#include "voice_mixer.hpp"

#include <algorithm>
#include <cmath>

namespace parley::devices {
namespace {

constexpr double kMaxVolume = 2;

}  // namespace

void VoiceMixer::Queue::push(const AudioFrame& frame) {
  if (frame.channels != 1 && frame.channels != 2) return;
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < frame.frames; ++i) {
    const int16_t* at = frame.samples + i * static_cast<size_t>(frame.channels);
    const int16_t left = at[0], right = at[frame.channels - 1];
    if (channels_ == 1) {
      samples_.push_back(static_cast<int16_t>((left + right) / 2));
    } else {
      samples_.insert(samples_.end(), {left, right});
    }
  }
  const size_t limit = kMaxQueuedFrames * static_cast<size_t>(channels_);
  if (samples_.size() > limit) samples_.erase(samples_.begin(), samples_.end() - static_cast<ptrdiff_t>(limit));
}

void VoiceMixer::Queue::set_volume(double factor) {
  const std::lock_guard lock(mutex_);
  volume_ = std::clamp(factor, 0.0, kMaxVolume);
}

void VoiceMixer::Queue::add_to(std::vector<int32_t>& sum) {
  const std::lock_guard lock(mutex_);
  const size_t count = std::min(sum.size(), samples_.size());
  for (size_t i = 0; i < count; ++i) sum[i] += static_cast<int32_t>(std::lround(samples_[i] * volume_));
  samples_.erase(samples_.begin(), samples_.begin() + static_cast<ptrdiff_t>(count));
}

std::shared_ptr<VoiceMixer::Queue> VoiceMixer::add() {
  auto queue = std::make_shared<Queue>(channels_);
  const std::lock_guard lock(mutex_);
  queues_.push_back(queue);
  return queue;
}

std::vector<int16_t> VoiceMixer::mix(size_t frames) {
  std::vector<int32_t> sum(frames * static_cast<size_t>(channels_));
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(queues_, [](const auto& queue) { return queue.expired(); });
    for (const auto& each : queues_) {
      if (const auto queue = each.lock()) queue->add_to(sum);
    }
  }
  std::vector<int16_t> mixed(sum.size());
  std::ranges::transform(sum, mixed.begin(),
                         [](int32_t value) { return static_cast<int16_t>(std::clamp(value, -32768, 32767)); });
  return mixed;
}

}  // namespace parley::devices
