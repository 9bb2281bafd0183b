#include "media/mixer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/rng.hpp"

namespace parley::media {
namespace {

constexpr int kBlock = 960;  // 20 ms
const Timestamp kStart = Timestamp::from_us(5'000'000);
const SoundId kAda("ada"), kBob("bob"), kCleo("cleo");

Timestamp time_of(int64_t frame) { return kStart + TimeDelta::micros(frame * 1'000'000 / 48000); }

double sine(double hertz, double frame) { return std::sin(2 * std::numbers::pi * hertz * frame / 48000); }

/// A stretch of an endless tone.
frame::Sound tone(double hertz, double level, int64_t from, int frames, int channels = 1) {
  frame::Sound sound{.channels = channels, .samples = {}};
  for (int i = 0; i < frames; ++i) {
    const double value = level * 32767 * sine(hertz, static_cast<double>(from + i));
    sound.samples.insert(sound.samples.end(), static_cast<size_t>(channels), static_cast<int16_t>(std::lrint(value)));
  }
  return sound;
}

/// How loud a frequency is in one channel, 1 for a full-scale sine (Goertzel).
double loudness(std::span<const int16_t> stereo, double hertz, size_t channel = 0) {
  const double w = 2 * std::numbers::pi * hertz / 48000;
  double s1 = 0, s2 = 0;
  for (size_t i = channel; i < stereo.size(); i += 2) {
    const double s = stereo[i] / 32767.0 + 2 * std::cos(w) * s1 - s2;
    s2 = s1;
    s1 = s;
  }
  return std::sqrt(s1 * s1 + s2 * s2 - 2 * std::cos(w) * s1 * s2) * 2 / (static_cast<double>(stereo.size()) / 2);
}

/// The largest change of the slope from sample to sample: a click is far above what a tone has.
int roughness(std::span<const int16_t> stereo) {
  int worst = 0;
  for (size_t i = 4; i < stereo.size(); ++i)
    worst = std::max(worst, std::abs(stereo[i] - 2 * stereo[i - 2] + stereo[i - 4]));
  return worst;
}

std::vector<int16_t> mixed(Mixer& mixer, int64_t from, int64_t to, int block = kBlock) {
  std::vector<int16_t> all;
  for (int64_t at = from; at < to; at += block) {
    const frame::Sound sound = mixer.mix(time_of(at), block);
    EXPECT_EQ(sound.frames(), static_cast<size_t>(block));
    all.insert(all.end(), sound.samples.begin(), sound.samples.end());
  }
  return all;
}

void add_tone(Mixer& mixer, const SoundId& id, double hertz, double level, int64_t from, int64_t to) {
  for (int64_t at = from; at < to; at += kBlock) mixer.add(id, tone(hertz, level, at, kBlock), time_of(at));
}

TEST(Mixer, GivesSilenceWithoutSources) {
  Mixer mixer;
  for (const int16_t s : mixed(mixer, 0, 4800)) EXPECT_EQ(s, 0);
}

TEST(Mixer, PutsSoundExactlyWhereItWasCaptured) {
  Mixer mixer;
  frame::Sound click{.channels = 2, .samples = std::vector<int16_t>(2 * kBlock, 0)};
  click.samples[2 * 480] = 12345;
  click.samples[2 * 480 + 1] = -2345;
  mixer.add(kAda, click, time_of(9600));
  const std::vector<int16_t> out = mixed(mixer, 0, 19200);
  for (size_t i = 0; i < out.size(); ++i) {
    EXPECT_EQ(out[i], i == 2 * 10080 ? 12345 : i == 2 * 10080 + 1 ? -2345 : 0) << i;
  }
}

TEST(Mixer, KeepsTheLevelsOfThreeTones) {
  Mixer mixer;
  add_tone(mixer, kAda, 400, 0.3, 0, 96000);
  add_tone(mixer, kBob, 1000, 0.2, 0, 96000);
  add_tone(mixer, kCleo, 3000, 0.1, 0, 96000);
  const std::vector<int16_t> out = mixed(mixer, 0, 90000, 480);
  const std::span<const int16_t> middle = std::span(out).subspan(2 * 9600, 2 * 48000);
  for (const size_t channel : {0U, 1U}) {
    EXPECT_NEAR(loudness(middle, 400, channel), 0.3, 0.001);
    EXPECT_NEAR(loudness(middle, 1000, channel), 0.2, 0.001);
    EXPECT_NEAR(loudness(middle, 3000, channel), 0.1, 0.001);
    EXPECT_LT(loudness(middle, 2000, channel), 0.0005);
  }
  EXPECT_EQ(mixer.stats().limited_frames, 0u);
}

TEST(Mixer, KeepsLeftAndRightApart) {
  Mixer mixer;
  for (int64_t at = 0; at < 24000; at += kBlock) {
    frame::Sound sound = tone(500, 0.4, at, kBlock, 2);
    for (size_t i = 1; i < sound.samples.size(); i += 2) sound.samples[i] = 0;
    mixer.add(kAda, sound, time_of(at));
  }
  const std::vector<int16_t> out = mixed(mixer, 0, 19200);
  EXPECT_NEAR(loudness(out, 500, 0), 0.4, 0.01);
  EXPECT_EQ(loudness(out, 500, 1), 0);
}

TEST(Mixer, NeverClipsAndStaysATone) {
  Mixer mixer;
  for (int i = 0; i < 8; ++i) add_tone(mixer, SoundId(fmt::format("p{}", i)), 440, 0.9, 0, 96000);
  const std::vector<int16_t> out = mixed(mixer, 0, 90000);
  for (const int16_t s : out) ASSERT_LE(std::abs(s), Limiter::kCeiling * 32768 + 1);
  const std::span<const int16_t> middle = std::span(out).subspan(2 * 19200, 2 * 48000);
  EXPECT_NEAR(loudness(middle, 440), Limiter::kCeiling, 0.02);
  for (const double harmonic : {880.0, 1320.0, 2200.0}) EXPECT_LT(loudness(middle, harmonic), 0.005);
  EXPECT_GT(mixer.stats().limited_frames, 40'000u);
}

TEST(Mixer, TurnsALostBlockIntoSilenceWithoutAClickAndKeepsTheRestInPlace) {
  Mixer mixer;
  for (int64_t at = 0; at < 96000; at += kBlock) {
    if (at != 48000) mixer.add(kAda, tone(440, 0.5, at, kBlock), time_of(at));
  }
  const std::vector<int16_t> out = mixed(mixer, 0, 90000);
  EXPECT_EQ(loudness(std::span(out).subspan(2 * 48000, 2 * kBlock), 440), 0);
  // A 440 Hz tone at half level bends by 54 a sample; the fades add a little.
  EXPECT_LT(roughness(out), 300);
  const frame::Sound expected = tone(440, 0.5, 60000, kBlock);
  for (int i = 0; i < kBlock; ++i)
    EXPECT_EQ(out[2 * (60000 + static_cast<size_t>(i))], expected.samples[static_cast<size_t>(i)]);
  EXPECT_EQ(mixer.stats().sources.gaps, 1u);
}

TEST(Mixer, DropsWhatIsLateAndGoesOn) {
  Mixer mixer;
  add_tone(mixer, kAda, 440, 0.5, 0, 9600);
  std::vector<int16_t> out = mixed(mixer, 0, 19200);
  add_tone(mixer, kAda, 440, 0.5, 9600, 38400);  // the first half of this should have been heard
  const std::vector<int16_t> more = mixed(mixer, 19200, 36000);
  out.insert(out.end(), more.begin(), more.end());
  EXPECT_LT(roughness(out), 300);
  EXPECT_EQ(loudness(std::span(out).subspan(2 * 10560, 2 * 7200), 440), 0);
  EXPECT_NEAR(loudness(std::span(out).subspan(2 * 21600, 2 * 9600), 440), 0.5, 0.001);
  EXPECT_GT(mixer.stats().sources.late, 9u);
}

TEST(Mixer, BlocksInAnyOrderEndInTheirPlaces) {
  Rng rng(9);
  std::vector<int64_t> starts;
  for (int64_t at = 0; at < 48000; at += kBlock) starts.push_back(at);
  for (size_t i = starts.size() - 1; i > 0; --i) std::swap(starts[i], starts[rng.below(i + 1)]);
  Mixer mixer;
  for (const int64_t at : starts) mixer.add(kAda, tone(440, 0.5, at, kBlock), time_of(at));
  for (const int64_t at : starts) mixer.add(kAda, tone(440, 0.5, at, kBlock), time_of(at));  // and each twice
  const std::vector<int16_t> out = mixed(mixer, 0, 48000);
  for (int64_t block = 0; block < 48000; block += kBlock) {
    const size_t middle = static_cast<size_t>(block) + kBlock / 2;
    EXPECT_EQ(out[2 * middle], static_cast<int16_t>(std::lrint(0.5 * 32767 * sine(440, static_cast<double>(middle)))));
  }
  EXPECT_EQ(mixer.stats().sources.overlaps, starts.size());
}

TEST(Mixer, JitterOfTheCaptureClockIsNotHeard) {
  Rng rng(11);
  Mixer mixer;
  for (int64_t at = 0; at < 240'000; at += kBlock) {
    const int64_t jitter = static_cast<int64_t>(rng.below(8000)) - 4000;  // up to 4 ms
    mixer.add(kAda, tone(440, 0.5, at, kBlock), time_of(at) + TimeDelta::micros(jitter));
  }
  const std::vector<int16_t> out = mixed(mixer, 0, 230'000);
  EXPECT_LT(roughness(std::span(out).subspan(2 * 9600)), 80);
  EXPECT_NEAR(loudness(std::span(out).subspan(2 * 48000, 2 * 48000), 440), 0.5, 0.02);
  EXPECT_EQ(mixer.stats().sources.gaps + mixer.stats().sources.overlaps, 0u);
}

/// The source's crystal runs `ppm` fast: its samples need less of our time than they say.
void expect_follows_drift(int ppm) {
  Mixer mixer;
  std::vector<int16_t> out;
  int64_t written = 0, read = 0;
  const auto captured = [&] { return kStart + TimeDelta::micros(written * 1'000'000 / 48 / (1000 + ppm / 1000)); };
  for (; read < 48000 * 23; read += kBlock) {
    for (; captured() < time_of(read + 4 * kBlock); written += kBlock) {
      frame::Sound sound = tone(440, 0.4, written, kBlock);
      if (written % 48000 == 0) sound.samples.assign(sound.samples.size(), 0);  // a beat: one silent block a second
      mixer.add(kAda, sound, captured());
    }
    const frame::Sound sound = mixer.mix(time_of(read), kBlock);
    if (read >= 48000 * 20) out.insert(out.end(), sound.samples.begin(), sound.samples.end());
  }
  EXPECT_EQ(mixer.stats().sources.gaps + mixer.stats().sources.overlaps, 0u);
  EXPECT_GT(mixer.stats().sources.stretched, 10u);
  // Where is a beat after 20 s? Its clock says at n seconds / (1 + drift); 5 ms are allowed.
  const double beat = 21 * 48000.0 / (1 + ppm * 1e-6) - 20 * 48000.0;
  const auto silent_at = [&](double frame) {
    const size_t from = 2 * static_cast<size_t>(frame);
    return std::ranges::all_of(std::span(out).subspan(from, 2 * 200), [](int16_t s) { return std::abs(s) < 40; });
  };
  EXPECT_TRUE(silent_at(beat + 240 + 140)) << ppm;
  EXPECT_FALSE(silent_at(beat - 240 - 200)) << ppm;
  EXPECT_FALSE(silent_at(beat + kBlock + 240)) << ppm;
}

TEST(Mixer, FollowsADriftingClock) {
  for (const int ppm : {1000, -1000, 3000}) expect_follows_drift(ppm);
}

TEST(Mixer, CorrectsDriftWithoutClicks) {
  Mixer mixer;
  std::vector<int16_t> out;
  for (int64_t at = 0; at < 480'000; at += kBlock) {
    mixer.add(kAda, tone(440, 0.5, at, kBlock), kStart + TimeDelta::micros(at * 1'000'200 / 48000));  // 200 ppm slow
    if (at < 9600) continue;
    const frame::Sound sound = mixer.mix(time_of(at - 9600), kBlock);
    out.insert(out.end(), sound.samples.begin(), sound.samples.end());
  }
  EXPECT_GT(mixer.stats().sources.stretched, 2u);
  EXPECT_LT(roughness(std::span(out).subspan(2 * 9600)), 75);
}

TEST(Mixer, AClockThatIsSetRightMovesTheSoundOnce) {
  for (const int64_t step : {9600, -9600}) {  // 200 ms later and earlier
    Mixer mixer;
    for (int64_t at = 0; at < 96000; at += kBlock) {
      mixer.add(kAda, tone(440, 0.5, at, kBlock), time_of(at + (at >= 48000 ? step : 0)));
    }
    const std::vector<int16_t> out = mixed(mixer, 0, 80'000);
    EXPECT_LT(roughness(out), 300);
    const frame::Sound expected = tone(440, 0.5, 67'200 - step, kBlock);
    for (size_t i = 0; i < kBlock; ++i) EXPECT_EQ(out[2 * (67'200 + i)], expected.samples[i]);
  }
}

TEST(Mixer, APauseIsCutOutWithoutAClick) {
  Mixer mixer;
  add_tone(mixer, kAda, 440, 0.5, 0, 96000);
  std::vector<int16_t> out = mixed(mixer, 0, 19200);
  const std::vector<int16_t> more = mixed(mixer, 60'007, 90'000);
  out.insert(out.end(), more.begin(), more.end());
  EXPECT_LT(roughness(out), 300);
  const frame::Sound expected = tone(440, 0.5, 60'007 + 4800, kBlock);
  for (size_t i = 0; i < kBlock; ++i) EXPECT_EQ(out[2 * (19200 + 4800 + i)], expected.samples[i]);
  EXPECT_EQ(mixer.stats().jumps, 1u);
}

TEST(Mixer, RoundedTimestampsOfTicksMakeNoSeam) {
  Mixer mixer;
  add_tone(mixer, kAda, 440, 0.5, 0, 96000);
  std::vector<int16_t> out;
  for (int64_t tick = 0; tick < 50; ++tick) {
    const frame::Sound sound = mixer.mix(kStart + TimeDelta::micros((tick * 1'000'000 + 15) / 30), 1600);
    out.insert(out.end(), sound.samples.begin(), sound.samples.end());
  }
  EXPECT_LT(roughness(std::span(out).subspan(2 * 200)), 60);
  EXPECT_EQ(mixer.stats().jumps, 0u);
}

TEST(Mixer, WhatARemovedSourceHasQueuedStillPlaysThenItIsForgotten) {
  Mixer mixer;
  add_tone(mixer, kAda, 440, 0.5, 0, 9600);
  mixer.remove(kAda);
  const std::vector<int16_t> out = mixed(mixer, 0, 19200);
  EXPECT_NEAR(loudness(std::span(out).subspan(2 * 1000, 2 * 7200), 440), 0.5, 0.01);
  EXPECT_LT(roughness(out), 300);
  EXPECT_EQ(mixer.stats().sources.blocks, 10u);
  mixer.remove(kBob);  // never heard of
}

TEST(Mixer, BoundsWhatItKeeps) {
  Mixer mixer;
  mixer.mix(kStart, kBlock);
  const frame::Sound block = tone(440, 0.5, 0, kBlock);
  for (size_t i = 0; i < Mixer::kMaxSources; ++i) EXPECT_TRUE(mixer.add(SoundId(fmt::format("{}", i)), block, kStart));
  EXPECT_FALSE(mixer.add(SoundId("one more"), block, kStart));
  EXPECT_EQ(mixer.stats().refused, 1u);
  EXPECT_TRUE(mixer.add(SoundId("0"), block, kStart + TimeDelta::seconds(3600)));
  EXPECT_EQ(mixer.stats().sources.too_early, 1u);
  const frame::Sound shortest = tone(440, 0.5, 0, 1);
  for (size_t i = 0; i < 2 * SoundQueue::kMaxBlocks; ++i) {
    mixer.add(SoundId("1"), shortest, time_of(10'000 + static_cast<int64_t>(i) * 2));
  }
  EXPECT_GE(mixer.stats().sources.too_early, SoundQueue::kMaxBlocks);
  EXPECT_TRUE(mixer.add(SoundId("2"), {.channels = 1, .samples = {}}, kStart));  // empty blocks do no harm
}

}  // namespace
}  // namespace parley::media
