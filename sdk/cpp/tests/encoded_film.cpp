#include "encoded_film.hpp"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

namespace parley::test {
namespace {

uint64_t hash(uint64_t so_far, const uint8_t* bytes, size_t size) {  // FNV-1a
  for (size_t i = 0; i < size; ++i) so_far = (so_far ^ bytes[i]) * 0x100000001b3;
  return so_far;
}
constexpr uint64_t kNothing = 0xcbf29ce484222325;

std::vector<uint8_t> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

uint32_t le32(const uint8_t* p) { return p[0] | p[1] << 8 | p[2] << 16 | static_cast<uint32_t>(p[3]) << 24; }

void ffmpeg(const std::string& arguments) {
  const std::string command = "ffmpeg -v error -y " + arguments;
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

}  // namespace

EncodedFilm::EncodedFilm(VideoCodec codec, int kbps) : codec_(codec) {
  std::string folder = std::filesystem::temp_directory_path() / "parley-film-XXXXXX";
  if (!::mkdtemp(folder.data())) throw std::runtime_error("no folder for a film");
  const std::string encoded = folder + "/film.ivf", raw = folder + "/film.yuv";
  // VP9 with pictures that are only predicted from, which makes superframes; AV1 with its own kind of them.
  const char* how = codec == VideoCodec::Vp9 ? "libvpx-vp9 -deadline good -cpu-used 6 -lag-in-frames 16 -auto-alt-ref 1"
                                             : "libsvtav1 -preset 11 -svtav1-params log-level=1";
  ffmpeg(
      fmt::format("-f lavfi -i testsrc2=size={}x{}:rate={} -frames:v {} -pix_fmt yuv420p -c:v {} -b:v {}k "
                  "-g 1000 -keyint_min 1000 {} 2>/dev/null",
                  kWidth, kHeight, kFramesPerSecond, kFrames, how, kbps, encoded));
  ffmpeg(fmt::format("-i {} -f rawvideo -pix_fmt yuv420p {}", encoded, raw));
  const auto ivf = read(encoded), pixels = read(raw);
  std::filesystem::remove_all(folder);
  for (size_t at = 32; at + 12 <= ivf.size();) {
    const uint8_t* body = ivf.data() + at + 12;
    frames_.push_back(std::make_shared<const std::vector<uint8_t>>(body, body + le32(ivf.data() + at)));
    at += 12 + frames_.back()->size();
  }
  constexpr size_t kBytes = static_cast<size_t>(kWidth) * kHeight * 3 / 2;
  for (size_t i = 0; (i + 1) * kBytes <= pixels.size(); ++i) {
    pictures_[hash(kNothing, pixels.data() + i * kBytes, kBytes)] = static_cast<int>(i);
  }
  if (frames_.size() != kFrames || pictures_.size() != kFrames) {
    throw std::runtime_error(fmt::format("a film of {} frames, {} pictures", frames_.size(), pictures_.size()));
  }
}

EncodedVideoFrame EncodedFilm::frame(size_t index) const {
  EncodedVideoFrame out{.codec = codec_, .key = index == 0, .width = kWidth, .height = kHeight};
  out.data = frames_[index];
  return out;
}

int EncodedFilm::index_of(const VideoFrame& picture) const {
  if (picture.width != kWidth || picture.height != kHeight) return -1;
  uint64_t sum = kNothing;
  const auto add = [&sum](const VideoPlane& plane, int width, int height) {
    for (int row = 0; row < height; ++row) {
      sum = hash(sum, plane.data + row * plane.stride, static_cast<size_t>(width));
    }
  };
  add(picture.y, kWidth, kHeight);
  add(picture.u, kWidth / 2, kHeight / 2);
  add(picture.v, kWidth / 2, kHeight / 2);
  const auto it = pictures_.find(sum);
  return it == pictures_.end() ? -1 : it->second;
}

Projector::Projector(std::shared_ptr<LocalVideo> video, const EncodedFilm& film)
    : video_(std::move(video)), film_(film), thread_([this] { run(); }) {
  video_->onKeyFrameWanted([this](int) {
    ++wanted_;
    const std::lock_guard lock(mutex_);
    rewind_ = true;
    changed_.notify_one();
  });
}

Projector::~Projector() {
  video_->stop();  // after which nobody wants key frames
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void Projector::run() {
  size_t next = 0;
  auto due = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (std::exchange(rewind_, false)) next = 0;
    at_end_ = next == film_.size();
    if (at_end_) {
      changed_.wait(lock, [this] { return rewind_ || stopping_; });
      due = std::chrono::steady_clock::now();
      continue;
    }
    lock.unlock();
    EncodedVideoFrame frame = film_.frame(next++);
    frame.capturedAt = due;
    (void)video_->pushEncoded(frame);
    due += std::chrono::milliseconds(1000 / EncodedFilm::kFramesPerSecond);
    std::this_thread::sleep_until(due);
    lock.lock();
  }
}

}  // namespace parley::test
