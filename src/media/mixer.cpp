#include "media/mixer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/check.hpp"

namespace parley::media {
namespace {

constexpr int64_t kLookAheadFrames = static_cast<int64_t>(Limiter::kLookAhead);
/// 1 ms: more than rounding of timestamps can make up, and too little to be meant.
constexpr int64_t kSeam = 48;

/// The sample of the common timeline at this time. 48 samples are 1000 us.
int64_t position_of(Timestamp t) {
  const int64_t scaled = t.us() * 48 + 500;
  return scaled >= 0 ? scaled / 1000 : -((-scaled + 999) / 1000);
}

void add_up(SoundQueue::Stats& sum, const SoundQueue::Stats& s) {
  sum.blocks += s.blocks;
  sum.late += s.late;
  sum.overlaps += s.overlaps;
  sum.gaps += s.gaps;
  sum.too_early += s.too_early;
  sum.stretched += s.stretched;
}

}  // namespace

bool Mixer::add(const SoundId& id, const frame::Sound& sound, Timestamp captured_at) {
  auto it = sources_.find(id);
  if (it == sources_.end()) {
    if (sources_.size() >= kMaxSources) {
      ++refused_;
      return false;
    }
    it = sources_.try_emplace(id).first;
    if (started_) {
      // Tells the new queue where reading is.
      it->second.queue.mix_into({}, next_ + kLookAheadFrames);
    }
  }
  it->second.ending = false;
  it->second.queue.add(sound, position_of(captured_at));
  return true;
}

void Mixer::remove(const SoundId& id) {
  if (const auto it = sources_.find(id); it != sources_.end()) it->second.ending = true;
}

std::vector<float> Mixer::mix_sources(int64_t from, int frames) {
  std::vector<float> sum(static_cast<size_t>(frames) * 2, 0.0F);
  for (auto it = sources_.begin(); it != sources_.end();) {
    SoundQueue& queue = it->second.queue;
    queue.mix_into(sum, from);
    if (it->second.ending && queue.empty()) {
      add_up(past_, queue.stats());
      it = sources_.erase(it);
    } else {
      ++it;
    }
  }
  return sum;
}

/// Fills the limiter's look-ahead for a new place, faded over from what would have come at the old one.
void Mixer::jump(int64_t position) {
  std::vector<float> ahead = mix_sources(position, static_cast<int>(kLookAheadFrames));
  if (started_) {
    ++jumps_;
    const std::vector<float> old = limiter_.pending();
    for (size_t i = 0; i < ahead.size(); ++i) {
      const float fade = static_cast<float>(i / 2) / kLookAheadFrames;
      ahead[i] = ahead[i] * fade + old[i] * (1 - fade);
    }
  }
  std::vector<float> unused(ahead.size());
  limiter_.process(ahead, unused);
  started_ = true;
  next_ = position;
}

frame::Sound Mixer::mix(Timestamp from, int frames) {
  PARLEY_CHECK(frames > 0);
  const int64_t position = position_of(from);
  if (!started_ || std::abs(position - next_) > kSeam) jump(position);
  std::vector<float> sum = mix_sources(next_ + kLookAheadFrames, frames);
  limiter_.process(sum, sum);
  next_ += frames;
  frame::Sound out{.channels = 2, .samples = {}};
  out.samples.reserve(sum.size());
  for (const float s : sum) out.samples.push_back(static_cast<int16_t>(std::lrint(s * 32768)));
  return out;
}

Mixer::Stats Mixer::stats() const {
  Stats stats{.sources = past_, .limited_frames = limiter_.limited_frames(), .jumps = jumps_, .refused = refused_};
  for (const auto& [id, source] : sources_) add_up(stats.sources, source.queue.stats());
  return stats;
}

}  // namespace parley::media
