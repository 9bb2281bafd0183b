#include <cstdio>
#include <cstdlib>

#include <parley/devices/camera.hpp>
#include <parley/devices/sound.hpp>
#include <parley/devices/window.hpp>

namespace devices = parley::devices;

/// Each library answers, with an error where this machine has no such device.
int main() {
  ::setenv("PULSE_SERVER", "unix:/nowhere", 1);
  ::setenv("SDL_VIDEODRIVER", "dummy", 1);
  std::printf("%zu cameras\n", devices::listCameras().size());
  devices::CameraOptions options;
  options.path = "/dev/nothing";
  const auto camera = devices::Camera::open(options, [](const parley::VideoFrame&) {});
  const auto speaker = devices::Speaker::open({});
  const auto window = devices::Window::open({});
  std::printf("camera: %s\nspeaker: %s\nwindow: %s\n", camera.error().message.c_str(), speaker.error().message.c_str(),
              window.ok() ? "open" : window.error().message.c_str());
  return !camera && !speaker && window && (*window)->draw() ? 0 : 1;
}
