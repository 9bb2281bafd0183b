#include "sdk/layer_plan.hpp"

#include <gtest/gtest.h>

namespace parley::sdk {
namespace {

TEST(LayerPlan, FollowsTheHeight) {
  const auto hd = plan_layers({}, {1280, 720}, 3);
  ASSERT_EQ(hd.size(), 3u);
  EXPECT_EQ(hd[0].scale_down_by, 4);
  EXPECT_EQ(hd[0].bitrate.kbps(), 150);
  EXPECT_EQ(hd[2].scale_down_by, 1);
  EXPECT_EQ(hd[2].bitrate.kbps(), 1500);
  EXPECT_EQ(plan_layers({}, {720, 1280}, 3).size(), 3u) << "upright";
  EXPECT_EQ(plan_layers({}, {640, 360}, 3).size(), 2u);
  EXPECT_EQ(plan_layers({}, {320, 180}, 3).size(), 1u);
  EXPECT_EQ(plan_layers({}, {1920, 1080}, 2).size(), 2u) << "a share";
}

TEST(LayerPlan, TheApplicationsWordCounts) {
  VideoOptions single{.maxKbps = 700, .simulcast = false};
  ASSERT_EQ(plan_layers(single, {1280, 720}, 3).size(), 1u);
  EXPECT_EQ(plan_layers(single, {1280, 720}, 3)[0].bitrate.kbps(), 700);
  VideoOptions capped{.maxKbps = 100};
  for (const auto& layer : plan_layers(capped, {1280, 720}, 3)) EXPECT_LE(layer.bitrate.kbps(), 100);
  VideoOptions named{.layers = {{320, 180, 99}, {1280, 720, 0}, {1280, 720, 1}, {1, 1, 1}}};
  const auto layers = plan_layers(named, {1280, 720}, 3);
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[0].scale_down_by, 4);
  EXPECT_EQ(layers[0].bitrate.kbps(), 99);
  EXPECT_EQ(layers[1].bitrate.kbps(), 1500);
}

TEST(LayerPlan, Presets) {
  EXPECT_EQ(kbps_for_height(0), 100);
  EXPECT_EQ(kbps_for_height(719), 1500);
  EXPECT_EQ(kbps_for_height(100000), 8500);
}

}  // namespace
}  // namespace parley::sdk
