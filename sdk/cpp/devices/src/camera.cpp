#include <parley/devices/camera.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "v4l2_capture.hpp"

namespace parley::devices {
namespace {

constexpr int kMaxDevices = 64;  // V4L2's own limit for video nodes in use is 256, of which each camera has two to four

std::vector<std::string> device_paths() {
  std::vector<std::string> paths;
  for (int i = 0; i < kMaxDevices; ++i) paths.push_back("/dev/video" + std::to_string(i));
  return paths;
}

class OpenCamera final : public Camera {
 public:
  OpenCamera(std::unique_ptr<V4l2Capture> capture, std::function<void(const VideoFrame&)> on_frame,
             std::function<void(const Error&)> on_ended)
      : capture_(std::move(capture)), on_frame_(std::move(on_frame)), on_ended_(std::move(on_ended)) {
    thread_ = std::thread([this] { run(); });
  }
  ~OpenCamera() override {
    stopping_ = true;
    const uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
    thread_.join();
    ::close(wake_);
  }
  int width() const override { return capture_->width(); }
  int height() const override { return capture_->height(); }

 private:
  void run() {
    while (!stopping_) {
      const auto frame = capture_->next(wake_);
      if (stopping_) return;
      if (!frame) {
        if (on_ended_) on_ended_(frame.error());
        return;
      }
      if (*frame) on_frame_(**frame);
    }
  }

  std::unique_ptr<V4l2Capture> capture_;
  std::function<void(const VideoFrame&)> on_frame_;
  std::function<void(const Error&)> on_ended_;
  std::atomic<bool> stopping_ = false;
  const int wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::thread thread_;
};

}  // namespace

std::vector<CameraInfo> listCameras() { return list_cameras(linux_kernel(), device_paths()); }

Result<std::unique_ptr<Camera>> Camera::open(const CameraOptions& options,
                                             std::function<void(const VideoFrame&)> onFrame,
                                             std::function<void(const Error&)> onEnded) {
  CameraOptions chosen = options;
  if (chosen.path.empty()) {
    const auto cameras = listCameras();
    if (cameras.empty()) return Error{kMediaNotReady, "there is no camera"};
    chosen.path = cameras.front().path;
  }
  auto capture = V4l2Capture::open(linux_kernel(), chosen);
  if (!capture) return capture.error();
  return std::unique_ptr<Camera>(
      std::make_unique<OpenCamera>(std::move(*capture), std::move(onFrame), std::move(onEnded)));
}

}  // namespace parley::devices
