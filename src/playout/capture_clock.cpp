#include "playout/capture_clock.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace parley::playout {

using rtp::rtcp::NtpTime;

namespace {

constexpr TimeDelta magnitude(TimeDelta d) { return d < TimeDelta::zero() ? -d : d; }

}  // namespace

void RecentLeast::add(TimeDelta value, Timestamp now) {
  if (!least()) slot_began_ = now;
  const int64_t passed = std::clamp<int64_t>((now - slot_began_).us() / slot_.us(), 0, kSlots);
  for (int64_t i = 0; i < passed; ++i) {
    current_ = (current_ + 1) % kSlots;
    values_[current_].reset();
    slot_began_ += slot_;
  }
  if (passed == static_cast<int64_t>(kSlots)) slot_began_ = now;
  std::optional<TimeDelta>& slot = values_[current_];
  slot = slot ? std::min(*slot, value) : value;
}

std::optional<TimeDelta> RecentLeast::least() const {
  std::optional<TimeDelta> least;
  for (const std::optional<TimeDelta>& value : values_) {
    if (value && (!least || *value < *least)) least = value;
  }
  return least;
}

void RecentLeast::clear() { values_.fill(std::nullopt); }

void CaptureClock::receive_report(NtpTime ntp, Timestamp arrival) {
  const TimeDelta measured = arrival - Timestamp::from_us(ntp.to_us());
  const bool beyond = offset_ && measured - *offset_ > kStep;
  if (!beyond) beyond_since_ = Timestamp::never();
  if (beyond && beyond_since_.is_never()) beyond_since_ = arrival;
  if (beyond && arrival - beyond_since_ >= kStepPatience) {
    least_.clear();
    beyond_since_ = Timestamp::never();
  }
  least_.add(measured, arrival);
  follow(*least_.least(), arrival);
}

void CaptureClock::follow(TimeDelta target, Timestamp now) {
  if (!offset_ || magnitude(target - *offset_) > kStep) {
    offset_ = target;
  } else {
    const auto most = TimeDelta::micros(static_cast<int64_t>(static_cast<double>((now - followed_at_).us()) * kSlew));
    *offset_ += std::clamp(target - *offset_, -most, most);
  }
  followed_at_ = now;
}

Timestamp CaptureClock::to_local(NtpTime ntp) const {
  PARLEY_CHECK(offset_.has_value());
  return Timestamp::from_us(ntp.to_us()) + *offset_;
}

int64_t StreamClock::ticks(uint32_t rtp_timestamp) const {
  if (!newest_) return rtp_timestamp;
  return *newest_ + static_cast<int32_t>(rtp_timestamp - static_cast<uint32_t>(*newest_));
}

TimeDelta StreamClock::media_time(uint32_t rtp_timestamp) const {
  // Split, so that no stream is long enough to overflow.
  const int64_t all = ticks(rtp_timestamp);
  const int64_t rate = clock_rate_;
  return TimeDelta::seconds(all / rate) + TimeDelta::micros(all % rate * 1'000'000 / rate);
}

void StreamClock::receive_packet(uint32_t rtp_timestamp, Timestamp arrival) {
  const int64_t now_ticks = ticks(rtp_timestamp);
  const bool in_order = now_ticks >= newest_.value_or(now_ticks);
  newest_ = std::max(newest_.value_or(now_ticks), now_ticks);
  const TimeDelta offset = arrival - Timestamp::from_us(media_time(rtp_timestamp).us());
  const std::optional<TimeDelta> least = by_arrival_.least();
  if (least && offset - *least > kMaxDisagreement) by_arrival_.clear();  // RTP time jumped back, or stood still
  if (in_order && source_ == Source::Pauses) look_for_standstill(offset, arrival);
  by_arrival_.add(offset, arrival);
}

void StreamClock::look_for_standstill(TimeDelta offset, Timestamp arrival) {
  const TimeDelta last = std::exchange(newest_offset_, offset).value_or(offset);
  if (offset - last > kStandstill) late_ = Lateness{late_ ? late_->before : last, offset, arrival};
  if (!late_) return;
  late_->least = std::min(late_->least, offset);
  if (late_->least - late_->before <= kStandstill) {
    late_.reset();
  } else if (arrival - late_->since >= kPatience) {
    by_arrival_.clear();
    by_arrival_.add(late_->least, arrival);
    stood_still_ = true;
    late_.reset();
  }
}

Timestamp StreamClock::undecided_until() const { return late_ ? late_->since + kPatience : Timestamp::from_us(0); }

void StreamClock::receive_report(NtpTime ntp, uint32_t rtp_timestamp) {
  Report report{media_time(rtp_timestamp), ntp.to_us()};
  if (report_) {
    const int64_t expected = report_->ntp_us + (report.media_time - report_->media_time).us();
    const TimeDelta moved = TimeDelta::micros(report.ntp_us - expected);
    if (magnitude(moved) < kNoise) {
      report.ntp_us = expected + moved.us() / 2;
    } else {
      stood_still_ = false;
    }
  }
  report_ = report;
}

void StreamClock::restart() { *this = StreamClock(clock_rate_, source_); }

std::optional<TimeDelta> StreamClock::by_report(const CaptureClock& clock) const {
  if (!report_ || !clock.known()) return std::nullopt;
  const Timestamp captured = clock.to_local(NtpTime::from_us(report_->ntp_us));
  return captured - Timestamp::from_us(report_->media_time.us());
}

bool StreamClock::contradicted(TimeDelta report) const {
  const std::optional<TimeDelta> arrival = by_arrival_.least();
  return arrival && magnitude(report - *arrival) > (stood_still_ ? kStandstill : kMaxDisagreement);
}

TimeDelta StreamClock::offset(const CaptureClock& clock) const {
  const std::optional<TimeDelta> report = by_report(clock);
  if (report && !contradicted(*report)) return *report;
  return by_arrival_.least().value_or(TimeDelta::zero());
}

bool StreamClock::synchronised(const CaptureClock& clock) const {
  const std::optional<TimeDelta> report = by_report(clock);
  return report && !contradicted(*report);
}

}  // namespace parley::playout
