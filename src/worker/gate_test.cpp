#include "worker/gate.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parley::worker {
namespace {

using media::EncodedPacket;

EncodedPacket picture(int64_t ms, bool key = false) {
  return {rtp::MediaKind::Video, TimeDelta::millis(ms), TimeDelta::millis(ms), TimeDelta::millis(33), key, {}};
}
EncodedPacket sound(int64_t ms) {
  return {rtp::MediaKind::Audio, TimeDelta::millis(ms), TimeDelta::millis(ms), TimeDelta::millis(20), true, {}};
}

TEST(Gate, BeginsAtAKeyPictureWithTimeZero) {
  Gate gate(true);
  EXPECT_TRUE(gate.wants_key());
  EXPECT_FALSE(gate.pass(sound(5000)));
  EXPECT_FALSE(gate.pass(picture(5000)));
  EXPECT_EQ(gate.pass(picture(5033, true))->pts, TimeDelta::zero());
  EXPECT_FALSE(gate.wants_key());
  EXPECT_FALSE(gate.pass(sound(5020))) << "sound from before the first picture";
  EXPECT_EQ(gate.pass(sound(5040))->pts, TimeDelta::millis(7));
  EXPECT_EQ(gate.pass(picture(5066))->pts, TimeDelta::millis(33));
  EXPECT_EQ(gate.length(), TimeDelta::millis(66));
}

TEST(Gate, LeavesNoGapWhereItWasPausedAndKeepsSoundAndPictureTogether) {
  Gate gate(true);
  for (int64_t ms = 0; ms < 990; ms += 33) gate.pass(picture(ms, ms == 0));
  gate.pause();
  EXPECT_TRUE(gate.paused());
  EXPECT_FALSE(gate.wants_key()) << "nobody needs one during a pause";
  EXPECT_FALSE(gate.pass(picture(1980, true)));
  EXPECT_FALSE(gate.pass(sound(2000)));
  gate.resume();
  EXPECT_TRUE(gate.wants_key());
  EXPECT_FALSE(gate.pass(sound(9980)));
  EXPECT_EQ(gate.pass(picture(10'000, true))->pts, TimeDelta::millis(990));
  EXPECT_EQ(gate.pass(sound(10'010))->pts, TimeDelta::millis(1000));
}

TEST(Gate, DecodingTimesRiseOverACut) {
  Gate gate(true);
  gate.pass(picture(0, true));
  gate.pass(sound(10));
  const TimeDelta before = gate.pass(sound(30))->dts;
  gate.pause();
  gate.resume();
  gate.pass(picture(500, true));
  const auto after = gate.pass(sound(501));
  ASSERT_TRUE(after);
  EXPECT_GT(after->dts, before);
  EXPECT_EQ(gate.pass(picture(533))->pts - TimeDelta::millis(33), TimeDelta::millis(50)) << "the sound's end counts";
}

TEST(Gate, SoundAloneNeedsNoPicture) {
  Gate gate(false);
  EXPECT_FALSE(gate.wants_key());
  EXPECT_EQ(gate.pass(sound(700))->pts, TimeDelta::zero());
  EXPECT_EQ(gate.pass(sound(720))->pts, TimeDelta::millis(20));
}

}  // namespace
}  // namespace parley::worker
