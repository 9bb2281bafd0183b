// A meeting in a desktop window: everybody's camera in a grid, a test picture of our own, sound through the speaker.
//
//   window --server https://meet.example.org --token … --room … [--frames N to end after that many drawn frames]
#include <SDL2/SDL.h>

#include <atomic>
#include <cmath>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "options.hpp"

namespace {

/// The newest picture of each participant, drawn by the main thread.
class Gallery {
 public:
  void show(const std::string& id, const parley::VideoFrame& frame) {
    const std::lock_guard lock(mutex_);
    frames_[id] = frame;  // Shares the pixels.
  }
  void remove(const std::string& id) {
    const std::lock_guard lock(mutex_);
    frames_.erase(id);
  }
  /// Draws a grid; returns how many tiles it has.
  int draw(SDL_Renderer* renderer) {
    std::map<std::string, parley::VideoFrame> frames;
    {
      const std::lock_guard lock(mutex_);
      frames = frames_;
    }
    int width, height;
    SDL_GetRendererOutputSize(renderer, &width, &height);
    const int columns = std::max(1, static_cast<int>(std::ceil(std::sqrt(static_cast<double>(frames.size())))));
    const int rows = std::max(1, (static_cast<int>(frames.size()) + columns - 1) / columns);
    int place = 0;
    for (const auto& [id, frame] : frames) {
      SDL_Texture* texture =
          SDL_CreateTexture(renderer, SDL_PIXELFORMAT_IYUV, SDL_TEXTUREACCESS_STREAMING, frame.width, frame.height);
      if (!texture) continue;
      SDL_UpdateYUVTexture(texture, nullptr, frame.y.data, frame.y.stride, frame.u.data, frame.u.stride, frame.v.data,
                           frame.v.stride);
      const SDL_Rect tile{place % columns * width / columns, place / columns * height / rows, width / columns,
                          height / rows};
      SDL_RenderCopyEx(renderer, texture, nullptr, &tile, frame.rotation, nullptr, SDL_FLIP_NONE);
      SDL_DestroyTexture(texture);
      ++place;
    }
    return place;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, parley::VideoFrame> frames_;
};

/// Adds everybody's sound up for the speaker, as it comes from the jitter buffers.
class Mixer {
 public:
  void add(const std::string& id, const parley::AudioFrame& frame) {
    const std::lock_guard lock(mutex_);
    auto& queue = queues_[id];
    queue.insert(queue.end(), frame.samples, frame.samples + frame.frames);
    // A speaker that runs slow must not pile up delay: 200 ms.
    while (queue.size() > 9600) queue.pop_front();
  }
  void fill(int16_t* out, size_t samples) {
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < samples; ++i) {
      int sum = 0;
      for (auto& [id, queue] : queues_) {
        if (queue.empty()) continue;
        sum += queue.front();
        queue.pop_front();
      }
      out[i] = static_cast<int16_t>(std::clamp(sum, -32768, 32767));
    }
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::deque<int16_t>> queues_;
};

class WindowedMeeting : public parley::MeetingObserver {
 public:
  explicit WindowedMeeting(const parley::MeetingConfig& config) : meeting_(config, this) {}
  void join() {
    camera_ = *meeting_.publishCamera();
    example::join_or_fail(meeting_);
  }
  void leave() { meeting_.leave().get(); }
  bool over() const { return over_; }
  Gallery& gallery() { return gallery_; }
  Mixer& mixer() { return mixer_; }

  /// Without a camera: a grey picture with a bar that moves.
  void push_test_picture(int step) {
    constexpr int kWidth = 640, kHeight = 360;
    std::vector<uint8_t> pixels(kWidth * kHeight * 3 / 2, 128);
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < 40; ++x) pixels[static_cast<size_t>(y * kWidth + (x + step * 5) % kWidth)] = 235;
    }
    parley::VideoFrame frame;
    frame.width = kWidth;
    frame.height = kHeight;
    frame.y = {pixels.data(), kWidth};
    frame.u = {pixels.data() + kWidth * kHeight, kWidth / 2};
    frame.v = {frame.u.data + kWidth * kHeight / 4, kWidth / 2};
    camera_->push(frame);
  }

 private:
  void onStreamEnabled(const parley::Participant& who, const parley::Stream& stream) override {
    if (stream.kind == parley::StreamKind::Video) {
      meeting_.handleVideo(who.id, stream.kind,
                           {.onVideo = [this, id = who.id](const auto& frame) { gallery_.show(id, frame); }});
    } else if (stream.kind == parley::StreamKind::Audio) {
      meeting_.handleAudio(
          who.id, stream.kind,
          {.onAudio = [this, id = who.id](const auto& frame) { mixer_.add(id, frame); }, .channels = 1});
    }
  }
  void onStreamDisabled(const parley::Participant& who, parley::StreamKind kind) override {
    if (kind == parley::StreamKind::Video) gallery_.remove(who.id);
  }
  void onLeft(const parley::LeaveInfo&) override { over_ = true; }

  Gallery gallery_;
  Mixer mixer_;
  std::atomic<bool> over_ = false;
  std::shared_ptr<parley::LocalVideo> camera_;
  parley::Meeting meeting_;
};

void fill_speaker(void* mixer, Uint8* bytes, int size) {
  static_cast<Mixer*>(mixer)->fill(reinterpret_cast<int16_t*>(bytes), static_cast<size_t>(size) / 2);
}

bool wants_to_quit() {
  bool quit = false;
  for (SDL_Event event; SDL_PollEvent(&event);) quit = quit || event.type == SDL_QUIT;
  return quit;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = example::parse(argc, argv, "window --server URL --token JWT --room ID [--frames N]");
  const long frames = std::atol(options.get("frames", "0").c_str());
  if (SDL_Init(SDL_INIT_VIDEO) != 0) example::fail(SDL_GetError());
  SDL_Window* window =
      SDL_CreateWindow("Parley", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, 960, 540, SDL_WINDOW_RESIZABLE);
  SDL_Renderer* renderer = window ? SDL_CreateRenderer(window, -1, 0) : nullptr;
  if (!renderer) example::fail(SDL_GetError());
  WindowedMeeting meeting(options.meeting);
  SDL_AudioSpec spec{};
  spec.freq = parley::AudioFrame::kSampleRate;
  spec.format = AUDIO_S16SYS;
  spec.channels = 1;
  spec.samples = 960;
  spec.callback = fill_speaker;
  spec.userdata = &meeting.mixer();
  SDL_AudioDeviceID speaker = 0;
  if (SDL_InitSubSystem(SDL_INIT_AUDIO) == 0) speaker = SDL_OpenAudioDevice(nullptr, 0, &spec, nullptr, 0);
  if (speaker == 0) std::fprintf(stderr, "no speaker: %s\n", SDL_GetError());
  if (speaker != 0) SDL_PauseAudioDevice(speaker, 0);
  meeting.join();
  long drawn = 0;
  for (int step = 0; !wants_to_quit() && !meeting.over() && (frames == 0 || drawn < frames); ++step) {
    meeting.push_test_picture(step);
    SDL_SetRenderDrawColor(renderer, 20, 20, 24, 255);
    SDL_RenderClear(renderer);
    if (meeting.gallery().draw(renderer) > 0) ++drawn;
    SDL_RenderPresent(renderer);
    SDL_Delay(33);
  }
  if (speaker != 0) SDL_CloseAudioDevice(speaker);
  meeting.leave();
  std::printf("drew %ld pictures\n", drawn);
  SDL_DestroyRenderer(renderer);
  SDL_DestroyWindow(window);
  SDL_Quit();
}
