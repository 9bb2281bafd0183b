#include <parley/devices/sound.hpp>

#include <pulse/error.h>
#include <pulse/pulseaudio.h>
#include <pulse/simple.h>

#include <atomic>
#include <thread>

#include "voice_mixer.hpp"

namespace parley::devices {
namespace {

constexpr size_t kFrames = AudioFrame::kSampleRate / 100;  // 10 ms
/// What the server holds for us: short enough to talk, long enough for a busy desktop.
constexpr uint32_t kBufferMs = 40;

Error error(const std::string& what, int code) { return {kMediaNotReady, what + ": " + pa_strerror(code)}; }

struct CloseSimple {
  void operator()(pa_simple* stream) const { pa_simple_free(stream); }
};
using Stream = std::unique_ptr<pa_simple, CloseSimple>;

Result<Stream> connect(const SoundOptions& options, pa_stream_direction_t direction) {
  if (options.channels != 1 && options.channels != 2) return Error{kBadParameter, "channels must be 1 or 2"};
  const pa_sample_spec format{PA_SAMPLE_S16NE, AudioFrame::kSampleRate, static_cast<uint8_t>(options.channels)};
  const auto bytes = [&](uint32_t ms) { return static_cast<uint32_t>(pa_usec_to_bytes(ms * 1000, &format)); };
  const auto any = static_cast<uint32_t>(-1);
  const pa_buffer_attr buffer{
      .maxlength = any, .tlength = bytes(kBufferMs), .prebuf = any, .minreq = any, .fragsize = bytes(10)};
  const bool record = direction == PA_STREAM_RECORD;
  int code = 0;
  Stream stream(pa_simple_new(nullptr, options.application.empty() ? "Parley" : options.application.c_str(), direction,
                              options.device.empty() ? nullptr : options.device.c_str(),
                              record ? "Microphone" : "Meeting", &format, nullptr, &buffer, &code));
  if (!stream) return error(record ? "cannot open the microphone" : "cannot open the speaker", code);
  return stream;
}

class PulseMicrophone final : public Microphone {
 public:
  PulseMicrophone(Stream stream, int channels, std::function<void(const AudioFrame&)> on_sound,
                  std::function<void(const Error&)> on_ended)
      : stream_(std::move(stream)),
        channels_(channels),
        on_sound_(std::move(on_sound)),
        on_ended_(std::move(on_ended)) {
    thread_ = std::thread([this] { run(); });
  }
  ~PulseMicrophone() override {
    stopping_ = true;
    thread_.join();  // a read takes 10 ms
  }

 private:
  void run() {
    std::vector<int16_t> samples(kFrames * static_cast<size_t>(channels_));
    while (!stopping_) {
      int code = 0;
      if (pa_simple_read(stream_.get(), samples.data(), samples.size() * sizeof(int16_t), &code) < 0) {
        if (on_ended_ && !stopping_) on_ended_(error("the microphone is gone", code));
        return;
      }
      AudioFrame frame;
      frame.samples = samples.data();
      frame.frames = kFrames;
      frame.channels = channels_;
      // What was captured since waits with the server: pa_simple_get_latency().
      const pa_usec_t waiting = pa_simple_get_latency(stream_.get(), &code);
      frame.capturedAt = std::chrono::steady_clock::now() - frame.duration() -
                         std::chrono::microseconds(waiting == static_cast<pa_usec_t>(-1) ? 0 : waiting);
      if (!stopping_) on_sound_(frame);
    }
  }

  Stream stream_;
  const int channels_;
  std::function<void(const AudioFrame&)> on_sound_;
  std::function<void(const Error&)> on_ended_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

class MixedVoice final : public Voice {
 public:
  explicit MixedVoice(std::shared_ptr<VoiceMixer::Queue> queue) : queue_(std::move(queue)) {}
  void play(const AudioFrame& frame) override { queue_->push(frame); }
  void setVolume(double factor) override { queue_->set_volume(factor); }

