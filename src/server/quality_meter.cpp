#include "server/quality_meter.hpp"

#include <algorithm>
#include <utility>

namespace parley::server {
namespace {

/// Opus with in-band FEC and concealment stands about this much (percent); video with retransmission stands more.
constexpr double kAudioRobustness = 10;
constexpr double kVideoRobustness = 20;
/// Capture, jitter buffer and playout add to half of the round trip.
constexpr double kDeviceDelayMs = 20;
constexpr double kSmoothing = 0.4;

/// G.109's categories of user satisfaction: 5 very satisfied, 4 satisfied, 3 some dissatisfied, 2 many, 1 nearly all.
uint32_t bars(double score) {
  if (score >= 4.34) return 5;
  if (score >= 4.03) return 4;
  if (score >= 3.60) return 3;
  return score >= 3.10 ? 2 : 1;
}

}  // namespace

double opinion_score(TimeDelta rtt, double loss, double loss_robustness) {
  const double delay_ms = static_cast<double>(rtt.us()) / 2000 + kDeviceDelayMs;
  const double delay_impairment = 0.024 * delay_ms + (delay_ms > 177.3 ? 0.11 * (delay_ms - 177.3) : 0);
  const double percent = std::clamp(loss, 0.0, 1.0) * 100;
  const double loss_impairment = 95 * percent / (percent + loss_robustness);
  const double r = std::clamp(93.2 - delay_impairment - loss_impairment, 0.0, 100.0);
  return std::max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

void QualityMeter::add(const engine::ConnectionReport& report) {
  ++reports_;
  for (const auto& track : report.tracks) {
    Sum& sum = sums_[track.sending][rtp::kind(track.codec) == rtp::MediaKind::Video];
    const uint64_t before = std::exchange(lost_before_[track.line], track.packets_lost);
    sum.bitrate_kbps += track.bitrate.kbps();
    sum.jitter_ms += track.jitter_ms;
    ++sum.lines;
    if (track.packets_lost > before) sum.packets_lost += static_cast<int64_t>(track.packets_lost - before);
  }
}

store::QualitySample QualityMeter::take_sample(UtcTime utc) {
  const auto media = [&](const Sum& sum) {
    return store::QualitySample::Media{sum.packets_lost, sum.bitrate_kbps / std::max<int64_t>(1, reports_),
                                       sum.jitter_ms / static_cast<double>(std::max<int64_t>(1, sum.lines))};
  };
  store::QualitySample sample;
  sample.at = utc;
  sample.rtt_ms = static_cast<double>(rtt_.us()) / 1000;
  sample.send_audio = media(sums_[0][0]);  // the participant sends what the server receives
  sample.send_video = media(sums_[0][1]);
  sample.receive_audio = media(sums_[1][0]);
  sample.receive_video = media(sums_[1][1]);
  sample.audio_score = opinion_score(rtt_, loss_, kAudioRobustness);
  sample.video_score = opinion_score(rtt_, loss_, kVideoRobustness);
  for (auto& row : sums_) std::ranges::fill(row, Sum());
  reports_ = 0;
  return sample;
}

QualityMeter::Reading QualityMeter::update(const engine::ConnectionReport& report, Timestamp now, UtcTime utc) {
  loss_ += kSmoothing * (std::max(report.uplink_loss, report.downlink_loss) - loss_);
  rtt_ = report.rtt;
  add(report);
  Reading reading;
  const uint32_t quality = bars(opinion_score(rtt_, loss_, kAudioRobustness));
  if (quality != quality_) reading.changed = quality_ = quality;
  if (!interval_start_) interval_start_ = now;
  if (now - *interval_start_ >= kSampleInterval) {
    interval_start_ = now;
    reading.sample = take_sample(utc);
  }
  return reading;
}

}  // namespace parley::server
