#include "cc/arrival_recorder.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace parley::cc {
namespace {

constexpr int64_t kReferenceUnit = 64'000;  // us
constexpr int64_t kDeltaUnit = 250;
/// Neighbours in a message differ by at most 16 signed bits of 250 us; farther ones go into the next message.
constexpr int64_t kMaxDelta = 32'767 * kDeltaUnit;

constexpr int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

int32_t sign_extend_24(int64_t value) {
  const auto low = static_cast<uint32_t>(value) << 8;
  return static_cast<int32_t>(low) >> 8;
}

}  // namespace

void ArrivalRecorder::on_packet(uint16_t transport_sequence, Timestamp now) {
  const int64_t sequence = sequence_.unwrap(transport_sequence);
  if (!started_) {
    started_ = true;
    begin_ = next_ = end_ = sequence;
  }
  if (sequence < begin_) {
    ++stats_.too_old;
    return;
  }
  if (sequence >= end_) make_room(sequence);
  if (arrival(sequence) != kNotArrived) {
    ++stats_.duplicates;
    return;
  }
  ++stats_.packets;
  arrival(sequence) = now.us();
  next_ = std::min(next_, sequence);  // had been reported as lost: say it again
  if (pending_since_.is_never()) pending_since_ = now;
}

void ArrivalRecorder::make_room(int64_t sequence) {
  const int64_t begin = std::max(begin_, sequence - static_cast<int64_t>(kWindow) + 1);
  for (int64_t i = std::max(end_, begin); i <= sequence; ++i) arrival(i) = kNotArrived;
  end_ = sequence + 1;
  begin_ = begin;
  if (next_ >= begin_) return;
  stats_.skipped += static_cast<uint64_t>(begin_ - next_);
  next_ = begin_;
}

std::optional<ArrivalFeedback> ArrivalRecorder::take(Timestamp now) {
  if (now < next_deadline()) return std::nullopt;
  std::optional<ArrivalFeedback> message(std::in_place);
  message->base_sequence = static_cast<uint16_t>(next_);
  message->feedback_count = feedback_count_++;
  int64_t first = next_;
  while (arrival(first) == kNotArrived) ++first;  // ends: something is pending
  const int64_t reference = floor_div(arrival(first), kReferenceUnit);
  message->reference_time_64ms = sign_extend_24(reference);
  int64_t previous = reference * kReferenceUnit;
  for (; next_ < end_; ++next_) {
    const int64_t at = arrival(next_);
    if (at == kNotArrived) {
      message->arrivals.push_back(ArrivalFeedback::kLost);
      continue;
    }
    const int64_t ticks = floor_div(at - reference * kReferenceUnit + kDeltaUnit / 2, kDeltaUnit) * kDeltaUnit;
    const int64_t rounded = reference * kReferenceUnit + ticks;
    if (rounded - previous > kMaxDelta || previous - rounded > kMaxDelta) break;
    previous = rounded;
    message->arrivals.push_back(static_cast<int32_t>(ticks));
  }
  if (next_ == end_) pending_since_ = Timestamp::never();
  return message;
}

Timestamp ArrivalRecorder::next_deadline() const {
  if (pending_since_.is_never()) return Timestamp::never();
  const bool full = end_ - next_ >= static_cast<int64_t>(kWindow / 2);
  return full ? pending_since_ : pending_since_ + kInterval;
}

}  // namespace parley::cc
