#include "sdk/audio_source.hpp"

#include <gtest/gtest.h>

namespace parley::sdk {
namespace {

TEST(AudioLevel, IsMinusDecibelsOfFullScale) {
  EXPECT_EQ(level_of({}).level, 127);
  EXPECT_EQ(level_of(std::vector<int16_t>(960, 0)).level, 127);
  EXPECT_EQ(level_of(std::vector<int16_t>(960, 32767)).level, 0);
  EXPECT_EQ(level_of(std::vector<int16_t>(960, 3277)).level, 20);
  EXPECT_TRUE(level_of(std::vector<int16_t>(960, 3277)).voice);
  EXPECT_FALSE(level_of(std::vector<int16_t>(960, 3)).voice);
}

TEST(AudioSource, SaysWhatIsWrong) {
  AudioSource source(StreamKind::Audio, {}, std::make_shared<LoopGate>());
  const int16_t sample = 0;
  EXPECT_FALSE(source.push({.samples = nullptr, .frames = 1}).ok());
  EXPECT_FALSE(source.push({.samples = &sample, .frames = 1, .channels = 3}).ok());
  EXPECT_FALSE(source.push({.samples = &sample, .frames = 1'000'000}).ok());
  EXPECT_EQ(source.pushEncoded({}).error().code, kBadParameter);
  EXPECT_TRUE(source.push({.samples = &sample, .frames = 1}).ok()) << "of a meeting that is gone: no harm";
  source.stop();
  EXPECT_TRUE(source.ended());
  EXPECT_EQ(source.push({.samples = &sample, .frames = 1}).error().code, kNotJoined);
}

}  // namespace
}  // namespace parley::sdk
