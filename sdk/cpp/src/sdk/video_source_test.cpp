#include "sdk/video_source.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parley::sdk {
namespace {

/// Of a meeting that is gone: nothing is encoded or sent, everything is checked and counted.
class VideoSourceTest : public testing::Test {
 protected:
  static std::shared_ptr<VideoSource> source(VideoOptions options = {}) {
    return std::make_shared<VideoSource>(StreamKind::Video, std::move(options), std::make_shared<LoopGate>());
  }
  VideoFrame frame(int width, int height) {
    pixels.assign(static_cast<size_t>(width) * static_cast<size_t>(height) * 2, 100);
    VideoFrame out;
    out.width = width;
    out.height = height;
    out.y = {pixels.data(), width};
    out.u = out.v = {pixels.data(), (width + 1) / 2};
    return out;
  }
  std::vector<uint8_t> pixels;
};

TEST_F(VideoSourceTest, SaysWhatIsWrongWithAFrame) {
  auto camera = source();
  EXPECT_TRUE(camera->push(frame(16, 16)).ok());
  EXPECT_TRUE(camera->push(frame(641, 361)).ok()) << "odd sizes too";
  EXPECT_EQ(camera->push(frame(15, 16)).error().code, kBadParameter);
  EXPECT_EQ(camera->push(frame(16, 15)).error().code, kBadParameter);
  VideoFrame wrong = frame(64, 64);
  wrong.width = 1 << 20;
  EXPECT_EQ(camera->push(wrong).error().code, kBadParameter);
  wrong = frame(64, 64);
  wrong.y.stride = 63;
  EXPECT_EQ(camera->push(wrong).error().code, kBadParameter);
  wrong = frame(64, 64);
  wrong.v.data = nullptr;
  EXPECT_EQ(camera->push(wrong).error().code, kBadParameter);
  for (const int rotation : {-90, 45, 360}) {
    wrong = frame(64, 64);
    wrong.rotation = rotation;
    EXPECT_EQ(camera->push(wrong).error().code, kBadParameter) << rotation;
  }
  EXPECT_EQ(camera->pushEncoded({}, 0).error().code, kBadParameter) << "it encodes itself";
  EXPECT_EQ(camera->counts().pushed, 2u);
  EXPECT_EQ(camera->counts().skipped, 2u) << "not connected";
}

TEST_F(VideoSourceTest, SaysWhatIsWrongWithAnEncodedFrame) {
  auto camera = source({.encoded = true});
  EncodedVideoFrame good;
  good.data = std::make_shared<const std::vector<uint8_t>>(100, uint8_t{1});
  EXPECT_TRUE(camera->pushEncoded(good, 0).ok());
  EXPECT_TRUE(camera->pushEncoded(good, 2).ok());
  EXPECT_EQ(camera->pushEncoded(good, 3).error().code, kBadParameter);
  EXPECT_EQ(camera->pushEncoded(good, -1).error().code, kBadParameter);
  EXPECT_EQ(camera->pushEncoded({}, 0).error().code, kBadParameter);
  EncodedVideoFrame turned = good;
  turned.rotation = 45;
  EXPECT_EQ(camera->pushEncoded(turned, 0).error().code, kBadParameter);
  EncodedVideoFrame empty = good;
  empty.data = std::make_shared<const std::vector<uint8_t>>();
  EXPECT_EQ(camera->pushEncoded(empty, 0).error().code, kBadParameter);
  EXPECT_EQ(camera->push(frame(64, 64)).error().code, kBadParameter) << "it takes encoded ones";
}

TEST_F(VideoSourceTest, OneThatHasEndedTakesNothing) {
  auto camera = source();
  camera->pause();
  camera->resume();
  camera->stop();
  camera->stop();
  EXPECT_TRUE(camera->ended());
  EXPECT_EQ(camera->push(frame(64, 64)).error().code, kNotJoined);
  EXPECT_EQ(camera->counts().pushed, 0u);
}

}  // namespace
}  // namespace parley::sdk
