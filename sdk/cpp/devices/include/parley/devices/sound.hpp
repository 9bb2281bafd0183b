#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <parley/error.hpp>
#include <parley/media.hpp>

namespace parley::devices {

struct SoundDevice {
  std::string id;    ///< for the options below
  std::string name;  ///< "Built-in Audio Analog Stereo"
};

/// Through PulseAudio, or PipeWire in its place. Empty if neither runs.
std::vector<SoundDevice> listMicrophones();
std::vector<SoundDevice> listSpeakers();

struct SoundOptions {
  std::string device;       ///< empty: the user's default
  int channels = 1;         ///< 1 or 2
  std::string application;  ///< how the desktop's volume control calls it; empty: "Parley"
};

/// A microphone while it is on: hand the sound to `LocalAudio::push`.
class Microphone {
 public:
  /// `onSound` is called on a thread of the microphone, with 10 ms each time; the samples live until it returns.
  /// `onEnded` once on that thread if the sound server ends or the device is gone.
  static Result<std::unique_ptr<Microphone>> open(const SoundOptions& options,
                                                  std::function<void(const AudioFrame&)> onSound,
                                                  std::function<void(const Error&)> onEnded = {});
  /// Turns it off. No handler runs afterwards; must not be called by one.
  virtual ~Microphone() = default;
};

/// One participant's place in a speaker. Its speaker may be gone before it.
class Voice {
 public:
  virtual ~Voice() = default;
  /// Any thread, at once. What would be heard later than 200 ms from now is left out at the front: a speaker that runs
  /// slow gathers no delay.
  virtual void play(const AudioFrame& frame) = 0;
  virtual void setVolume(double factor) = 0;  ///< 0 to 2; 1 as it came
};

/// A speaker while it is on: adds all its voices up.
class Speaker {
 public:
  static Result<std::unique_ptr<Speaker>> open(const SoundOptions& options,
                                               std::function<void(const Error&)> onEnded = {});
  virtual ~Speaker() = default;
  /// Any thread. The voice falls silent when it is destroyed.
  virtual std::unique_ptr<Voice> addVoice() = 0;
};

}  // namespace parley::devices
