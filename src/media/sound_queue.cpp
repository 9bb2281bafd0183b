#include "media/sound_queue.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>

#include "base/check.hpp"

namespace parley::media {
namespace {

std::vector<float> stereo_of(const frame::Sound& sound) {
  constexpr float kScale = 1.0F / 32768;
  std::vector<float> out;
  out.reserve(2 * sound.frames());
  for (size_t i = 0; i < sound.frames(); ++i) {
    const size_t at = i * static_cast<size_t>(sound.channels);
    out.push_back(static_cast<float>(sound.samples[at]) * kScale);
    out.push_back(static_cast<float>(sound.samples[at + (sound.channels > 1 ? 1 : 0)]) * kScale);
  }
  return out;
}

/// The value at `t` (0 to 1) between `b` and `c`, by the cubic through four neighbours (Catmull and Rom).
float cubic(float a, float b, float c, float d, float t) {
  return b + 0.5F * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/// The same sound in `frames` frames. It begins exactly at its first sample and ends where the next block will begin,
/// so joined blocks stay joined. `before` is the frame before it.
std::vector<float> stretched(const std::vector<float>& in, int64_t frames, std::span<const float> before) {
  const int64_t count = static_cast<int64_t>(in.size() / 2);
  const double step = static_cast<double>(count) / static_cast<double>(frames);
  const auto sample = [&](int64_t frame, size_t channel) {
    if (frame < 0) return before.empty() ? in[channel] : before[channel];
    if (frame < count) return in[static_cast<size_t>(frame) * 2 + channel];
    const size_t last = in.size() - 2 + channel;
    return 2 * in[last] - in[last - 2];  // the next block's first sample, as far as can be told
  };
  std::vector<float> out;
  out.reserve(static_cast<size_t>(frames) * 2);
  for (int64_t i = 0; i < frames; ++i) {
    const double at = static_cast<double>(i) * step;
    const int64_t k = static_cast<int64_t>(at);
    const float t = static_cast<float>(at - static_cast<double>(k));
    for (const size_t c : {0U, 1U}) {
      out.push_back(cubic(sample(k - 1, c), sample(k, c), sample(k + 1, c), sample(k + 2, c), t));
    }
  }
  return out;
}

}  // namespace

void SoundQueue::add(const frame::Sound& sound, int64_t position) {
  PARLEY_CHECK(sound.channels == 1 || sound.channels == 2);
  ++stats_.blocks;
  if (sound.frames() == 0) return;
  if ((read_ != INT64_MIN && position > read_ + kHorizon) || blocks_.size() >= kMaxBlocks) {
    ++stats_.too_early;
    return;
  }
  std::vector<float> samples = stereo_of(sound);
  if (!append(samples, position)) insert(std::move(samples), position);
}

/// Continues the last block, if this one follows on it and the end of that has not been faded out yet.
bool SoundQueue::append(std::vector<float>& samples, int64_t position) {
  if (blocks_.empty() || blocks_.back().end() - kFade < read_) return false;
  Block& last = blocks_.back();
  const int64_t error = position - last.end();
  if (std::abs(error) > kSnap) return false;
  const int64_t frames = static_cast<int64_t>(samples.size() / 2);
  if (const int64_t more = correction(error, frames); more != 0) {
    samples = stretched(samples, frames + more, std::span(last.samples).last(2));
    ++stats_.stretched;
  }
  last.joined_after = true;
  blocks_.push_back({last.end(), std::move(samples), true, false});
  return true;
}

/// How many frames to add to (or take from) a block, so that samples and clock come together again.
int64_t SoundQueue::correction(int64_t error, int64_t frames) {
  // Over sixteen blocks: what jitters from block to block is not drift.
  drift_ += (static_cast<double>(error) - drift_) / 16;
  if (std::fabs(drift_) <= static_cast<double>(kDriftIgnored) || frames < 2) return 0;
  const int64_t most = std::max<int64_t>(1, frames / 200);
  const int64_t more = std::clamp<int64_t>(std::llround(drift_), -most, most);
  drift_ -= static_cast<double>(more);
  return frames + more < 2 ? 0 : more;
}

/// Puts a block where its position says, as far as that is free and still to be read.
void SoundQueue::insert(std::vector<float> samples, int64_t position) {
  drift_ = 0;
  int64_t start = position;
  int64_t end = position + static_cast<int64_t>(samples.size() / 2);
  const auto next = std::ranges::find_if(blocks_, [&](const Block& b) { return b.start > position; });
  const auto before = next == blocks_.begin() ? blocks_.end() : std::prev(next);
  if (before != blocks_.end()) start = std::max(start, before->end());
  if (next != blocks_.end()) end = std::min(end, next->start);
  if (start != position || end - position != static_cast<int64_t>(samples.size() / 2)) ++stats_.overlaps;
  if (start < read_) {
    ++stats_.late;
    start = read_;
  }
  if (start >= end) return;
  if (before != blocks_.end() && start > before->end()) ++stats_.gaps;
  // Two floats for each frame.
  samples.erase(samples.begin() + 2 * (end - position), samples.end());
  samples.erase(samples.begin(), samples.begin() + 2 * (start - position));
  blocks_.insert(next, {start, std::move(samples), false, false});
}

void SoundQueue::mix_into(std::span<float> stereo, int64_t from) {
  const int64_t to = from + static_cast<int64_t>(stereo.size() / 2);
  for (const Block& block : blocks_) {
    for (int64_t at = std::max(from, block.start); at < std::min(to, block.end()); ++at) {
      float gain = 1;
      if (!block.joined_before) gain = std::min(gain, static_cast<float>(at - block.start) / kFade);
      if (!block.joined_after) gain = std::min(gain, static_cast<float>(block.end() - 1 - at) / kFade);
      stereo[static_cast<size_t>(2 * (at - from))] += gain * block.samples[static_cast<size_t>(2 * (at - block.start))];
      stereo[static_cast<size_t>(2 * (at - from) + 1)] +=
          gain * block.samples[static_cast<size_t>(2 * (at - block.start) + 1)];
    }
  }
  read_ = std::max(read_, to);
  while (!blocks_.empty() && blocks_.front().end() <= read_) blocks_.pop_front();
}

}  // namespace parley::media
