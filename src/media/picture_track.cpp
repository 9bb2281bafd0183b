#include "media/picture_track.hpp"

#include <utility>

namespace parley::media {

void PictureTrack::add(frame::Picture picture, frame::Rotation rotation, Timestamp captured_at) {
  ++stats_.pictures;
  if (captured_at < seen_until_) ++stats_.late;
  while (!queue_.empty() && queue_.back().captured_at >= captured_at) {
    queue_.pop_back();
    ++stats_.skipped;
  }
  if (queue_.size() == kMaxQueued) {
    queue_.pop_front();
    ++stats_.dropped;
  }
  queue_.push_back({std::move(picture), rotation, captured_at});
}

void PictureTrack::clear() {
  queue_.clear();
  current_.reset();
  stalled_ = false;
}

std::optional<PictureTrack::Shown> PictureTrack::at(Timestamp instant, TimeDelta length) {
  seen_until_ = instant + length / 2;
  bool fresh = false;
  while (!queue_.empty() && queue_.front().captured_at < seen_until_) {
    if (std::exchange(fresh, true)) ++stats_.skipped;
    current_ = std::move(queue_.front());
    queue_.pop_front();
  }
  if (fresh) {
    ++stats_.shown;
    stalled_ = false;
  }
  if (!current_) return std::nullopt;
  if (instant - current_->captured_at <= hold_) return current_;
  if (!std::exchange(stalled_, true)) ++stats_.stalls;
  return std::nullopt;
}

}  // namespace parley::media
