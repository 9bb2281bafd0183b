#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <parley/error.hpp>
#include <parley/media.hpp>

/// Devices of a Linux machine for the SDK: each of camera, sound and window is a library of its own, to be left out
/// where it is not wanted.
namespace parley::devices {

struct CameraInfo {
  std::string path;  ///< "/dev/video0"
  std::string name;  ///< "Integrated Camera"
};

/// The cameras (V4L2) that are plugged in and that this user may open.
std::vector<CameraInfo> listCameras();

struct CameraOptions {
  std::string path;  ///< empty: the first of `listCameras()`
  int width = 1280;  ///< what is asked for; the camera gives the nearest that it has
  int height = 720;
  int frameRate = 30;
};

/// A camera while it is on: hand the frames to `LocalVideo::push`.
class Camera {
 public:
  /// `onFrame` and `onEnded` are called on a thread of the camera: `onEnded` once, if the camera is unplugged or fails,
  /// and never for a camera that is destroyed. Frames may be kept; a new buffer is taken then.
  static Result<std::unique_ptr<Camera>> open(const CameraOptions& options,
                                              std::function<void(const VideoFrame&)> onFrame,
                                              std::function<void(const Error&)> onEnded = {});
  /// Turns it off. No handler runs afterwards; must not be called by one.
  virtual ~Camera() = default;
  virtual int width() const = 0;  ///< what it gives
  virtual int height() const = 0;
};

}  // namespace parley::devices
