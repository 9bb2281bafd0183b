#include "sfu/dominant_speaker.hpp"

#include <algorithm>
#include <cmath>

namespace parley::sfu {

std::optional<TrackId> DominantSpeaker::update(std::span<const Item> items, Timestamp now) {
  if (decided_ && now < next_decision_) return dominant_;
  decided_ = true;
  next_decision_ = now + kDecisionInterval;
  if (std::ranges::any_of(items, &Item::voiced)) last_voice_ = now;
  if (const std::optional<TrackId> next = contender(items)) {
    dominant_ = next;
  } else if (now - last_voice_ >= kSilenceHold) {
    dominant_.reset();
  }
  return dominant_;
}

void DominantSpeaker::remove(TrackId track) {
  if (dominant_ == track) dominant_.reset();
}

// Of those that pass all three thresholds against the dominant one (silence, if there is none), the one ahead on the
// medium scale.
std::optional<TrackId> DominantSpeaker::contender(std::span<const Item> items) const {
  SpeechScores reference = SpeechScores::silence();
  if (dominant_) {
    const auto current = std::ranges::find(items, *dominant_, &Item::track);
    if (current != items.end()) reference = current->scores;
  }
  std::optional<TrackId> best;
  double best_medium = 0;
  for (const Item& item : items) {
    if (item.track == dominant_ || !item.voiced) continue;
    const double medium = std::log(item.scores.medium / reference.medium);
    const bool passes = std::log(item.scores.immediate / reference.immediate) > kImmediateThreshold &&
                        medium > kMediumThreshold &&
                        std::log(item.scores.long_term / reference.long_term) > kLongThreshold;
    if (!passes || (best && medium <= best_medium)) continue;
    best = item.track;
    best_medium = medium;
  }
  return best;
}

}  // namespace parley::sfu
