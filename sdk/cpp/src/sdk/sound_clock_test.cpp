#include "sdk/sound_clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.hpp"

namespace parley::sdk {
namespace {

constexpr TimeDelta kMs = TimeDelta::millis(1);
constexpr TimeDelta kPush = kMs * 10;
constexpr TimeDelta kPacket = kMs * 20;
const Timestamp kStart = Timestamp::from_us(1'000'000);

TEST(SoundClock, GoesOnWhereTheLastEnded) {
  SoundClock clock;
  EXPECT_FALSE(clock.append(std::nullopt, kPush, kStart));
  EXPECT_TRUE(clock.append(std::nullopt, kPush, kStart + kMs * 300)) << "told without a time, however late";
  EXPECT_EQ(clock.take(kPacket), kStart);
  EXPECT_TRUE(clock.append(kStart + kPacket, kPacket, kStart));
  EXPECT_EQ(clock.take(kPacket), kStart + kPacket);
}

TEST(SoundClock, LeapsOverGapsAndDropsWhatWaited) {
  SoundClock clock;
  clock.append(kStart, kPush, kStart);
  EXPECT_FALSE(clock.append(kStart + kMs * 100, kPacket, kStart));
  EXPECT_EQ(clock.take(kPacket), kStart + kMs * 100);
  EXPECT_FALSE(clock.append(kStart, kPacket, kStart)) << "nor is what comes twice a sequel";
}

// A sound card that is `ppm` fast and told with 8 ms of jitter, for an hour.
void expect_follows(double ppm) {
  SoundClock clock;
  Rng rng(7);
  TimeDelta worst_error, worst_step;
  Timestamp last;
  for (int i = 0; i < 180'000; ++i) {
    const Timestamp captured = kStart + TimeDelta::micros(static_cast<int64_t>(20'000.0 * i / (1 + ppm * 1e-6)));
    const bool joined =
        clock.append(captured + TimeDelta::micros(static_cast<int64_t>(8'000 * rng.unit())), kPacket, captured);
    ASSERT_EQ(joined, i > 0) << ppm;
    const Timestamp taken = clock.take(kPacket);
    if (i > 500) {
      worst_error = std::max({worst_error, taken - captured, captured - taken});
      const TimeDelta step = taken - last - kPacket;
      worst_step = std::max({worst_step, step, TimeDelta() - step});
    }
    last = taken;
  }
  EXPECT_LT(worst_error, kMs * 8) << ppm;
  EXPECT_LT(worst_step, TimeDelta::micros(100)) << "no jitter is left from packet to packet; " << ppm;
}

TEST(SoundClock, FollowsACrystalThroughJitter) {
  for (const double ppm : {0.0, 50.0, -50.0, 300.0, -300.0}) expect_follows(ppm);
}

}  // namespace
}  // namespace parley::sdk
