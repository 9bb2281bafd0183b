#pragma once

#include <memory>
#include <string>

#include <parley/error.hpp>
#include <parley/media.hpp>

namespace parley::devices {

struct WindowOptions {
  std::string title = "Parley";
  int width = 960;
  int height = 540;
};

/// A window of the desktop (SDL2) that shows pictures in a grid, each upright, whole and in its proportions. One thread
/// opens it, draws it and destroys it: on some desktops it has to be the program's first.
class Window {
 public:
  static Result<std::unique_ptr<Window>> open(const WindowOptions& options);
  virtual ~Window() = default;

  /// Any thread: the newest picture of a tile, which need not exist before. Shares the pixels of a frame that has an
  /// owner, and copies others.
  virtual void show(const std::string& tile, const VideoFrame& frame) = 0;
  /// Any thread.
  virtual void remove(const std::string& tile) = 0;

  /// Draws what there is now and looks for events; call it some thirty times a second. False: the user has closed it.
  virtual bool draw() = 0;
};

}  // namespace parley::devices
