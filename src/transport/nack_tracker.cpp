#include "transport/nack_tracker.hpp"

#include <algorithm>

namespace parley::transport {

void NackTracker::receive(uint16_t sequence_number, Timestamp now) {
  const std::optional<int64_t> newest = unwrapper_.newest();
  const int64_t number = unwrapper_.unwrap(sequence_number);
  if (!newest) return;
  if (number > *newest + 1) note_gap(*newest + 1, number - 1, now);
  if (number <= *newest) take(number);
  if (number > *newest && !missing_.empty()) hurry_reordered(now);
}

void NackTracker::note_gap(int64_t first, int64_t last, Timestamp now) {
  const auto count = static_cast<size_t>(last - first + 1);
  if (missing_.size() + count > kMaxMissing) {
    stats_.given_up += missing_.size() + count;
    missing_.clear();
    next_due_ = Timestamp::never();
    given_up_ = true;
    return;
  }
  for (int64_t number = first; number <= last; ++number) missing_.push_back({number, now, now + kReorderWait, now, 0});
  next_due_ = std::min(next_due_, now + kReorderWait);
}

std::optional<TimeDelta> NackTracker::receive_repair(uint16_t sequence_number, Timestamp now) {
  const std::optional<Missing> entry = take(unwrapper_.peek(sequence_number));
  if (!entry || entry->tries != 1) return std::nullopt;
  return now - entry->asked;
}

std::optional<NackTracker::Missing> NackTracker::take(int64_t sequence_number) {
  const auto found = std::lower_bound(missing_.begin(), missing_.end(), sequence_number,
                                      [](const Missing& m, int64_t number) { return m.sequence_number < number; });
  if (found == missing_.end() || found->sequence_number != sequence_number) return std::nullopt;
  const Missing entry = *found;
  if (entry.tries > 0) ++stats_.recovered;
  missing_.erase(found);
  if (missing_.empty()) next_due_ = Timestamp::never();
  return entry;
}

// Whatever is behind by enough packets is a loss, not reordering: ask at once.
void NackTracker::hurry_reordered(Timestamp now) {
  const int64_t limit = *unwrapper_.newest() - kReorderPackets;
  for (auto entry = missing_.rbegin(); entry != missing_.rend() && entry->tries == 0; ++entry) {
    if (entry->sequence_number > limit || entry->due <= now) continue;
    entry->due = now;
    next_due_ = now;
  }
}

void NackTracker::collect(Timestamp now, TimeDelta rtt, Losses& losses) {
  if (now < next_due_) return;
  const TimeDelta known = rtt > TimeDelta::zero() ? rtt : kUnknownRtt;
  const TimeDelta repeat = std::max(kMinRepeat, known + known / 4);
  next_due_ = Timestamp::never();
  std::erase_if(missing_, [&](Missing& entry) {
    if (entry.due <= now && !losses.full()) {
      if (entry.tries >= kMaxTries || now - entry.noticed > kMaxAge) {
        ++stats_.given_up;
        return given_up_ = true;
      }
      losses.push_back(static_cast<uint16_t>(entry.sequence_number));
      ++entry.tries;
      ++stats_.requested;
      entry.asked = now;
      entry.due = now + repeat;
    }
    next_due_ = std::min(next_due_, entry.due);
    return false;
  });
}

bool NackTracker::take_given_up() {
  const bool given_up = given_up_;
  given_up_ = false;
  return given_up;
}

void NackTracker::restart() {
  unwrapper_.reset();
  missing_.clear();
  next_due_ = Timestamp::never();
  given_up_ = false;
}

}  // namespace parley::transport
