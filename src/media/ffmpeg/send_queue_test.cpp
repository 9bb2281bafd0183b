#include "media/ffmpeg/send_queue.hpp"

#include <gtest/gtest.h>

#include "media/ffmpeg/backoff.hpp"

namespace parley::media {
namespace {

EncodedPacket video(int ms, bool key, size_t bytes = 10) {
  return {rtp::MediaKind::Video,
          TimeDelta::millis(ms),
          TimeDelta::millis(ms),
          {},
          key,
          frame::Payload(std::vector<uint8_t>(bytes))};
}
EncodedPacket audio(int ms) {
  return {rtp::MediaKind::Audio, TimeDelta::millis(ms), TimeDelta::millis(ms), {}, true, {}};
}

TEST(SendQueue, BeginsAtAKeyPicture) {
  SendQueue queue(true);
  queue.push(audio(0));
  queue.push(video(10, false));
  EXPECT_TRUE(queue.empty());
  queue.push(video(20, true));
  queue.push(audio(25));
  EXPECT_EQ(queue.pop()->dts.ms(), 20);
  EXPECT_EQ(queue.pop()->dts.ms(), 25);
  EXPECT_FALSE(queue.pop());
  EXPECT_EQ(queue.dropped(), 0) << "waiting to begin loses nothing that was on its way";
}

TEST(SendQueue, DropsToTheNextKeyPictureWhenTheServerIsSlow) {
  SendQueue queue(true);
  int t = 0;
  for (; queue.dropped() == 0; t += 100) {
    queue.push(video(t, t % 2000 == 0));
    ASSERT_LE(queue.span(), SendQueue::kMaxSpan);
    ASSERT_LT(t, 10'000);
  }
  EXPECT_EQ(t - 100, 4100) << "the first packet beyond the span";
  EXPECT_EQ(queue.dropped(), 42);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
  for (; t < 6000; t += 100) queue.push(video(t, false));
  queue.push(audio(5950));
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.dropped(), 42 + 18 + 1);
  queue.push(video(6000, true));
  EXPECT_EQ(queue.pop()->dts.ms(), 6000);
}

TEST(SendQueue, IsBoundedInBytes) {
  SendQueue queue(true);
  for (int i = 0; queue.dropped() == 0; ++i) {
    queue.push(video(i, i == 0, 1 << 20));
    ASSERT_LE(queue.bytes(), SendQueue::kMaxBytes);
    ASSERT_LT(i, 20);
  }
}

TEST(SendQueue, SoundAloneGoesOnAtOnce) {
  SendQueue queue(false);
  for (int t = 0; t <= 4100; t += 20) queue.push(audio(t));
  EXPECT_GT(queue.dropped(), 0);
  queue.push(audio(4200));
  EXPECT_FALSE(queue.empty());
}

TEST(Backoff, DoublesUpToALimitAndBeginsAgain) {
  Rng rng(1);
  Backoff backoff;
  TimeDelta expected = Backoff::kFirst;
  for (int i = 0; i < 12; ++i) {
    const TimeDelta wait = backoff.next(rng);
    EXPECT_GE(wait.us(), expected.us() * 3 / 4);
    EXPECT_LE(wait.us(), expected.us() * 5 / 4);
    expected = std::min(expected * 2, Backoff::kLongest);
  }
  backoff.reset();
  EXPECT_LE(backoff.next(rng), Backoff::kFirst * 5 / 4);
}

}  // namespace
}  // namespace parley::media
