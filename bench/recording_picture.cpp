// Not a benchmark: makes docs/images/recording-*.png, pictures of a recording as the compositor paints them, of drawn
// people.
//   ninja -C build/bench recording_picture && build/bench/bench/recording_picture docs/images
#include <cairo/cairo.h>
#include <fmt/format.h>
#include <libyuv.h>

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "media/compositor.hpp"

namespace parley::pictures {
namespace {

using media::Composition;
using media::Person;
using media::Source;
using media::TileContent;

struct Colour {
  double r, g, b;
};

Colour hex(unsigned rgb) { return {(rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0}; }

/// The people of docs/images/meeting.png and some more.
struct Cast {
  const char* id;
  const char* name;
  unsigned wall, shade, skin, hair, shirt;
  bool long_hair, camera, muted;
};
constexpr Cast kCast[] = {
    {"amara", "Amara Okafor", 0x31557a, 0x16283f, 0x7a4a2e, 0x1b1210, 0xe8b04a, true, true, false},
    {"jonas", "Jonas Weber", 0x5d7a5a, 0x26382a, 0xedc09c, 0x8a5a2b, 0x3f6fb5, false, true, true},
    {"mei", "Mei Tanaka", 0x7a5a6d, 0x38243a, 0xf1cfae, 0x15131a, 0xc2566a, true, true, false},
    {"luis", "Luis Ortega", 0x87694a, 0x3f2d20, 0xc98f62, 0x2a1d16, 0x4b9184, false, true, true},
    {"neha", "नेहा शर्मा", 0x6b6f8f, 0x2b2d45, 0xb9825a, 0x1d1512, 0x8d5fb0, true, true, true},
    {"anna", "Anna Kovács", 0, 0, 0, 0, 0, false, false, false},
    {"bjorn", "Björn Åkesson", 0x8a8f94, 0x3d4247, 0xf0c7a8, 0xc99a4b, 0x5a6b3c, false, true, true},
};

/// A camera picture or a screen being drawn.
class Sheet {
 public:
  explicit Sheet(frame::Size size)
      : size_(size),
        surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, size.width, size.height)),
        cairo_(cairo_create(surface_)) {}
  ~Sheet() {
    cairo_destroy(cairo_);
    cairo_surface_destroy(surface_);
  }
  Sheet(const Sheet&) = delete;
  Sheet& operator=(const Sheet&) = delete;

  cairo_t* cairo() { return cairo_; }
  void use(const Colour& c, double opacity = 1) { cairo_set_source_rgba(cairo_, c.r, c.g, c.b, opacity); }
  void box(double x, double y, double w, double h) {
    cairo_rectangle(cairo_, x, y, w, h);
    cairo_fill(cairo_);
  }
  void oval(double x, double y, double rx, double ry) {
    cairo_save(cairo_);
    cairo_translate(cairo_, x, y);
    cairo_scale(cairo_, rx, ry);
    cairo_arc(cairo_, 0, 0, 1, 0, 2 * std::numbers::pi);
    cairo_restore(cairo_);
    cairo_fill(cairo_);
  }
  void text(double x, double y, double size, const char* words) {
    cairo_select_font_face(cairo_, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo_, size);
    cairo_move_to(cairo_, x, y);
    cairo_show_text(cairo_, words);
  }
  frame::Picture picture() {
    cairo_surface_flush(surface_);
    auto buffer = std::make_shared<frame::PictureBuffer>(size_);
    libyuv::ARGBToI420(cairo_image_surface_get_data(surface_), cairo_image_surface_get_stride(surface_), buffer->y(),
                       buffer->y_stride(), buffer->u(), buffer->uv_stride(), buffer->v(), buffer->uv_stride(),
                       size_.width, size_.height);
    return frame::PictureBuffer::share(std::move(buffer));
  }