 private:
  std::shared_ptr<VoiceMixer::Queue> queue_;
};

class PulseSpeaker final : public Speaker {
 public:
  PulseSpeaker(Stream stream, int channels, std::function<void(const Error&)> on_ended)
      : stream_(std::move(stream)), mixer_(channels), on_ended_(std::move(on_ended)) {
    thread_ = std::thread([this] { run(); });
  }
  ~PulseSpeaker() override {
    stopping_ = true;
    thread_.join();
  }
  std::unique_ptr<Voice> addVoice() override { return std::make_unique<MixedVoice>(mixer_.add()); }

 private:
  // The write blocks until the server wants more: it is the clock.
  void run() {
    while (!stopping_) {
      const std::vector<int16_t> samples = mixer_.mix(kFrames);
      int code = 0;
      if (pa_simple_write(stream_.get(), samples.data(), samples.size() * sizeof(int16_t), &code) < 0) {
        if (on_ended_ && !stopping_) on_ended_(error("the speaker is gone", code));
        return;
      }
    }
  }

  Stream stream_;
  VoiceMixer mixer_;
  std::function<void(const Error&)> on_ended_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

// ---- lists: the simple interface has none, so one turn of the whole one
// ------------------------------------------------

struct Listing {
  std::vector<SoundDevice> devices;
  bool done = false;
  bool microphones = false;
};

void on_source(pa_context*, const pa_source_info* source, int end, void* listing) {
  auto& list = *static_cast<Listing*>(listing);
  if (end || !source) {
    list.done = true;
  } else if (source->monitor_of_sink == PA_INVALID_INDEX) {  // a monitor hears what a speaker plays
    list.devices.push_back({source->name, source->description ? source->description : source->name});
  }
}

void on_sink(pa_context*, const pa_sink_info* sink, int end, void* listing) {
  auto& list = *static_cast<Listing*>(listing);
  if (end || !sink) {
    list.done = true;
  } else {
    list.devices.push_back({sink->name, sink->description ? sink->description : sink->name});
  }
}

void on_state(pa_context* context, void* listing) {
  auto& list = *static_cast<Listing*>(listing);
  const pa_context_state_t state = pa_context_get_state(context);
  if (state == PA_CONTEXT_FAILED || state == PA_CONTEXT_TERMINATED) list.done = true;
  if (state != PA_CONTEXT_READY) return;
  pa_operation* operation = list.microphones ? pa_context_get_source_info_list(context, on_source, listing)
                                             : pa_context_get_sink_info_list(context, on_sink, listing);
  if (operation) pa_operation_unref(operation);
  if (!operation) list.done = true;
}

std::vector<SoundDevice> list_devices(bool microphones) {
  Listing listing;
  listing.microphones = microphones;
  pa_mainloop* loop = pa_mainloop_new();
  pa_context* context = pa_context_new(pa_mainloop_get_api(loop), "Parley");
  pa_context_set_state_callback(context, on_state, &listing);
  if (pa_context_connect(context, nullptr, PA_CONTEXT_NOAUTOSPAWN, nullptr) >= 0) {
    while (!listing.done && pa_mainloop_iterate(loop, 1, nullptr) >= 0) {
    }
    pa_context_disconnect(context);
  }
  pa_context_unref(context);
  pa_mainloop_free(loop);
  return listing.devices;
}

}  // namespace

std::vector<SoundDevice> listMicrophones() { return list_devices(true); }
std::vector<SoundDevice> listSpeakers() { return list_devices(false); }

Result<std::unique_ptr<Microphone>> Microphone::open(const SoundOptions& options,
                                                     std::function<void(const AudioFrame&)> onSound,
                                                     std::function<void(const Error&)> onEnded) {
  auto stream = connect(options, PA_STREAM_RECORD);
  if (!stream) return stream.error();
  return std::unique_ptr<Microphone>(
      std::make_unique<PulseMicrophone>(std::move(*stream), options.channels, std::move(onSound), std::move(onEnded)));
}

Result<std::unique_ptr<Speaker>> Speaker::open(const SoundOptions& options, std::function<void(const Error&)> onEnded) {
  auto stream = connect(options, PA_STREAM_PLAYBACK);
  if (!stream) return stream.error();
  return std::unique_ptr<Speaker>(
      std::make_unique<PulseSpeaker>(std::move(*stream), options.channels, std::move(onEnded)));
}

}  // namespace parley::devices
