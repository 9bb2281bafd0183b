#include "media/timeline.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace parley::media {

Timeline::Timeline(int frame_rate, TimeDelta delay) : frame_rate_(frame_rate), delay_(delay) {
  PARLEY_CHECK(frame_rate > 0 && frame::kSampleRate % frame_rate == 0);
}

Timestamp Timeline::captured(const Run& run, int64_t tick) const {
  return run.begin + TimeDelta::micros((tick * 1'000'000 + frame_rate_ / 2) / frame_rate_);
}

void Timeline::start(Timestamp at) {
  if (running_ || stopped_) return;
  running_ = true;
  runs_.push_back({at, {}});
}

void Timeline::end_run(Timestamp at) {
  if (!running_) return;
  running_ = false;
  Run& run = runs_.back();
  // A tick belongs to the run if it shows an instant before its end; what was given already cannot be taken back.
  const int64_t span = (at - run.begin).us();
  const int64_t ticks = span <= 0 ? 0 : (span * frame_rate_ + 999'999) / 1'000'000;
  run.ticks = std::max(ticks, runs_.size() == 1 ? given_ : 0);
  if (*run.ticks == (runs_.size() == 1 ? given_ : 0)) {
    runs_.pop_back();
    if (runs_.empty()) given_ = 0;
  }
}

void Timeline::pause(Timestamp at) { end_run(at); }

void Timeline::stop(Timestamp at) {
  end_run(at);
  stopped_ = true;
}

Timestamp Timeline::deadline() const {
  return runs_.empty() ? Timestamp::never() : captured(runs_.front(), given_) + delay_;
}

std::optional<Tick> Timeline::next(Timestamp now) {
  if (runs_.empty() || now < deadline()) return std::nullopt;
  const int frames = frame::kSampleRate / frame_rate_;
  const Tick tick{.index = next_index_,
                  .captured = captured(runs_.front(), given_),
                  .due = deadline(),
                  .sound_frames = frames,
                  .first_sound_frame = next_index_ * frames,
                  .after_cut = given_ == 0 && next_index_ > 0};
  ++next_index_;
  ++given_;
  if (runs_.front().ticks == given_) {
    runs_.pop_front();
    given_ = 0;
  }
  return tick;
}

}  // namespace parley::media
