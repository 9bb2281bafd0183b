#include "cc/loss_estimator.hpp"

#include <algorithm>

#include "base/prefetch.hpp"

namespace parley::cc {
namespace {

/// Without transport feedback for so long, receiver reports are believed instead: browsers send feedback every 50-250
/// ms.
constexpr TimeDelta kFeedbackAbsent = TimeDelta::seconds(1);
/// One cut per round trip; while that is not known, per usual one.
constexpr TimeDelta kAssumedRtt = TimeDelta::millis(200);
constexpr TimeDelta kAcknowledgedWindow = RateWindow::kBucket * static_cast<int64_t>(RateWindow::kBuckets);
/// Growth is for the time since the last update, but not for a silence.
constexpr TimeDelta kMaxStep = TimeDelta::seconds(1);

}  // namespace

LossEstimator::LossEstimator(const Config& config) : config_(config), rate_(config.start), sent_(kHistory) {}

void LossEstimator::prefetch(int steps_ahead) const {
  if (steps_ahead > 1) return parley::prefetch(this, sizeof *this);
  const int64_t next = sequence_.newest().value_or(-1) + 1;
  parley::prefetch(&sent_[static_cast<uint64_t>(next) % kHistory], sizeof(Sent));
}

void LossEstimator::on_packet_sent(uint16_t transport_sequence, DataSize size, Timestamp now) {
  const int64_t sequence = sequence_.unwrap(transport_sequence);
  const auto bytes = static_cast<uint16_t>(std::min<int64_t>(size.bytes(), UINT16_MAX));
  sent(sequence) = {now, static_cast<uint32_t>(sequence), bytes, Sent::State::InFlight};
}

void LossEstimator::on_transport_feedback(const TransportFeedback& feedback, Timestamp now) {
  if (!sequence_.newest()) return;
  last_feedback_ = now;
  const int64_t base = sequence_.peek(feedback.base_sequence);
  newest_acknowledged_.reset();
  for (size_t i = 0; i < feedback.arrivals.size(); ++i) {
    count(base + static_cast<int64_t>(i), feedback.arrivals[i] != TransportFeedback::kLost, now);
  }
  // Includes up to one feedback interval; a receiver report's round trip, when there is one, is exact.
  if (newest_acknowledged_ && !rtt_is_reported_) note_rtt(now - *newest_acknowledged_);
  const uint32_t total = received_ + lost_;
  const bool due = last_update_.is_never() || now - last_update_ >= kUpdateInterval;
  if (!due || total < kMinPackets) return;
  update(static_cast<double>(lost_) / total, now);
  received_ = lost_ = 0;
}

void LossEstimator::count(int64_t sequence, bool received, Timestamp now) {
  Sent& packet = sent(sequence);
  const bool known = packet.state != Sent::State::Free && packet.sequence == static_cast<uint32_t>(sequence);
  if (!known || packet.state == Sent::State::Received) return;
  if (!received) {
    lost_ += packet.state == Sent::State::InFlight;
    packet.state = Sent::State::Lost;
    return;
  }
  // Called lost before, and only late: the loss is taken back if it has not been judged yet.
  if (packet.state == Sent::State::Lost && lost_ > 0) --lost_;
  packet.state = Sent::State::Received;
  ++received_;
  if (acknowledged_since_.is_never()) acknowledged_since_ = now;
  acknowledged_.add(DataSize::bytes(packet.size), now);
  newest_acknowledged_ = packet.at;
}

void LossEstimator::on_remb(DataRate bitrate, Timestamp now) {
  remb_ = bitrate;
  remb_at_ = now;
}

void LossEstimator::on_receiver_report(double loss, TimeDelta rtt, Timestamp now) {
  if (rtt > TimeDelta::zero()) {
    if (!rtt_is_reported_) rtt_ = TimeDelta::zero();
    rtt_is_reported_ = true;
    note_rtt(rtt);
  }
  if (last_feedback_.is_never() || now - last_feedback_ > kFeedbackAbsent) update(std::clamp(loss, 0.0, 1.0), now);
}

void LossEstimator::expect(DataRate rate) { rate_ = std::clamp(rate, rate_, config_.ceiling); }

void LossEstimator::note_rtt(TimeDelta sample) {
  rtt_ = rtt_ == TimeDelta::zero() ? sample : rtt_ + (sample - rtt_) / 8;  // as RFC 6298 smooths
}

void LossEstimator::update(double loss, Timestamp now) {
  const TimeDelta step = last_update_.is_never() ? kUpdateInterval : std::min(now - last_update_, kMaxStep);
  last_update_ = now;
  loss_ = loss;
  if (loss > kHighLoss) {
    cut(loss, now);
  } else if (loss < kLowLoss) {
    grow(step, now);
  }
  if (remb_is_fresh(now)) rate_ = std::min(rate_, *remb_);
  rate_ = std::clamp(rate_, config_.floor, config_.ceiling);
}

void LossEstimator::cut(double loss, Timestamp now) {
  const TimeDelta pause = rtt_ == TimeDelta::zero() ? kAssumedRtt : rtt_;
  if (!last_cut_.is_never() && now - last_cut_ < pause) return;
  last_cut_ = now;
  rate_ = rate_ * (1 - loss / 2);
}

void LossEstimator::grow(TimeDelta step, Timestamp now) {
  const double per_second = last_cut_.is_never() ? kFirstGrowthPerSecond : kGrowthPerSecond;
  const DataRate grown = rate_ * (1 + per_second * step.seconds_f());
  const DataRate acknowledged_rate = acknowledged_.rate(now);
  const bool measured = acknowledged_rate > DataRate::zero();
  const DataRate limit = measured ? acknowledged_rate * kHeadroom : config_.ceiling;
  rate_ = std::max(rate_, std::min(grown, limit));
  // Less than a second of measuring may be a burst, of which queues hold more than the path carries.
  const bool whole = !acknowledged_since_.is_never() && now - acknowledged_since_ >= kAcknowledgedWindow;
  if (whole) rate_ = std::max(rate_, acknowledged_rate);
}

bool LossEstimator::may_carry_more(Timestamp now) const {
  const bool hurt = !last_cut_.is_never() && now - last_cut_ < kCutMemory;
  return !hurt && !remb_is_fresh(now);
}

bool LossEstimator::remb_is_fresh(Timestamp now) const { return remb_ && now - remb_at_ <= kRembLifetime; }

DataRate LossEstimator::estimate(Timestamp now) const {
  return remb_is_fresh(now) ? std::max(std::min(rate_, *remb_), config_.floor) : rate_;
}

}  // namespace parley::cc
