#include "media/picture_track.hpp"

#include <gtest/gtest.h>

namespace parley::media {
namespace {

constexpr TimeDelta kTick = TimeDelta::micros(33'333);

Timestamp at_ms(int64_t ms) { return Timestamp::from_us(9'000'000 + ms * 1000); }

/// A picture that tells its number by its width.
frame::Picture numbered(int number) {
  return frame::PictureBuffer::share(std::make_shared<frame::PictureBuffer>(frame::Size{number, 2}));
}

void add(PictureTrack& track, int number, int64_t ms) { track.add(numbered(number), frame::Rotation::None, at_ms(ms)); }

int shown(PictureTrack& track, int64_t ms) {
  const auto s = track.at(at_ms(ms), kTick);
  return s ? s->picture.width() : 0;
}

TEST(PictureTrack, ShowsTheLastPictureOfEachTick) {
  PictureTrack track;
  EXPECT_EQ(shown(track, 0), 0);
  add(track, 1, 40);
  add(track, 2, 60);
  add(track, 3, 100);
  EXPECT_EQ(shown(track, 20), 0);  // 40 is nearer to the next tick
  EXPECT_EQ(shown(track, 53), 2);
  EXPECT_EQ(shown(track, 80), 2);
  EXPECT_EQ(shown(track, 86), 3);
  EXPECT_EQ(track.stats().skipped, 1u);
  EXPECT_EQ(track.stats().shown, 2u);
}

TEST(PictureTrack, FreezesThenGivesWayToTheAvatarAndComesBack) {
  PictureTrack track;
  add(track, 1, 0);
  EXPECT_EQ(shown(track, 0), 1);
  EXPECT_EQ(shown(track, 2999), 1);
  EXPECT_EQ(shown(track, 3001), 0);
  EXPECT_EQ(shown(track, 4000), 0);
  add(track, 2, 4010);
  EXPECT_EQ(shown(track, 4033), 2);
  EXPECT_EQ(track.stats().stalls, 1u);
  PictureTrack screen(PictureTrack::kHoldScreen);
  add(screen, 1, 0);
  EXPECT_EQ(shown(screen, 14'000), 1);
}

TEST(PictureTrack, ShowsALatePictureAsSoonAsItCan) {
  PictureTrack track;
  add(track, 1, 0);
  EXPECT_EQ(shown(track, 200), 1);
  add(track, 2, 100);
  EXPECT_EQ(shown(track, 233), 2);
  EXPECT_EQ(track.stats().late, 1u);
}

TEST(PictureTrack, ClearsAtOnce) {
  PictureTrack track;
  add(track, 1, 0);
  add(track, 2, 30);
  EXPECT_EQ(shown(track, 0), 1);
  track.clear();
  EXPECT_EQ(shown(track, 33), 0);
  add(track, 3, 60);
  EXPECT_EQ(shown(track, 66), 3);
}

TEST(PictureTrack, AClockThatIsSetBackDoesNotHoldPicturesBack) {
  PictureTrack track;
  for (int i = 1; i <= 5; ++i) add(track, i, 1000 + 33 * i);
  add(track, 6, 500);  // the first report of the sender told the true time
  add(track, 7, 533);
  EXPECT_EQ(shown(track, 500), 6);
  EXPECT_EQ(shown(track, 533), 7);
  EXPECT_EQ(shown(track, 1200), 7);
}

TEST(PictureTrack, BoundsItsQueue) {
  PictureTrack track;
  const int count = static_cast<int>(PictureTrack::kMaxQueued) + 10;
  for (int i = 1; i <= count; ++i) add(track, i, i);
  EXPECT_EQ(track.stats().dropped, 10u);
  EXPECT_EQ(shown(track, 1000), count);
}

}  // namespace
}  // namespace parley::media
