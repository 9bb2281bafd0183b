#include "server/quality_meter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace parley::server {
namespace {

using Report = engine::ConnectionReport;

Report report(int64_t rtt_ms, double loss) { return {.rtt = TimeDelta::millis(rtt_ms), .downlink_loss = loss}; }
Timestamp at(int64_t s) { return Timestamp::from_us(s * 1'000'000); }
constexpr UtcTime kUtc = UtcTime::from_ms(1'700'000'000'000);

// By hand after G.107: R = 93.2 - Id - Ie, MOS = 1 + 0.035 R + 7e-6 R (R - 60) (100 - R).
TEST(OpinionScore, FollowsTheEModel) {
  EXPECT_NEAR(opinion_score(TimeDelta::millis(60), 0, 10), 4.385, 0.005);     // 50 ms one way: R = 92.0
  EXPECT_NEAR(opinion_score(TimeDelta::millis(0), 0.0196, 10), 3.91, 0.005);  // 20 ms, 1.96 %: R = 77.15
  EXPECT_NEAR(opinion_score(TimeDelta::millis(600), 0, 10), 3.59, 0.005);     // 320 ms: R = 69.8
  EXPECT_EQ(opinion_score(TimeDelta::seconds(10), 1, 10), 1);
  EXPECT_GT(opinion_score(TimeDelta::millis(50), 0.05, 20), opinion_score(TimeDelta::millis(50), 0.05, 10));
}

TEST(QualityMeter, SaysTheQualityOnceAndWhenItChanges) {
  QualityMeter meter;
  EXPECT_EQ(meter.update(report(40, 0), at(0), kUtc).changed, 5u);
  EXPECT_EQ(meter.update(report(40, 0), at(2), kUtc).changed, std::nullopt);
  std::vector<uint32_t> seen;
  for (int i = 2; i < 12; ++i) {
    if (const auto changed = meter.update(report(40, 0.2), at(2 * i), kUtc).changed) seen.push_back(*changed);
  }
  ASSERT_FALSE(seen.empty());
  EXPECT_TRUE(std::ranges::is_sorted(seen, std::greater<>()));
  EXPECT_EQ(seen.back(), 1u);
}

TEST(QualityMeter, OneBadReportIsNoBadConnection) {
  QualityMeter meter;
  meter.update(report(40, 0), at(0), kUtc);
  const auto changed = meter.update(report(40, 0.03), at(2), kUtc).changed;
  EXPECT_GE(changed.value_or(5), 3u);
}

TEST(QualityMeter, SumsUpAnInterval) {
  QualityMeter meter;
  Report r = report(30, 0);
  const auto track = [](uint8_t line, bool sending, rtp::Codec codec, uint64_t lost, int64_t kbps, double jitter) {
    return Report::TrackStats{.line = line,
                              .sending = sending,
                              .codec = codec,
                              .packets_lost = lost,
                              .jitter_ms = jitter,
                              .bitrate = DataRate::kbps(kbps)};
  };
  std::optional<store::QualitySample> sample;
  for (int i = 0; i <= 5; ++i) {
    const auto lost = static_cast<uint64_t>(i);
    r.tracks = {track(0, false, rtp::Codec::Opus, lost, 30, 2), track(1, false, rtp::Codec::Vp8, 2 * lost, 900, 4),
                track(4, true, rtp::Codec::Opus, 0, 31, 1), track(5, true, rtp::Codec::Vp8, 0, 500, 3),
                track(7, true, rtp::Codec::Vp8, 10 * lost, 300, 5)};
    const auto reading = meter.update(r, at(2 * i), kUtc);
    ASSERT_EQ(reading.sample.has_value(), i == 5) << i;
    sample = reading.sample;
  }
  EXPECT_EQ(sample->rtt_ms, 30);
  EXPECT_EQ(sample->send_audio, (store::QualitySample::Media{5, 30, 2}));
  EXPECT_EQ(sample->send_video, (store::QualitySample::Media{10, 900, 4}));
  EXPECT_EQ(sample->receive_audio, (store::QualitySample::Media{0, 31, 1}));
  EXPECT_EQ(sample->receive_video, (store::QualitySample::Media{50, 800, 4}));
  EXPECT_GT(sample->audio_score, 4.3);
  EXPECT_FALSE(meter.update(r, at(12), kUtc).sample);
}

}  // namespace
}  // namespace parley::server
