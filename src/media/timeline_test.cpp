#include "media/timeline.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <vector>

#include "base/rng.hpp"
#include "media/mixer.hpp"
#include "media/picture_track.hpp"

namespace parley::media {
namespace {

Timestamp at_ms(int64_t ms) { return Timestamp::from_us(7'000'000 + ms * 1000); }

std::vector<Tick> all_until(Timeline& timeline, Timestamp now) {
  std::vector<Tick> ticks;
  while (const auto tick = timeline.next(now)) ticks.push_back(*tick);
  return ticks;
}

TEST(Timeline, GivesTicksAtAnExactRate) {
  for (const int rate : {25, 30}) {
    Timeline timeline(rate);
    EXPECT_TRUE(timeline.deadline().is_never());
    timeline.start(at_ms(0));
    EXPECT_EQ(timeline.deadline(), at_ms(0) + kPlayoutDelay);
    EXPECT_FALSE(timeline.next(at_ms(0) + kPlayoutDelay - TimeDelta::micros(1)));
    // Ten hours on: the tick is where it belongs to the microsecond.
    const auto ticks = all_until(timeline, at_ms(36'000'000) + kPlayoutDelay);
    ASSERT_EQ(ticks.size(), 36'000u * static_cast<size_t>(rate) + 1);
    EXPECT_EQ(ticks.back().captured, at_ms(36'000'000));
    for (size_t i = 0; i < ticks.size(); ++i) {
      const int64_t n = static_cast<int64_t>(i);
      ASSERT_EQ(ticks[i].index, n);
      ASSERT_EQ(ticks[i].first_sound_frame, n * 48000 / rate);
      ASSERT_LE(std::abs((ticks[i].captured - at_ms(0)).us() * rate - n * 1'000'000), rate);
      ASSERT_EQ(ticks[i].due, ticks[i].captured + kPlayoutDelay);
    }
  }
}

TEST(Timeline, APauseLeavesNoGapInTheOutput) {
  Timeline timeline(25);
  timeline.start(at_ms(0));
  all_until(timeline, at_ms(1000));
  timeline.pause(at_ms(1000));  // what happened until then is still to come
  EXPECT_FALSE(timeline.running());
  timeline.start(at_ms(5000));
  timeline.pause(at_ms(5100));
  timeline.start(at_ms(5200));
  timeline.stop(at_ms(6200));
  all_until(timeline, at_ms(6000));
  EXPECT_FALSE(timeline.finished());
  const int64_t before = timeline.ticks();
  const auto rest = all_until(timeline, at_ms(7000));
  EXPECT_EQ(rest.front().index, before);
  EXPECT_TRUE(timeline.finished());
  EXPECT_TRUE(timeline.deadline().is_never());
  EXPECT_EQ(timeline.ticks(), 25 + 3 + 25);  // 1000 ms, 100 ms (ticks at 0, 40, 80) and 1000 ms
  timeline.start(at_ms(8000));
  EXPECT_FALSE(timeline.next(at_ms(9000)));
}

TEST(Timeline, MarksTheCut) {
  Timeline timeline(30);
  timeline.start(at_ms(0));
  timeline.pause(at_ms(100));
  timeline.start(at_ms(1000));
  int cuts = 0;
  for (const Tick& tick : all_until(timeline, at_ms(2000))) {
    if (!tick.after_cut) continue;
    ++cuts;
    EXPECT_EQ(tick.index, 3);
    EXPECT_EQ(tick.captured, at_ms(1000));
  }
  EXPECT_EQ(cuts, 1);
}

TEST(Timeline, PausesBeforeAnythingHappenedAreNothing) {
  Timeline timeline(30);
  timeline.pause(at_ms(0));
  for (int i = 0; i < 100; ++i) {
    timeline.start(at_ms(i));
    timeline.pause(at_ms(i));
  }
  EXPECT_FALSE(timeline.next(at_ms(1000)));
  timeline.start(at_ms(200));
  timeline.pause(at_ms(100));  // before it began
  EXPECT_EQ(timeline.ticks(), 0);
  timeline.stop(at_ms(300));
  EXPECT_TRUE(timeline.finished());
}

TEST(Timeline, HoldsItsRateThroughRandomPausesAndLateCallers) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    Timeline timeline(seed % 2 ? 30 : 25);
    int64_t now = 0, running_ms = 0, runs = 0, expected = 0;
    Timestamp last = at_ms(-1);
    bool running = false;
    for (int i = 0; i < 300; ++i) {
      const int64_t step = static_cast<int64_t>(rng.below(rng.chance(0.05) ? 3000 : 90));
      now += step;
      if (running) running_ms += step;
      for (const Tick& tick : all_until(timeline, at_ms(now))) {
        ASSERT_EQ(tick.index, expected++);
        ASSERT_GT(tick.captured, last);
        last = tick.captured;
      }
      if (rng.chance(0.2)) {
        if (running)
          timeline.pause(at_ms(now));
        else
          timeline.start(at_ms(now)), ++runs;
        running = !running;
      }
    }
    timeline.stop(at_ms(now));
    all_until(timeline, at_ms(now + 10'000));
    EXPECT_TRUE(timeline.finished());
    // Each run is as long as it was, rounded up to a tick.
    const double ticks = static_cast<double>(running_ms) * timeline.frame_rate() / 1000;
    EXPECT_GE(static_cast<double>(timeline.ticks()), ticks - 1e-6);
    EXPECT_LE(static_cast<double>(timeline.ticks()), ticks + static_cast<double>(runs));
  }
}

/// One flash and one beep at the same instant, through a video of any rate and both clocks of the output: how far apart
/// they end in it, in seconds (positive: the picture is late).
double offset_of(int out_rate, double in_rate, int64_t phase_us) {
  const Timestamp start = at_ms(0);
  Timeline timeline(out_rate);
  timeline.start(start);
  PictureTrack video;
  Mixer mixer;
  const SoundId beep_id("beep");
  // The camera's pictures; the flash is the first of the second second. The beep is captured at just that instant.
  auto dark = std::make_shared<frame::PictureBuffer>(frame::Size{16, 16}),
       light = std::make_shared<frame::PictureBuffer>(frame::Size{16, 16});
  dark->fill(20, 128, 128);
  light->fill(200, 128, 128);
  const int flash = static_cast<int>(in_rate);
  const auto captured = [&](int n) { return start + TimeDelta::micros(phase_us + std::llround(n * 1e6 / in_rate)); };
  double seen = -1, heard = -1;
  int next_picture = 0;
  int64_t next_sound = 0;
  while (const auto tick = timeline.next(start + TimeDelta::millis(2000))) {
    while (captured(next_picture) <= tick->due) {  // as it would have arrived by then
      video.add(frame::PictureBuffer::share(next_picture == flash ? light : dark), frame::Rotation::None,
                captured(next_picture));
      ++next_picture;
    }
    for (; start + TimeDelta::micros(next_sound * 1000 / 48) <= tick->due; next_sound += 960) {
      frame::Sound block{.channels = 1, .samples = std::vector<int16_t>(960, 0)};
      const Timestamp at = start + TimeDelta::micros(next_sound * 1000 / 48);
      const int64_t in = (captured(flash) - at).us() * 48 / 1000;
      if (in >= 0 && in < 960) block.samples[static_cast<size_t>(in)] = 20000;
      mixer.add(beep_id, block, at);
    }
    const auto shown = video.at(tick->captured, TimeDelta::micros(1'000'000 / out_rate));
    if (seen < 0 && shown && shown->picture.y().data[0] == 200) seen = static_cast<double>(tick->index) / out_rate;
    const frame::Sound sound = mixer.mix(tick->captured, tick->sound_frames);
    for (size_t i = 0; i < sound.frames(); ++i) {
      if (heard < 0 && sound.samples[2 * i] > 2000)
        heard = static_cast<double>(tick->first_sound_frame + static_cast<int64_t>(i)) / 48000;
    }
  }
  EXPECT_GE(seen, 0);
  EXPECT_GE(heard, 0);
  return seen - heard;
}

TEST(Timeline, FlashAndBeepEndWithinHalfAFrameOfEachOther) {
  double worst = 0;
  for (const int out_rate : {25, 30}) {
    for (const double in_rate : {10.0, 14.985, 24.0, 25.0}) {
      for (int64_t phase_us = 0; phase_us < 40'000; phase_us += 7'700) {
        const double offset = offset_of(out_rate, in_rate, phase_us);
        worst = std::max(worst, std::fabs(offset));
        EXPECT_LE(std::fabs(offset), 0.5 / out_rate + 0.0001) << out_rate << " " << in_rate << " " << phase_us;
      }
    }
  }
  EXPECT_GT(worst, 0.010);  // the phases were really different
}

}  // namespace
}  // namespace parley::media
