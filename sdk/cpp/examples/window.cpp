// A meeting in a desktop window: everybody's camera in a grid, a test picture of our own, sound through the speaker.
//
//   window --server https://meet.example.org --token … --room … [--frames N to end after that many drawn frames]
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <parley/devices/window.hpp>
#ifdef EXAMPLE_WITH_SOUND
#include <parley/devices/sound.hpp>
#endif

#include "options.hpp"

namespace {

#ifdef EXAMPLE_WITH_SOUND
/// Everybody's voice in the user's speaker; silent where there is none.
class Loudspeaker {
 public:
  Loudspeaker() {
    auto opened = parley::devices::Speaker::open({.channels = 2});
    if (opened) {
      speaker_ = std::move(*opened);
    } else {
      std::fprintf(stderr, "no speaker: %s\n", opened.error().message.c_str());
    }
  }
  void play(const std::string& id, const parley::AudioFrame& frame) {
    if (!speaker_) return;
    const std::lock_guard lock(mutex_);
    auto& voice = voices_[id];
    if (!voice) voice = speaker_->addVoice();
    voice->play(frame);
  }
  void remove(const std::string& id) {
    const std::lock_guard lock(mutex_);
    voices_.erase(id);
  }

 private:
  std::unique_ptr<parley::devices::Speaker> speaker_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<parley::devices::Voice>> voices_;
};
#else
struct Loudspeaker {
  void play(const std::string&, const parley::AudioFrame&) {}
  void remove(const std::string&) {}
};
#endif

class WindowedMeeting : public parley::MeetingObserver {
 public:
  WindowedMeeting(const parley::MeetingConfig& config, parley::devices::Window& window)
      : window_(window), meeting_(config, this) {}
  void join() {
    camera_ = *meeting_.publishCamera();
    example::join_or_fail(meeting_);
  }
  void leave() { meeting_.leave().get(); }
  bool over() const { return over_; }
  /// Somebody's picture is in the window.
  bool shows() const {
    const std::lock_guard lock(mutex_);
    return !shown_.empty();
  }

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
                           {.onVideo = [this, id = who.id](const auto& frame) { show(id, frame); }});
    } else if (stream.kind == parley::StreamKind::Audio) {
      meeting_.handleAudio(who.id, stream.kind,
                           {.onAudio = [this, id = who.id](const auto& frame) { speaker_.play(id, frame); }});
    }
  }
  void onStreamDisabled(const parley::Participant& who, parley::StreamKind kind) override {
    if (kind == parley::StreamKind::Audio) speaker_.remove(who.id);
    if (kind != parley::StreamKind::Video) return;
    const std::lock_guard lock(mutex_);
    shown_.erase(who.id);
    window_.remove(who.id);
  }
  void onLeft(const parley::LeaveInfo&) override { over_ = true; }
  void show(const std::string& id, const parley::VideoFrame& frame) {
    const std::lock_guard lock(mutex_);
    shown_.insert(id);
    window_.show(id, frame);
  }

  parley::devices::Window& window_;
  Loudspeaker speaker_;
  mutable std::mutex mutex_;
  std::set<std::string> shown_;
  std::atomic<bool> over_ = false;
  std::shared_ptr<parley::LocalVideo> camera_;
  parley::Meeting meeting_;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = example::parse(argc, argv, "window --server URL --token JWT --room ID [--frames N]");
  const long frames = std::atol(options.get("frames", "0").c_str());
  auto window = parley::devices::Window::open({});
  if (!window) example::fail(window.error().message);
  WindowedMeeting meeting(options.meeting, **window);
  meeting.join();
  long drawn = 0;
  for (int step = 0; !meeting.over() && (frames == 0 || drawn < frames); ++step) {
    meeting.push_test_picture(step);
    const bool shows = meeting.shows();
    if (!(*window)->draw()) break;  // the user has closed it
    if (shows) ++drawn;
    std::this_thread::sleep_for(std::chrono::milliseconds(33));
  }
  meeting.leave();
  std::printf("drew %ld pictures\n", drawn);
}
