#pragma once

#include <cstdint>

#include "frame/picture.hpp"

namespace parley::media {

enum class LayoutType : uint8_t { Grid, Spotlight, Sidebar };
/// Who is shown large, and who at all: whoever speaks, or only whom somebody pinned.
enum class Priority : uint8_t { Speaker, Pin };
enum class Theme : uint8_t { Default, Dark, Light };
enum class Quality : uint8_t { Low, Medium, High, Ultra };
enum class Orientation : uint8_t { Landscape, Portrait };
enum class Mode : uint8_t { VideoAndAudio, Audio };

/// Most tiles in one picture: VideoSDK's bound, and with 25 a 720p tile is still 242 pixels wide.
inline constexpr int kMaxGridSize = 25;

/// What a recording or broadcast looks like. Equal compositions are composed once and shared.
struct Composition {
  LayoutType layout = LayoutType::Grid;
  Priority priority = Priority::Speaker;
  int grid_size = kMaxGridSize;  ///< 1 to kMaxGridSize: the most tiles at once
  Theme theme = Theme::Default;  ///< Default is dark
  Quality quality = Quality::Medium;
  Orientation orientation = Orientation::Landscape;
  Mode mode = Mode::VideoAndAudio;
  int frame_rate = 30;  ///< 30 or 25
  friend bool operator==(const Composition&, const Composition&) = default;
};

/// 854x480, 1280x720, 1920x1080 or 2560x1440; swapped for portrait.
frame::Size picture_size(const Composition& composition);

}  // namespace parley::media
