#include <parley/devices/sound.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <numbers>

#include "test_process.hpp"

/// libpulse counts references by instructions that ThreadSanitizer cannot see; our own code is checked.
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libpulsecommon\ncalled_from_lib:libpulse.so\n";
}

namespace parley::devices {
namespace {

/// A real PulseAudio with a speaker that nobody hears, whose monitor tells what is played, and a silent microphone.
class SoundServer : public testing::Test {
 protected:
  SoundServer()
      : server_({"pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes",
                 "--log-level=error", "-L", "module-null-sink sink_name=out rate=48000", "-L",
                 "module-null-source source_name=mic rate=48000", "-L",
                 "module-native-protocol-unix auth-anonymous=1 socket=" + socket()}) {
    ::setenv("PULSE_SERVER", ("unix:" + socket()).c_str(), 1);
    EXPECT_TRUE(server_.started()) << "the program pulseaudio is missing";
    EXPECT_TRUE(eventually([] { return !listSpeakers().empty(); }));
  }

  std::string socket() {
    // The server wants a home of its own.
    for (const char* name : {"HOME", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH"})
      ::setenv(name, folder_.path().c_str(), 1);
    return folder_.path() + "/native";
  }

  TestFolder folder_;
  TestProcess server_;
};

std::vector<int16_t> tone(int64_t first, double hz, size_t frames = 480) {
  std::vector<int16_t> samples;
  for (size_t i = 0; i < frames; ++i) {
    const double seconds = static_cast<double>(first + static_cast<int64_t>(i)) / AudioFrame::kSampleRate;
    samples.push_back(static_cast<int16_t>(8000 * std::sin(2 * std::numbers::pi * hz * seconds)));
  }
  return samples;
}

/// Which share of the energy is at `hz`, by Goertzel's algorithm: 1 for a pure tone.
double share_at(const std::vector<int16_t>& samples, double hz) {
  const double coefficient = 2 * std::cos(2 * std::numbers::pi * hz / AudioFrame::kSampleRate);
  double s1 = 0, s2 = 0, energy = 1;
  for (const int16_t sample : samples) {
    const double s0 = sample + coefficient * s1 - s2;
    s2 = s1, s1 = s0;
    energy += static_cast<double>(sample) * sample;
  }
  return 2 * (s1 * s1 + s2 * s2 - coefficient * s1 * s2) / (static_cast<double>(samples.size()) * energy);
}

/// The last 200 ms that came.
class Ear {
 public:
  void hear(const AudioFrame& frame) {
    const std::lock_guard lock(mutex_);
    samples_.insert(samples_.end(), frame.samples, frame.samples + frame.frames);
    if (samples_.size() > kWindow) samples_.erase(samples_.begin(), samples_.end() - kWindow);
    late_ = std::max(late_, std::chrono::steady_clock::now() - frame.capturedAt);
    ++frames_;
  }
  bool hears(double hz, double least) {
    const std::lock_guard lock(mutex_);
    return samples_.size() == kWindow && share_at(samples_, hz) > least;
  }
  bool hears_nothing() {
    const std::lock_guard lock(mutex_);
    return samples_.size() == kWindow && std::ranges::all_of(samples_, [](int16_t sample) { return sample == 0; });
  }
  int frames() {
    const std::lock_guard lock(mutex_);
    return frames_;
  }

 private:
  static constexpr ptrdiff_t kWindow = AudioFrame::kSampleRate / 5;
  std::mutex mutex_;
  std::vector<int16_t> samples_;
  std::chrono::steady_clock::duration late_{};
  int frames_ = 0;
};

/// Keeps a voice going until the condition holds.
template <class Condition>
bool play_until(Voice& voice, double hz, Condition condition) {
  int64_t position = 0;
  const auto begin = std::chrono::steady_clock::now();
  return eventually([&] {
    const auto elapsed = std::chrono::steady_clock::now() - begin + std::chrono::milliseconds(60);
    const int64_t due = std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count() * 48;
    for (; position < due; position += 480) {
      const std::vector<int16_t> samples = tone(position, hz);
      AudioFrame frame;
      frame.samples = samples.data();
      frame.frames = samples.size();
      voice.play(frame);
    }
    return condition();
  });
}

TEST_F(SoundServer, ListsSpeakersAndMicrophonesButNoMonitors) {
  const auto speakers = listSpeakers(), microphones = listMicrophones();
  ASSERT_EQ(speakers.size(), 1u);
  EXPECT_EQ(speakers[0].id, "out");
  EXPECT_FALSE(speakers[0].name.empty());
  ASSERT_EQ(microphones.size(), 1u);
  EXPECT_EQ(microphones[0].id, "mic");
}

TEST_F(SoundServer, WhatTheSpeakerPlaysTheMicrophoneHears) {
  Ear ear;
  const auto microphone = Microphone::open({.device = "out.monitor"}, [&](const AudioFrame& frame) {
    EXPECT_EQ(frame.channels, 1);
    EXPECT_EQ(frame.frames, 480u);
    EXPECT_LE(frame.capturedAt, std::chrono::steady_clock::now());
    ear.hear(frame);
  });
  ASSERT_TRUE(microphone) << microphone.error().message;
  auto speaker = Speaker::open({.channels = 2});
  ASSERT_TRUE(speaker) << speaker.error().message;
  auto voice = (*speaker)->addVoice();
  EXPECT_TRUE(play_until(*voice, 440, [&] { return ear.hears(440, 0.95); }));
  voice->setVolume(0);
  EXPECT_TRUE(play_until(*voice, 440, [&] { return ear.hears_nothing(); }));
  voice->setVolume(1);
  EXPECT_TRUE(play_until(*voice, 1000, [&] { return ear.hears(1000, 0.95); }));
  speaker->reset();
  voice->play({});  // outlives its speaker
}

TEST_F(SoundServer, TheMicrophoneGivesSilenceToo) {
  Ear ear;
  const auto microphone = Microphone::open({.device = "mic"}, [&](const AudioFrame& frame) { ear.hear(frame); });
  ASSERT_TRUE(microphone) << microphone.error().message;
  EXPECT_TRUE(eventually([&] { return ear.frames() > 30; }));
  EXPECT_TRUE(ear.hears_nothing());
}

TEST_F(SoundServer, TellsWhenTheServerEnds) {
  std::atomic<int> ended = 0;
  const auto on_ended = [&](const Error& error) {
    EXPECT_EQ(error.code, kMediaNotReady);
    ++ended;
  };
  const auto microphone = Microphone::open({.device = "mic"}, [](const AudioFrame&) {}, on_ended);
  const auto speaker = Speaker::open({}, on_ended);
  ASSERT_TRUE(microphone && speaker);
  server_.end();
  EXPECT_TRUE(eventually([&] { return ended == 2; }));
}

TEST_F(SoundServer, SaysWhyItCannotBeOpened) {
  EXPECT_EQ(Speaker::open({.device = "nowhere"}).error().code, kMediaNotReady);
  EXPECT_EQ(Speaker::open({.channels = 3}).error().code, kBadParameter);
  server_.end();
  const auto microphone = Microphone::open({}, [](const AudioFrame&) {});
  ASSERT_FALSE(microphone);
  EXPECT_NE(microphone.error().message.find("cannot open the microphone: "), std::string::npos);
  EXPECT_TRUE(listSpeakers().empty());
}

}  // namespace
}  // namespace parley::devices
