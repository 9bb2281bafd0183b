#include "worker/stage.hpp"

#include <gtest/gtest.h>

namespace parley::worker {
namespace {

const ParticipantId kAnna("anna");
const ParticipantId kBen("ben");

frame::Picture picture(int width, int height = 180) {
  auto buffer = std::make_shared<frame::PictureBuffer>(frame::Size{width, height});
  return frame::PictureBuffer::share(std::move(buffer));
}
Timestamp at(int64_t ms) { return Timestamp::from_us(ms * 1000); }
PictureArrived shot(const ParticipantId& who, int width, int64_t ms) {
  return {{who, media::Source::Camera}, picture(width), frame::Rotation::None, at(ms)};
}
std::shared_ptr<const Room> room_of(std::vector<Guest> guests, ParticipantId speaker = {}) {
  return std::make_shared<Room>(Room{std::move(guests), std::move(speaker), {}});
}
Guest guest(const ParticipantId& id) {
  return {.id = id, .name = id.value(), .camera_on = true, .microphone_on = true};
}

struct Shown {
  explicit Shown(Stage& shown) : stage(shown) {}
  int width(const ParticipantId& who, int64_t ms) {
    const media::Tile tile{{who, media::Source::Camera}, {0, 0, 100, 100}};
    return stage.contents(std::span(&tile, 1), at(ms), TimeDelta::millis(33)).front().picture.width();
  }
  Stage& stage;
};

TEST(Stage, ShowsThePictureThatWasCurrent) {
  Stage stage(std::nullopt, room_of({guest(kAnna)}));
  Shown shown(stage);
  EXPECT_EQ(shown.width(kAnna, 0), 0) << "nothing has come yet";
  stage.apply(shot(kAnna, 100, 1000));
  stage.apply(shot(kAnna, 104, 1066));
  EXPECT_EQ(shown.width(kAnna, 1000), 100);
  EXPECT_EQ(shown.width(kAnna, 1033), 100);
  EXPECT_EQ(shown.width(kAnna, 1066), 104);
  EXPECT_EQ(shown.width(kAnna, 3000), 104) << "a gap freezes it";
  EXPECT_EQ(shown.width(kAnna, 7000), 0) << "a long one gives way to the avatar";
}

TEST(Stage, AScreenOnWhichNothingMovesStays) {
  Guest sharer = guest(kAnna);
  sharer.sharing = true;
  Stage stage(std::nullopt, room_of({sharer}));
  PictureArrived screen = shot(kAnna, 640, 1000);
  screen.tile.source = media::Source::Share;
  stage.apply(screen);
  const media::Tile tile{screen.tile, {0, 0, 100, 100}};
  const auto width = [&](int64_t ms) {
    return stage.contents(std::span(&tile, 1), at(ms), TimeDelta::millis(33)).front().picture.width();
  };
  EXPECT_EQ(width(1000), 640);
  EXPECT_EQ(width(600'000), 640);
  stage.apply(RoomChanged{room_of({guest(kAnna)})}, at(600'100));
  EXPECT_EQ(width(600'200), 0);
}

TEST(Stage, ForgetsTheCameraThatIsOffAndWhoLeft) {
  Stage stage(std::nullopt, room_of({guest(kAnna), guest(kBen)}));
  Shown shown(stage);
  stage.apply(shot(kAnna, 100, 1000));
  stage.apply(shot(kBen, 102, 1000));
  Guest off = guest(kAnna);
  off.camera_on = false;
  stage.apply(RoomChanged{room_of({off, guest(kBen)})}, at(1100));
  EXPECT_EQ(shown.width(kAnna, 1100), 0);
  EXPECT_EQ(shown.width(kBen, 1100), 102);
  stage.apply(RoomChanged{room_of({off})}, at(1200));
  EXPECT_EQ(stage.people(at(1200)).size(), 1u);
  EXPECT_EQ(shown.width(kBen, 1200), 0);
}

TEST(Stage, KnowsWhoSpokeLast) {
  Stage stage(std::nullopt, room_of({guest(kAnna), guest(kBen)}));
  stage.apply(RoomChanged{room_of({guest(kAnna), guest(kBen)}, kBen)}, at(1000));
  auto people = stage.people(at(1500));
  EXPECT_TRUE(people[1].active_speaker);
  EXPECT_EQ(people[1].last_spoke, at(1500));
  EXPECT_FALSE(people[0].last_spoke);
  stage.apply(RoomChanged{room_of({guest(kAnna), guest(kBen)})}, at(2000));
  people = stage.people(at(9000));
  EXPECT_FALSE(people[1].active_speaker);
  EXPECT_EQ(people[1].last_spoke, at(2000));
}

TEST(Stage, TellsTheUprightSizeOfATurnedPicture) {
  Stage stage(std::nullopt, room_of({guest(kAnna)}));
  PictureArrived turned = shot(kAnna, 320, 1000);
  turned.rotation = frame::Rotation::Quarter;
  stage.apply(turned);
  EXPECT_EQ(stage.people(at(1000)).front().camera_size, (frame::Size{180, 320}));
}

TEST(Stage, OfOnePersonShowsAndPlaysNobodyElse) {
  Stage stage(Only{kAnna, false}, room_of({guest(kAnna), guest(kBen)}));
  stage.apply(shot(kBen, 100, 1000));
  ASSERT_EQ(stage.people(at(1000)).size(), 1u);
  EXPECT_EQ(stage.people(at(1000)).front().id, kAnna);
  EXPECT_TRUE(stage.plays({kAnna, false, {}, at(0)}));
  EXPECT_FALSE(stage.plays({kAnna, true, {}, at(0)})) << "her microphone, not her screen";
  EXPECT_FALSE(stage.plays({kBen, false, {}, at(0)}));
}

}  // namespace
}  // namespace parley::worker