 private:
  frame::Size size_;
  cairo_surface_t* surface_;
  cairo_t* cairo_;
};

void draw_wall(Sheet& s, const Cast& who) {
  cairo_pattern_t* room = cairo_pattern_create_linear(0, 0, 1280, 720);
  const Colour from = hex(who.wall), to = hex(who.shade);
  cairo_pattern_add_color_stop_rgb(room, 0, from.r, from.g, from.b);
  cairo_pattern_add_color_stop_rgb(room, 1, to.r, to.g, to.b);
  cairo_set_source(s.cairo(), room);
  cairo_paint(s.cairo());
  cairo_pattern_destroy(room);
  s.use({1, 1, 1}, 0.09);
  s.box(90, 90, 250, 330);
  s.box(950, 330, 260, 16);
  for (int i = 0; i < 6; ++i) s.box(965 + i * 36, 235 + i % 3 * 14, 26, 95 - i % 3 * 14);
}

frame::Picture draw_person(const Cast& who) {
  Sheet s({1280, 720});
  draw_wall(s, who);
  s.use(hex(who.hair));
  if (who.long_hair) s.oval(640, 380, 178, 250);
  s.use(hex(who.shirt));
  s.oval(640, 800, 350, 270);
  s.use(hex(who.skin));
  s.oval(640, 555, 68, 95);
  s.oval(640, 375, 132, 168);
  cairo_save(s.cairo());
  cairo_rectangle(s.cairo(), 0, 0, 1280, who.long_hair ? 320 : 300);
  cairo_clip(s.cairo());
  s.use(hex(who.hair));
  s.oval(640, 355, 152, 172);
  cairo_restore(s.cairo());
  s.use(hex(who.skin));
  s.oval(640, 395, 118, 120);
  s.use(hex(0x241c1a));
  s.oval(590, 375, 11, 12);
  s.oval(690, 375, 11, 12);
  s.use(hex(0x8d3f3a));
  cairo_set_line_width(s.cairo(), 8);
  cairo_set_line_cap(s.cairo(), CAIRO_LINE_CAP_ROUND);
  cairo_arc(s.cairo(), 640, 430, 44, 0.35, std::numbers::pi - 0.35);
  cairo_stroke(s.cairo());
  return s.picture();
}

/// A slide that somebody presents.
frame::Picture draw_screen() {
  Sheet s({1920, 1080});
  s.use(hex(0xfbfaf7));
  s.box(0, 0, 1920, 1080);
  s.use(hex(0x1f2a44));
  s.text(120, 170, 76, "Visitors of the library");
  s.use(hex(0x6b7280));
  s.text(122, 236, 36, "thousands a month, both houses");
  const double bars[] = {31, 34, 38, 36, 45, 52, 49, 58, 64, 61, 70, 78};
  for (int i = 0; i < 12; ++i) {
    s.use(hex(i < 11 ? 0x9db4e8 : 0x3262ea));
    s.box(130 + i * 140, 940 - bars[i] * 7.6, 96, bars[i] * 7.6);
  }
  s.use(hex(0x6b7280));
  s.box(110, 940, 1700, 4);
  const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (int i = 0; i < 12; ++i) s.text(146 + i * 140, 996, 34, months[i]);
  return s.picture();
}

TileContent content_of(const media::Tile& tile, const Cast& who) {
  TileContent content{.tile = tile, .name = who.name, .speaking = false, .muted = who.muted};
  if (tile.key.source == Source::Share) {
    content.picture = draw_screen();
    content.name += "’s screen";
    content.muted = false;
  } else {
    if (who.camera) content.picture = draw_person(who);
    content.speaking = std::string(who.id) == "mei";
  }
  return content;
}

void save(const frame::Picture& p, const std::string& path) {
  cairo_surface_t* surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, p.width(), p.height());
  cairo_surface_flush(surface);
  libyuv::I420ToARGB(p.y().data, p.y().stride, p.u().data, p.u().stride, p.v().data, p.v().stride,
                     cairo_image_surface_get_data(surface), cairo_image_surface_get_stride(surface), p.width(),
                     p.height());
  cairo_surface_mark_dirty(surface);
  const cairo_status_t status = cairo_surface_write_to_png(surface, path.c_str());
  fmt::print("{}: {}\n", path, cairo_status_to_string(status));
  cairo_surface_destroy(surface);
}

void paint(const Composition& composition, bool sharing, const std::string& path) {
  std::vector<Person> people;
  for (const Cast& who : kCast) {
    people.push_back(
        {.id = ParticipantId(who.id), .camera_on = who.camera, .camera_size = {1280, 720}, .share_size = {1920, 1080}});
    if (std::string(who.id) == "mei") people.back().active_speaker = true;
    if (std::string(who.id) == "amara") people.back().sharing = sharing;
  }
  if (sharing) people.resize(5);
  std::vector<TileContent> contents;
  for (const media::Tile& tile : media::arrange(composition, people)) {
    for (const Cast& who : kCast) {
      if (tile.key.person.value() == who.id) contents.push_back(content_of(tile, who));
    }
  }
  save(media::Compositor(composition).compose(contents, Timestamp::from_us(0)), path);
}

}  // namespace
}  // namespace parley::pictures

int main(int argc, char** argv) {
  using namespace parley::media;
  if (argc != 2) {
    fmt::print(stderr, "usage: recording_picture FOLDER\n");
    return 2;
  }
  const std::string folder = argv[1];
  parley::pictures::paint({}, false, folder + "/recording-grid.png");
  parley::pictures::paint({}, true, folder + "/recording-screen.png");
  parley::pictures::paint({.layout = LayoutType::Sidebar, .theme = Theme::Light}, false,
                          folder + "/recording-sidebar.png");
  parley::pictures::paint({.layout = LayoutType::Sidebar, .orientation = Orientation::Portrait}, false,
                          folder + "/recording-portrait.png");
}
