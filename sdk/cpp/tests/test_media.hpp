#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <numbers>
#include <thread>
#include <vector>

#include "parley/local_media.hpp"
#include "parley/media.hpp"

/// Pictures of one colour and tones of one pitch, to send and to recognise.
namespace parley::test {

struct Colour {
  int y = 0, u = 128, v = 128;
  bool near(const Colour& other, int tolerance = 12) const {
    return std::abs(y - other.y) < tolerance && std::abs(u - other.u) < tolerance && std::abs(v - other.v) < tolerance;
  }
};
inline constexpr Colour kRed{81, 90, 240}, kGreen{145, 54, 34}, kBlue{41, 240, 110};

/// A plain picture with a moving grey bar at its top, so that encoders have something to do.
inline VideoFrame picture(Colour colour, int width, int height, int step) {
  const int cw = (width + 1) / 2, ch = (height + 1) / 2;
  auto pixels = std::make_shared<std::vector<uint8_t>>(static_cast<size_t>(width * height + 2 * cw * ch));
  uint8_t* y = pixels->data();
  uint8_t* u = y + width * height;
  uint8_t* v = u + cw * ch;
  std::fill(y, u, static_cast<uint8_t>(colour.y));
  std::fill(u, v, static_cast<uint8_t>(colour.u));
  std::fill(v, v + cw * ch, static_cast<uint8_t>(colour.v));
  for (int row = 0; row < height / 8; ++row) {
    for (int x = 0; x < width; ++x) y[row * width + x] = static_cast<uint8_t>(60 + (x + step * 4) % 120);
  }
  VideoFrame frame{.width = width, .height = height};
  frame.y = {y, width};
  frame.u = {u, cw};
  frame.v = {v, cw};
  frame.owner = pixels;
  return frame;
}

/// The mean of the middle.
inline Colour colour_of(const VideoFrame& frame) {
  const auto mean = [](const VideoPlane& plane, int width, int height) {
    int64_t sum = 0, count = 0;
    for (int row = height / 2; row < height * 3 / 4; ++row) {
      for (int x = width / 4; x < width * 3 / 4; ++x, ++count) sum += plane.data[row * plane.stride + x];
    }
    return count == 0 ? 0 : static_cast<int>(sum / count);
  };
  const int cw = (frame.width + 1) / 2, ch = (frame.height + 1) / 2;
  return {mean(frame.y, frame.width, frame.height), mean(frame.u, cw, ch), mean(frame.v, cw, ch)};
}

/// Pushes a colour and a tone in real time until it is destroyed.
class Performer {
 public:
  Performer(std::shared_ptr<LocalVideo> video, std::shared_ptr<LocalAudio> audio, Colour colour, double hertz,
            int width = 640, int height = 360)
      : video_(std::move(video)),
        audio_(std::move(audio)),
        colour_(colour),
        hertz_(hertz),
        width_(width),
        height_(height),
        thread_([this] { run(); }) {}
  ~Performer() {
    stopping_ = true;
    thread_.join();
  }
  void set_colour(Colour colour) {
    const std::lock_guard lock(mutex_);
    colour_ = colour;
  }

 private:
  void run() {
    auto next = std::chrono::steady_clock::now();
    for (int tick = 0; !stopping_; ++tick) {
      if (audio_) push_tone(next, tick);
      if (video_ && tick % 3 != 2) push_picture(next, tick);  // 33 a second
      next += std::chrono::milliseconds(20);
      std::this_thread::sleep_until(next);
    }
  }
  void push_tone(MediaTime at, int tick) {
    std::array<int16_t, 960> samples;
    for (size_t i = 0; i < samples.size(); ++i) {
      const double t = (static_cast<double>(tick) * 960 + static_cast<double>(i)) / 48000;
      samples[i] = static_cast<int16_t>(9000 * std::sin(2 * std::numbers::pi * hertz_ * t));
    }
    AudioFrame frame{.samples = samples.data(), .frames = samples.size(), .channels = 1};
    frame.capturedAt = at;
    (void)audio_->push(frame);
  }
  void push_picture(MediaTime at, int tick) {
    Colour colour;
    {
      const std::lock_guard lock(mutex_);
      colour = colour_;
    }
    VideoFrame frame = picture(colour, width_, height_, tick);
    frame.capturedAt = at;
    (void)video_->push(frame);
  }

  std::shared_ptr<LocalVideo> video_;
  std::shared_ptr<LocalAudio> audio_;
  std::mutex mutex_;
  Colour colour_;
  const double hertz_;
  const int width_, height_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

/// Listens for one pitch (Goertzel's algorithm over 100 ms).
class Ear {
 public:
  explicit Ear(double hertz) : hertz_(hertz) {}

  /// Any thread, one at a time.
  void hear(const AudioFrame& frame) {
    for (size_t i = 0; i < frame.frames; ++i) {
      window_.push_back(frame.samples[i * static_cast<size_t>(frame.channels)]);
      if (window_.size() == 4800) judge();
    }
  }
  /// How much of what was heard in the last 100 ms is the tone: 0 to 1.
  double share() const { return share_; }
  bool hears() const { return share_ > 0.7; }
  double loudness() const { return loudness_; }

 private:
  void judge() {
    const double w = 2 * std::numbers::pi * hertz_ / 48000, c = 2 * std::cos(w);
    double s1 = 0, s2 = 0, energy = 0;
    for (const double x : window_) {
      const double s = x + c * s1 - s2;
      s2 = s1;
      s1 = s;
      energy += x * x;
    }
    const double power = s1 * s1 + s2 * s2 - c * s1 * s2;
    share_ = energy < 1 ? 0 : 2 * power / (energy * static_cast<double>(window_.size()));
    loudness_ = std::sqrt(energy / static_cast<double>(window_.size()));
    window_.clear();
  }
  const double hertz_;
  std::vector<double> window_;
  std::atomic<double> share_ = 0, loudness_ = 0;
};

/// Keeps the last picture's colour and size.
class Eye {
 public:
  void see(const VideoFrame& frame) {
    const Colour colour = colour_of(frame);
    const std::lock_guard lock(mutex_);
    colour_ = colour;
    width_ = frame.width;
    height_ = frame.height;
    captured_at_ = frame.capturedAt;
    ++frames_;
  }
  bool sees(const Colour& colour) const {
    const std::lock_guard lock(mutex_);
    return frames_ > 0 && colour_.near(colour);
  }
  int width() const {
    const std::lock_guard lock(mutex_);
    return width_;
  }
  int frames() const {
    const std::lock_guard lock(mutex_);
    return frames_;
  }
  MediaTime captured_at() const {
    const std::lock_guard lock(mutex_);
    return captured_at_;
  }

 private:
  mutable std::mutex mutex_;
  Colour colour_;
  int width_ = 0, height_ = 0, frames_ = 0;
  MediaTime captured_at_{};
};

}  // namespace parley::test
