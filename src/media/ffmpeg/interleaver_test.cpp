#include "media/ffmpeg/interleaver.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::media {
namespace {

EncodedPacket video(int ms, bool key = false) {
  return {rtp::MediaKind::Video, TimeDelta::millis(ms), TimeDelta::millis(ms), TimeDelta::millis(33), key, {}};
}
EncodedPacket audio(int ms) {
  return {rtp::MediaKind::Audio, TimeDelta::millis(ms), TimeDelta::millis(ms), TimeDelta::millis(20), true, {}};
}

/// "v0 a10 …": what can be had now.
std::string drained(Interleaver& interleaver) {
  std::string text;
  while (auto packet = interleaver.pop()) {
    if (!text.empty()) text += ' ';
    text += packet->kind == rtp::MediaKind::Video ? 'v' : 'a';
    text += std::to_string(packet->dts.ms());
  }
  return text;
}

TEST(Interleaver, OrdersStreamsThatCameAtDifferentTimes) {
  Interleaver interleaver(true, true);
  for (const int t : {0, 20, 40, 60, 80}) interleaver.push(audio(t));
  EXPECT_EQ(drained(interleaver), "") << "the picture's encoder still looks ahead";
  interleaver.push(video(0, true));
  interleaver.push(video(33));
  EXPECT_EQ(drained(interleaver), "v0 a0 a20 v33");
  interleaver.push(video(66));
  EXPECT_EQ(drained(interleaver), "a40 a60 v66");
  interleaver.finish();
  EXPECT_EQ(drained(interleaver), "a80");
  EXPECT_EQ(interleaver.dropped(), 0);
}

TEST(Interleaver, BeginsAtAKeyPictureAndCallsItZero) {
  Interleaver interleaver(true, true);
  interleaver.push(audio(1000));
  interleaver.push(video(1000));
  interleaver.push(audio(1020));
  interleaver.push(video(1033));
  interleaver.push(audio(1050));
  interleaver.push(video(1045, true));
  interleaver.push(audio(1070));
  interleaver.finish();
  EXPECT_EQ(drained(interleaver), "v0 a5 a25");
  EXPECT_EQ(interleaver.zero()->ms(), 1045);
  EXPECT_EQ(interleaver.dropped(), 4);
}

TEST(Interleaver, KeepsSoundThatOnlyPrimesTheDecoder) {
  Interleaver interleaver(true, true, TimeDelta::millis(7));
  interleaver.push(audio(-7));
  interleaver.push(video(0, true));
  interleaver.finish();
  EXPECT_EQ(drained(interleaver), "a-7 v0");
}

TEST(Interleaver, SoundAloneBeginsAtOnce) {
  Interleaver interleaver(false, true);
  interleaver.push(audio(500));
  EXPECT_EQ(drained(interleaver), "a0");
  interleaver.push(audio(520));
  EXPECT_EQ(drained(interleaver), "a20");
  interleaver.push(video(520, true));
  EXPECT_EQ(interleaver.dropped(), 1) << "a stream that was not declared";
}

TEST(Interleaver, WaitsForAMissingPictureOnlySoLong) {
  Interleaver interleaver(true, true);
  int t = 0;
  for (; TimeDelta::millis(t) < Interleaver::kPatience; t += 20) {
    interleaver.push(audio(t));
    EXPECT_EQ(drained(interleaver), "") << t;
  }
  interleaver.push(audio(t));
  EXPECT_EQ(drained(interleaver), "a0");
  interleaver.push(video(t, true));
  interleaver.finish();
  const std::string rest = drained(interleaver);
  EXPECT_TRUE(rest.ends_with("v1500 a1500")) << rest;
}

TEST(Interleaver, AMutedStreamDoesNotHoldUpTheOther) {
  Interleaver interleaver(true, true);
  interleaver.push(audio(0));
  std::string all;
  for (int t = 0; t < 4000; t += 40) {
    interleaver.push(video(t, t == 0));
    all += drained(interleaver) + ' ';
  }
  EXPECT_NE(all.find("v2440"), std::string::npos) << all;
  EXPECT_EQ(all.find("v2480"), std::string::npos) << "newest less kPatience: " << all;
}

TEST(Interleaver, TimesOfOneStreamRise) {
  Interleaver interleaver(true, false);
  interleaver.push(video(0, true));
  interleaver.push(video(0));
  interleaver.push(video(33));
  interleaver.push(video(20));
  EXPECT_EQ(drained(interleaver), "v0 v33");
  EXPECT_EQ(interleaver.dropped(), 2);
}

}  // namespace
}  // namespace parley::media
