#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "media/canvas.hpp"
#include "media/palette.hpp"

namespace parley::media {

/// Drawings with text and round shapes, made by Pango and Cairo. Each takes about a millisecond, so they are made once
/// and kept; the first one of a process also loads the fonts. Text may be anything, broken UTF-8 too.

struct LabelStyle {
  int font = 14;        ///< height of the letters' line, in pixels
  int max_width = 200;  ///< of the whole label; a longer name ends in dots
  bool muted = false;   ///< with a struck-out microphone before the name
};
/// A person's name on a dark, translucent pill.
Sprite draw_label(std::string_view name, const LabelStyle& style);

/// Up to two letters on a disc of `colour`.
Sprite draw_avatar(std::string_view name, Rgb colour, int diameter);

/// What turns a rectangle's sharp corner into a round one: the page's colour outside of it and, if there is a ring,
/// that part of the ring. All four corners: left and right above, left and right below.
struct Corners {
  Sprite sprites[4];
};
struct CornerStyle {
  int radius = 12;  ///< even
  Rgb page;
  std::optional<Rgb> ring;
  int thickness = 4;  ///< of the ring
};
Corners draw_corners(const CornerStyle& style);

/// "Ada Lovelace" gives "AL", as in the web app.
std::string initials(std::string_view name);

}  // namespace parley::media
