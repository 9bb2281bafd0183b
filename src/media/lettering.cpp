#include "media/lettering.hpp"

#include <cairo/cairo.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <memory>
#include <numbers>

#include "base/check.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
/// Fontconfig and Pango keep the fonts that were used until the process ends, once each (drawing thousands of labels
/// takes no more memory than a hundred), and the leak detector cannot see through all of their pointers.
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig\nleak:libpango\n"; }
#endif
#if __has_feature(thread_sanitizer)
/// Pango loads fonts on threads of its own, with locks that the sanitizer does not see in a library built without it.
extern "C" const char* __tsan_default_suppressions() {
  return "race:libfontconfig\nrace:libpango\nrace:libglib\nrace:libfreetype\n";
}
#endif
#endif

namespace parley::media {
namespace {

/// Longest text that is laid out; names are shorter, and Pango's time grows with the length.
constexpr size_t kMaxText = 256;

constexpr double kPi = std::numbers::pi;

struct Free {
  void operator()(cairo_surface_t* p) const { cairo_surface_destroy(p); }
  void operator()(cairo_t* p) const { cairo_destroy(p); }
  void operator()(PangoFontDescription* p) const { pango_font_description_free(p); }
  void operator()(char* p) const { g_free(p); }
  void operator()(PangoLayout* p) const { g_object_unref(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

constexpr int even_up(int n) { return (n + 1) & ~1; }

std::string valid(std::string_view text) {
  const Owned<char> made(g_utf8_make_valid(text.data(), static_cast<gssize>(std::min(text.size(), kMaxText))));
  return made.get();
}

/// A drawing surface that becomes a sprite.
class Drawing {
 public:
  Drawing(int width, int height)
      : width_(even_up(width)),
        height_(even_up(height)),
        surface_(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width_, height_)),
        cairo_(cairo_create(surface_.get())) {
    PARLEY_CHECK(cairo_status(cairo_.get()) == CAIRO_STATUS_SUCCESS);
  }
  cairo_t* cairo() { return cairo_.get(); }
  int width() const { return width_; }
  int height() const { return height_; }
  Sprite sprite();

 private:
  struct Sum {
    double r = 0, g = 0, b = 0, a = 0;  ///< premultiplied, as Cairo has them
    void add(uint32_t pixel) {
      a += pixel >> 24;
      r += pixel >> 16 & 255;
      g += pixel >> 8 & 255;
      b += pixel & 255;
    }
    Yuv colour() const {
      if (a == 0) return {};
      const auto plain = [this](double c) { return static_cast<uint8_t>(std::min(255.0, c * 255 / a + 0.5)); };
      return to_yuv({plain(r), plain(g), plain(b)});
    }
  };

  int width_, height_;
  Owned<cairo_surface_t> surface_;
  Owned<cairo_t> cairo_;
};

Sprite Drawing::sprite() {
  cairo_surface_flush(surface_.get());
  const uint8_t* data = cairo_image_surface_get_data(surface_.get());
  const int stride = cairo_image_surface_get_stride(surface_.get());
  const auto pixel = [&](int x, int y) {
    return reinterpret_cast<const uint32_t*>(data + static_cast<ptrdiff_t>(y) * stride)[x];
  };
  Sprite s{.width = width_, .height = height_};
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) {
      Sum sum;
      sum.add(pixel(x, y));
      s.y.push_back(sum.colour().y);
      s.alpha.push_back(static_cast<uint8_t>(sum.a));
    }
  }
  for (int y = 0; y < height_; y += 2) {
    for (int x = 0; x < width_; x += 2) {
      Sum sum;  // weighted by opacity, so that what cannot be seen does not tint what can
      for (const uint32_t p : {pixel(x, y), pixel(x + 1, y), pixel(x, y + 1), pixel(x + 1, y + 1)}) sum.add(p);
      const Yuv colour = sum.colour();
      s.u.push_back(colour.u);
      s.v.push_back(colour.v);
      s.chroma_alpha.push_back(static_cast<uint8_t>(sum.a / 4 + 0.5));
    }
  }
  return s;
}

void set_colour(cairo_t* c, Rgb colour, double opacity = 1) {
  cairo_set_source_rgba(c, colour.r / 255.0, colour.g / 255.0, colour.b / 255.0, opacity);
}

void rounded_rectangle(cairo_t* c, double x, double y, double w, double h, double r) {
  cairo_new_sub_path(c);
  cairo_arc(c, x + w - r, y + r, r, -kPi / 2, 0);
  cairo_arc(c, x + w - r, y + h - r, r, 0, kPi / 2);
  cairo_arc(c, x + r, y + h - r, r, kPi / 2, kPi);
  cairo_arc(c, x + r, y + r, r, kPi, 3 * kPi / 2);
  cairo_close_path(c);
}

Owned<PangoLayout> lay_out(cairo_t* c, const std::string& text, double font, PangoWeight weight) {
  Owned<PangoLayout> layout(pango_cairo_create_layout(c));
  const Owned<PangoFontDescription> description(pango_font_description_new());
  // Whatever sans fontconfig knows, with its fallbacks for every script that is installed.
  pango_font_description_set_family(description.get(), "Noto Sans, DejaVu Sans, sans-serif");
  pango_font_description_set_weight(description.get(), weight);
  pango_font_description_set_absolute_size(description.get(), font * PANGO_SCALE);
  pango_layout_set_font_description(layout.get(), description.get());
  pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
  pango_layout_set_text(layout.get(), text.c_str(), static_cast<int>(text.size()));
  return layout;
}

/// A microphone with a line through it, in a square of `size` at x, y.
void draw_muted_mark(cairo_t* c, double x, double y, double size) {
  const Rgb colour{0xff, 0x9a, 0x92};
  const double unit = size / 24;  // drawn on a grid of 24
  cairo_save(c);
  cairo_translate(c, x, y);
  cairo_scale(c, unit, unit);
  set_colour(c, colour);
  cairo_set_line_width(c, 2.2);
  cairo_set_line_cap(c, CAIRO_LINE_CAP_ROUND);
  rounded_rectangle(c, 9, 2.5, 6, 12, 3);
  cairo_fill(c);
  cairo_arc(c, 12, 11, 6.5, 0, kPi);
  cairo_move_to(c, 12, 17.5);
  cairo_line_to(c, 12, 21.5);
  cairo_stroke(c);
  // The line stands out of what it crosses by a dark edge.
  for (const bool edge : {true, false}) {
    if (edge) cairo_set_operator(c, CAIRO_OPERATOR_DEST_OUT);
    cairo_set_line_width(c, edge ? 5.5 : 2.2);
    cairo_move_to(c, 4, 3);
    cairo_line_to(c, 20, 21);
    cairo_stroke(c);
    cairo_set_operator(c, CAIRO_OPERATOR_OVER);
  }
  cairo_restore(c);
}

void show(cairo_t* c, PangoLayout* layout, double x, double y) {
  cairo_move_to(c, x, y);
  pango_cairo_show_layout(c, layout);
}

}  // namespace

Sprite draw_label(std::string_view name, const LabelStyle& style) {
  const std::string text = valid(name);
  const int pad = std::max(3, style.font * 5 / 10);
  const int mark = style.muted ? style.font + style.font / 8 : 0;
  const int before_text = pad + (style.muted ? mark + style.font / 4 : 0);
  Drawing measure(2, 2);
  const Owned<PangoLayout> layout = lay_out(measure.cairo(), text, style.font, PANGO_WEIGHT_MEDIUM);
  const int room = std::max(1, style.max_width - before_text - pad);
  int width = 0, height = 0;
  pango_layout_get_pixel_size(layout.get(), &width, &height);
  if (width > room) {
    pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
    pango_layout_set_width(layout.get(), room * PANGO_SCALE);
    pango_layout_get_pixel_size(layout.get(), &width, &height);
  }
  // Fonts of other scripts have taller lines: the pill keeps its height, the base line its place.
  const int pill = even_up(style.font * 7 / 4);
  const double base = pill * 0.5 + style.font * 0.36;
  Drawing drawing(text.empty() ? pad + before_text - (style.font / 4) : before_text + width + pad, pill);
  cairo_t* c = drawing.cairo();
  if (style.muted) draw_muted_mark(c, pad, (pill - mark) / 2.0, mark);
  set_colour(c, {255, 255, 255});
  show(c, layout.get(), before_text, base - pango_layout_get_baseline(layout.get()) / static_cast<double>(PANGO_SCALE));
  // Under all that: the mark has cut a hole around its line, through which the pill is to be seen.
  cairo_set_operator(c, CAIRO_OPERATOR_DEST_OVER);
  set_colour(c, {0, 0, 0}, 0.62);
  rounded_rectangle(c, 0, 0, drawing.width(), pill, style.font * 0.5);
  cairo_fill(c);
  return drawing.sprite();
}

std::string initials(std::string_view name) {
  const std::string text = valid(name);
  std::string result;
  const auto append = [&](const char* at) {
    char bytes[6];
    result.append(bytes, static_cast<size_t>(g_unichar_to_utf8(g_unichar_toupper(g_utf8_get_char(at)), bytes)));
  };
  const char* last = nullptr;
  bool in_word = false;
  for (const char* p = text.c_str(); *p; p = g_utf8_next_char(p)) {
    const bool space = g_unichar_isspace(g_utf8_get_char(p));
    if (!space && !in_word) {
      if (result.empty())
        append(p);
      else
        last = p;
    }
    in_word = !space;
  }
  if (last) append(last);
  return result.empty() ? "?" : result;
}

Sprite draw_avatar(std::string_view name, Rgb colour, int diameter) {
  Drawing drawing(diameter, diameter);
  cairo_t* c = drawing.cairo();
  const double middle = drawing.width() / 2.0;
  set_colour(c, colour);
  cairo_arc(c, middle, middle, middle, 0, 2 * kPi);
  cairo_fill(c);
  set_colour(c, {255, 255, 255});
  const Owned<PangoLayout> layout = lay_out(c, initials(name), diameter * 0.38, PANGO_WEIGHT_SEMIBOLD);
  PangoRectangle ink;
  pango_layout_get_pixel_extents(layout.get(), &ink, nullptr);
  show(c, layout.get(), middle - ink.x - ink.width / 2.0, middle - ink.y - ink.height / 2.0);
  return drawing.sprite();
}

Corners draw_corners(const CornerStyle& style) {
  const double r = style.radius, thickness = style.ring ? style.thickness : 0;
  Corners corners;
  for (int i = 0; i < 4; ++i) {
    Drawing drawing(style.radius, style.radius);
    cairo_t* c = drawing.cairo();
    // The whole rounded square, moved so that only this corner of it lies on the drawing.
    cairo_translate(c, i % 2 ? -r : 0, i / 2 ? -r : 0);
    if (style.ring) {
      set_colour(c, *style.ring);
      cairo_set_line_width(c, thickness);
      rounded_rectangle(c, thickness / 2, thickness / 2, 2 * r - thickness, 2 * r - thickness, r - thickness / 2);
      cairo_stroke(c);
    }
    cairo_set_fill_rule(c, CAIRO_FILL_RULE_EVEN_ODD);
    cairo_rectangle(c, 0, 0, 2 * r, 2 * r);
    rounded_rectangle(c, 0, 0, 2 * r, 2 * r, r);
    set_colour(c, style.page);
    cairo_fill(c);
    corners.sprites[i] = drawing.sprite();
  }
  return corners;
}

}  // namespace parley::media
