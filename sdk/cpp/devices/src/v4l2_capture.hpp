#pragma once

#include <linux/videodev2.h>

#include <optional>
#include <vector>

#include <parley/devices/camera.hpp>

#include "video_kernel.hpp"

namespace parley::devices {

/// A V4L2 device that streams into mapped buffers (Video for Linux API, "Streaming I/O, Memory Mapping").
class V4l2Capture {
 public:
  static Result<std::unique_ptr<V4l2Capture>> open(VideoKernel& kernel, const CameraOptions& options);
  ~V4l2Capture();
  V4l2Capture(const V4l2Capture&) = delete;
  V4l2Capture& operator=(const V4l2Capture&) = delete;

  int width() const { return static_cast<int>(format_.width); }
  int height() const { return static_cast<int>(format_.height); }
  /// Waits a second at the most, less if `wake` becomes readable. Empty: no frame, or one that was damaged. An error:
  /// the device is gone.
  Result<std::optional<VideoFrame>> next(int wake);

 private:
  struct Buffer {
    void* memory = nullptr;
    size_t size = 0;
  };

  V4l2Capture(VideoKernel& kernel, int descriptor) : kernel_(kernel), descriptor_(descriptor) {}
  bool can_stream();
  bool choose_format(const CameraOptions& options);
  bool try_format(uint32_t pixel_format, const CameraOptions& options);
  void set_frame_rate(int frame_rate);
  bool start();
  std::optional<VideoFrame> convert(const v4l2_buffer& filled) const;
  bool call(unsigned long request, void* argument) { return kernel_.ioctl(descriptor_, request, argument) == 0; }

  VideoKernel& kernel_;
  int descriptor_;
  v4l2_pix_format format_{};
  std::vector<Buffer> buffers_;
  bool streaming_ = false;
};

std::vector<CameraInfo> list_cameras(VideoKernel& kernel, const std::vector<std::string>& paths);

}  // namespace parley::devices
