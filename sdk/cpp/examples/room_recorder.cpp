// Writes each remote stream to a file: video as it was sent (IVF, or H.264 as a byte stream), sound as WAV.
//
//   room-recorder --server https://meet.example.org --token … --room … --folder out [--seconds 60]
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

#include "options.hpp"

namespace {

void put(std::ofstream& file, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) file.put(static_cast<char>(value >> (8 * i)));
}

/// IVF's header leaves the number of frames open; players do not mind.
class VideoFile {
 public:
  explicit VideoFile(std::string path) : path_(std::move(path)) {}

  void write(const parley::EncodedVideoFrame& frame) {
    if (!file_.is_open() && !begin(frame)) return;
    if (codec_ != frame.codec) return;  // The publisher chose another one: that is another file's business.
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(frame.capturedAt - first_).count();
    if (codec_ != parley::VideoCodec::H264) {
      put(file_, frame.data->size(), 4);
      put(file_, static_cast<uint64_t>(since), 8);
    }
    file_.write(reinterpret_cast<const char*>(frame.data->data()), static_cast<std::streamsize>(frame.data->size()));
  }

 private:
  bool begin(const parley::EncodedVideoFrame& frame) {
    if (!frame.key) return false;
    codec_ = frame.codec;
    first_ = frame.capturedAt;
    const bool bare = codec_ == parley::VideoCodec::H264;
    file_.open(path_ + (bare ? ".h264" : ".ivf"), std::ios::binary);
    if (bare) return true;
    file_.write("DKIF\0\0\x20\0", 8);
    file_.write(codec_ == parley::VideoCodec::Vp8 ? "VP80" : codec_ == parley::VideoCodec::Vp9 ? "VP90" : "AV01", 4);
    put(file_, static_cast<uint64_t>(frame.width), 2);
    put(file_, static_cast<uint64_t>(frame.height), 2);
    put(file_, 1000, 4);  // milliseconds
    put(file_, 1, 4);
    put(file_, 0, 8);
    return true;
  }
  std::string path_;
  std::ofstream file_;
  parley::VideoCodec codec_{};
  parley::MediaTime first_{};
};

/// 48 kHz stereo. Where nothing was sent, silence keeps the sound in its place.
class SoundFile {
 public:
  explicit SoundFile(const std::string& path) : file_(path + ".wav", std::ios::binary) { header(0); }
  ~SoundFile() {
    file_.seekp(0);
    header(frames_ * 4);
  }

  void write(const parley::AudioFrame& frame) {
    if (frames_ == 0) first_ = frame.capturedAt;
    const auto at =
        std::chrono::duration_cast<std::chrono::microseconds>(frame.capturedAt - first_).count() * 48 / 1000;
    constexpr int64_t kJitter = 4800;  // 100 ms: less is clocks, more a pause
    if (at > static_cast<int64_t>(frames_) + kJitter) {
      const uint64_t silence = static_cast<uint64_t>(at) - frames_;
      file_ << std::string(silence * 4, '\0');
      frames_ += silence;
    }
    file_.write(reinterpret_cast<const char*>(frame.samples), static_cast<std::streamsize>(frame.frames * 4));
    frames_ += frame.frames;
  }

 private:
  void header(uint64_t bytes) {
    file_.write("RIFF", 4);
    put(file_, 36 + bytes, 4);
    file_.write("WAVEfmt ", 8);
    put(file_, 16, 4);
    put(file_, 1, 2);
    put(file_, 2, 2);
    put(file_, 48000, 4);
    put(file_, 48000 * 4, 4);
    put(file_, 4, 2);
    put(file_, 16, 2);
    file_.write("data", 4);
    put(file_, bytes, 4);
  }
  std::ofstream file_;
  uint64_t frames_ = 0;
  parley::MediaTime first_{};
};

class Recorder : public parley::MeetingObserver {
 public:
  Recorder(const parley::MeetingConfig& config, std::filesystem::path folder)
      : folder_(std::move(folder)), meeting_(config, this) {}

  void run(std::chrono::seconds limit) {
    example::join_or_fail(meeting_);
    std::printf("recording into %s\n", folder_.c_str());
    std::fflush(stdout);
    std::unique_lock lock(mutex_);
    left_.wait_for(lock, limit, [this] { return over_; });
  }

 private:
  void onStreamEnabled(const parley::Participant& who, const parley::Stream& stream) override {
    const std::string path = folder_ / (who.id + "-" + parley::name(stream.kind) + "-" + std::to_string(++number_));
    if (parley::isAudio(stream.kind)) {
      auto file = std::make_shared<SoundFile>(path);
      meeting_.handleAudio(who.id, stream.kind, {.onAudio = [file](const auto& frame) { file->write(frame); }});
    } else {
      auto file = std::make_shared<VideoFile>(path);
      meeting_.handleVideo(who.id, stream.kind, {.onEncoded = [file](const auto& frame) { file->write(frame); }});
    }
  }
  void onStreamDisabled(const parley::Participant& who, parley::StreamKind kind) override {
    // Letting go of the handler closes the file.
    meeting_.handleAudio(who.id, kind, {});
    meeting_.handleVideo(who.id, kind, {});
  }
  void onLeft(const parley::LeaveInfo&) override {
    const std::lock_guard lock(mutex_);
    over_ = true;
    left_.notify_all();
  }

  const std::filesystem::path folder_;
  std::atomic<int> number_ = 0;
  std::mutex mutex_;
  std::condition_variable left_;
  bool over_ = false;
  parley::Meeting meeting_;
};

}  // namespace

int main(int argc, char** argv) {
  auto options =
      example::parse(argc, argv, "room-recorder --server URL --token JWT --room ID --folder OUT [--seconds 3600]");
  if (options.meeting.name.empty()) options.meeting.name = "Recorder";
  options.meeting.mode = parley::Mode::RecvOnly;
  options.meeting.delivery = parley::Delivery::AsSoonAsComplete;
  const std::string folder = options.get("folder", ".");
  std::filesystem::create_directories(folder);
  Recorder recorder(options.meeting, folder);
  recorder.run(std::chrono::seconds(std::atoi(options.get("seconds", "3600").c_str())));
}
