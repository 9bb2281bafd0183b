#include "voice_mixer.hpp"

#include <gtest/gtest.h>

namespace parley::devices {
namespace {

AudioFrame frame_of(const std::vector<int16_t>& samples, int channels) {
  AudioFrame frame;
  frame.samples = samples.data();
  frame.channels = channels;
  frame.frames = samples.size() / static_cast<size_t>(channels);
  return frame;
}

using Samples = std::vector<int16_t>;

TEST(VoiceMixer, AddsVoicesUpWithoutOverflow) {
  VoiceMixer mixer(1);
  const auto a = mixer.add(), b = mixer.add();
  a->push(frame_of({100, 30'000, -30'000, 7}, 1));
  b->push(frame_of({-40, 10'000, -10'000}, 1));
  EXPECT_EQ(mixer.mix(3), (Samples{60, 32'767, -32'768}));
  EXPECT_EQ(mixer.mix(3), (Samples{7, 0, 0}));
}

TEST(VoiceMixer, TurnsMonoAndStereoIntoTheSpeakersChannels) {
  VoiceMixer stereo(2), mono(1);
  const auto wide = stereo.add(), narrow = mono.add();
  wide->push(frame_of({5, 6}, 1));
  wide->push(frame_of({7, 8}, 2));
  EXPECT_EQ(stereo.mix(3), (Samples{5, 5, 6, 6, 7, 8}));
  narrow->push(frame_of({10, 20}, 2));
  EXPECT_EQ(mono.mix(1), (Samples{15}));
}

TEST(VoiceMixer, KeepsWhatIsNewestWhenASpeakerIsSlow) {
  VoiceMixer mixer(2);
  const auto voice = mixer.add();
  Samples ramp;
  for (int i = 0; i < 15'000; ++i) ramp.push_back(static_cast<int16_t>(i));
  voice->push(frame_of(ramp, 1));
  EXPECT_EQ(mixer.mix(1)[0], 15'000 - 9'600);
}

TEST(VoiceMixer, VolumeAndLeaving) {
  VoiceMixer mixer(1);
  auto voice = mixer.add();
  voice->set_volume(0.5);
  voice->push(frame_of({100, 100, 100}, 1));
  EXPECT_EQ(mixer.mix(1), (Samples{50}));
  voice->set_volume(9);  // two at the most
  EXPECT_EQ(mixer.mix(1), (Samples{200}));
  voice.reset();
  EXPECT_EQ(mixer.mix(1), (Samples{0}));
}

}  // namespace
}  // namespace parley::devices
