#include "media/limiter.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace parley::media {
namespace {

/// Of the way back to full level in each frame: two thirds of it in 120 ms, slow enough not to follow single syllables.
constexpr double kRelease = 1.0 / 5760;

}  // namespace

Limiter::Limiter() : delayed_(2 * kLookAhead, 0.0F), smoothing_(kLookAhead, 1.0), smoothing_sum_(kLookAhead) {}

float Limiter::next_gain(float peak) {
  const float needed = peak > kCeiling ? kCeiling / peak : 1.0F;
  while (!valleys_.empty() && valleys_.back().gain >= needed) valleys_.pop_back();
  valleys_.push_back({frame_, needed});
  // The window is one frame longer than the delay, so that it still holds the frame that leaves now.
  if (valleys_.front().frame + kLookAhead < frame_) valleys_.pop_front();
  released_ = std::min<double>(valleys_.front().gain, released_ + (1 - released_) * kRelease);
  if (released_ > 1 - 1e-6) released_ = 1;
  // The mean of values each of which is low enough for the frame that leaves is low enough too, and has no steps.
  double& oldest = smoothing_[frame_ % kLookAhead];
  smoothing_sum_ += released_ - oldest;
  oldest = released_;
  if (released_ == 1 && smoothing_sum_ > kLookAhead - 1e-4) smoothing_sum_ = kLookAhead;  // no rounding is left over
  return static_cast<float>(smoothing_sum_ / kLookAhead);
}

void Limiter::process(std::span<const float> in, std::span<float> out) {
  PARLEY_CHECK(in.size() == out.size() && in.size() % 2 == 0);
  for (size_t i = 0; i < in.size(); i += 2) {
    const float gain = next_gain(std::max(std::fabs(in[i]), std::fabs(in[i + 1])));
    float* slot = &delayed_[2 * (frame_ % kLookAhead)];
    const float left = slot[0], right = slot[1];
    slot[0] = in[i];
    slot[1] = in[i + 1];
    out[i] = gain == 1 ? left : std::clamp(left * gain, -kCeiling, kCeiling);
    out[i + 1] = gain == 1 ? right : std::clamp(right * gain, -kCeiling, kCeiling);
    if (gain < 1) ++limited_frames_;
    ++frame_;
  }
}

std::vector<float> Limiter::pending() const {
  std::vector<float> frames;
  for (size_t i = 0; i < kLookAhead; ++i) {
    const size_t slot = 2 * ((frame_ + i) % kLookAhead);
    frames.insert(frames.end(), {delayed_[slot], delayed_[slot + 1]});
  }
  return frames;
}

}  // namespace parley::media
