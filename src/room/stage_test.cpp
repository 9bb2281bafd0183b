#include "room/stage.hpp"

#include <gtest/gtest.h>

namespace parley::room {
namespace {

constexpr MemberNumber kA(1), kB(2), kC(3);

TEST(StageTest, TheMainIsPresenterThenPinnedThenSpeaker) {
  Stage stage;
  EXPECT_EQ(stage.main(), std::nullopt);
  stage.set_speaker(kA);
  EXPECT_EQ(stage.main(), kA);
  stage.set_speaker(std::nullopt);
  EXPECT_EQ(stage.main(), kA);  // silence changes nothing
  stage.pin(kB, wire::CAM, true);
  EXPECT_EQ(stage.main(), kB);
  stage.start_share(kC);
  EXPECT_EQ(stage.main(), kC);
  stage.stop_share(kC);
  EXPECT_EQ(stage.main(), kB);
  stage.pin(kB, wire::CAM, false);
  EXPECT_EQ(stage.main(), kA);
  stage.step_down(kA);
  EXPECT_EQ(stage.main(), std::nullopt);
}

TEST(StageTest, ThePresenterFallsBackToTheOneBefore) {
  Stage stage;
  stage.start_share(kA);
  stage.start_share(kB);
  stage.start_share(kC);
  EXPECT_EQ(stage.presenter(), kC);
  stage.stop_share(kB);
  EXPECT_EQ(stage.presenter(), kC);
  stage.forget(kC);
  EXPECT_EQ(stage.presenter(), kA);
  stage.stop_share(kA);
  EXPECT_EQ(stage.presenter(), std::nullopt);
}

TEST(StageTest, CameraAndShareArePinnedApart) {
  Stage stage;
  EXPECT_TRUE(stage.pin(kA, wire::SHARE_AND_CAM, true));
  EXPECT_TRUE(stage.pin_of(kA).cam());
  EXPECT_TRUE(stage.pin_of(kA).share());
  EXPECT_FALSE(stage.pin(kA, wire::CAM, true));
  EXPECT_TRUE(stage.pin(kA, wire::CAM, false));
  EXPECT_FALSE(stage.pin_of(kA).cam());
  EXPECT_TRUE(stage.pin_of(kA).share());
  EXPECT_TRUE(stage.pin(kA, wire::SHARE_ONLY, false));
  EXPECT_FALSE(stage.pin(kA, wire::SHARE_AND_CAM, false));
  EXPECT_FALSE(stage.pin_of(kB).cam());
}

TEST(StageTest, TheLatestPinLeads) {
  Stage stage;
  stage.pin(kA, wire::CAM, true);
  stage.pin(kB, wire::CAM, true);
  EXPECT_EQ(stage.main(), kB);
  stage.pin(kA, wire::SHARE_ONLY, true);
  EXPECT_EQ(stage.main(), kA);
  stage.pin(kA, wire::SHARE_ONLY, false);  // unpinning one half does not make it the latest again
  stage.pin(kB, wire::CAM, false);
  EXPECT_EQ(stage.main(), kA);
}

TEST(StageTest, WhoLeavesLeavesNothingBehind) {
  Stage stage;
  stage.set_speaker(kA);
  stage.pin(kA, wire::CAM, true);
  stage.start_share(kA);
  stage.forget(kA);
  EXPECT_EQ(stage.speaker(), std::nullopt);
  EXPECT_EQ(stage.presenter(), std::nullopt);
  EXPECT_EQ(stage.main(), std::nullopt);
  EXPECT_FALSE(stage.pin_of(kA).cam());
}

}  // namespace
}  // namespace parley::room
