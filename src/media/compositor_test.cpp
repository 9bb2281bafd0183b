#include "media/compositor.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/rng.hpp"
#include "media/motion.hpp"
#include "media/palette.hpp"

namespace parley::media {
namespace {

using frame::Picture;
using frame::PictureBuffer;
using frame::Rotation;
using frame::Size;

Timestamp at_ms(int64_t ms) { return Timestamp::from_us(1'000'000 + ms * 1000); }

Yuv pixel(const Picture& p, int x, int y) {
  const auto chroma = [&](const frame::Plane& plane) { return plane.data[y / 2 * plane.stride + x / 2]; };
  return {p.y().data[y * p.y().stride + x], chroma(p.u()), chroma(p.v())};
}

bool close(Yuv a, Yuv b, int tolerance = 3) {
  return std::abs(a.y - b.y) <= tolerance && std::abs(a.u - b.u) <= tolerance && std::abs(a.v - b.v) <= tolerance;
}

Yuv centre(const Picture& p, const Rect& r) { return pixel(p, r.x + r.width / 2, r.y + r.height / 2); }

Picture plain(Size size, Yuv c) {
  auto buffer = std::make_shared<PictureBuffer>(size);
  buffer->fill(c.y, c.u, c.v);
  return PictureBuffer::share(std::move(buffer), frame::kBt709);
}

Yuv colour_of(int number) {
  return {static_cast<uint8_t>(50 + number * 7), static_cast<uint8_t>(60 + number * 37 % 140),
          static_cast<uint8_t>(60 + number * 59 % 140)};
}

/// A picture of four colours: the first above left, the second above right, then below.
Picture quarters(Size size) {
  auto buffer = std::make_shared<PictureBuffer>(size);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      const Yuv c = colour_of(2 * (y >= size.height / 2) + (x >= size.width / 2));
      buffer->y()[y * buffer->y_stride() + x] = c.y;
      buffer->u()[y / 2 * buffer->uv_stride() + x / 2] = c.u;
      buffer->v()[y / 2 * buffer->uv_stride() + x / 2] = c.v;
    }
  }
  return PictureBuffer::share(std::move(buffer), frame::kBt709);
}

bool equal(const Picture& a, const Picture& b) {
  const auto planes_equal = [](const frame::Plane& p, const frame::Plane& q, int width, int height) {
    for (int row = 0; row < height; ++row) {
      if (std::memcmp(p.data + row * p.stride, q.data + row * q.stride, static_cast<size_t>(width)) != 0) return false;
    }
    return true;
  };
  return a.size() == b.size() && planes_equal(a.y(), b.y(), a.width(), a.height()) &&
         planes_equal(a.u(), b.u(), a.width() / 2, a.height() / 2) &&
         planes_equal(a.v(), b.v(), a.width() / 2, a.height() / 2);
}

/// How far the luma in a rectangle spreads: nothing on a plain colour, a lot where there are letters.
int spread(const Picture& p, const Rect& r) {
  int least = 255, most = 0;
  for (int y = r.y; y < r.bottom(); ++y) {
    for (int x = r.x; x < r.right(); ++x) {
      least = std::min<int>(least, pixel(p, x, y).y);
      most = std::max<int>(most, pixel(p, x, y).y);
    }
  }
  return most - least;
}

TileContent tile(int number, const Rect& rect, Picture picture = {}) {
  return {.tile = {{ParticipantId(fmt::format("p{}", number)), Source::Camera}, rect}, .picture = std::move(picture)};
}

std::vector<TileContent> with_plain_cameras(const Composition& c, int count, int sharing = -1) {
  std::vector<Person> people;
  for (int i = 0; i < count; ++i) {
    people.push_back({.id = ParticipantId(fmt::format("p{}", i)), .camera_on = true, .sharing = i == sharing});
  }
  std::vector<TileContent> contents;
  for (const Tile& t : arrange(c, people)) {
    int number = std::atoi(t.key.person.value().c_str() + 1);
    if (t.key.source == Source::Share) number = 26;
    contents.push_back({.tile = t, .picture = plain({320, 180}, colour_of(number)), .name = "Somebody"});
  }
  return contents;
}

TEST(Compositor, PutsEveryTileInItsPlaceInEveryLayout) {
  for (const LayoutType layout : {LayoutType::Grid, LayoutType::Sidebar, LayoutType::Spotlight}) {
    for (const Orientation orientation : {Orientation::Landscape, Orientation::Portrait}) {
      const Composition c{.layout = layout, .quality = Quality::Low, .orientation = orientation};
      for (int count = 1; count <= 25; ++count) {
        const auto contents = with_plain_cameras(c, count, count % 4 == 3 ? 0 : -1);
        const Picture p = Compositor(c).compose(contents, at_ms(0));
        ASSERT_EQ(p.size(), picture_size(c));
        EXPECT_TRUE(close(pixel(p, 0, 0), to_yuv(palette_of(Theme::Dark).page)));
        for (const TileContent& t : contents) {
          EXPECT_TRUE(close(centre(p, t.tile.rect), pixel(t.picture, 0, 0))) << count;
        }
      }
    }
  }
}

TEST(Compositor, PaintsAnEmptyRoomInTheThemesColour) {
  const Picture dark = Compositor({}).compose({}, at_ms(0));
  const Picture light = Compositor({.theme = Theme::Light}).compose({}, at_ms(0));
  EXPECT_EQ(dark.size(), (Size{1280, 720}));
  EXPECT_TRUE(close(pixel(dark, 640, 360), to_yuv(palette_of(Theme::Dark).page)));
  EXPECT_TRUE(close(pixel(light, 640, 360), to_yuv(palette_of(Theme::Light).page)));
}

TEST(Compositor, TurnsPicturesUpright) {
  const Composition c{.quality = Quality::Low};
  const Rect rect{100, 100, 320, 180};
  // Which quarter of the source is above left, above right, below left, below right once it is turned clockwise.
  const struct {
    Rotation rotation;
    int order[4];
  } cases[] = {{Rotation::None, {0, 1, 2, 3}},
               {Rotation::Quarter, {2, 0, 3, 1}},
               {Rotation::Half, {3, 2, 1, 0}},
               {Rotation::ThreeQuarters, {1, 3, 0, 2}}};
  for (const auto& [rotation, order] : cases) {
    const bool sideways = rotation == Rotation::Quarter || rotation == Rotation::ThreeQuarters;
    TileContent t = tile(1, rect, quarters(sideways ? Size{360, 640} : Size{640, 360}));
    t.rotation = rotation;
    const Picture p = Compositor(c).compose({&t, 1}, at_ms(0));
    for (int i = 0; i < 4; ++i) {
      const Yuv seen = pixel(p, rect.x + (i % 2 ? 240 : 80), rect.y + (i / 2 ? 135 : 45));
      EXPECT_TRUE(close(seen, colour_of(order[i]))) << static_cast<int>(rotation) << " " << i;
    }
  }
}

TEST(Compositor, CutsCamerasAndShowsScreensWhole) {
  // Left and right eighth in another colour: a camera in a 4:3 tile loses just these.
  auto buffer = std::make_shared<PictureBuffer>(Size{640, 360});
  buffer->fill(180, 100, 100);
  for (int y = 0; y < 360; ++y) {
    std::memset(buffer->y() + y * buffer->y_stride(), 60, 76);
    std::memset(buffer->y() + y * buffer->y_stride() + 564, 60, 76);
  }
  const Picture source = PictureBuffer::share(std::move(buffer), frame::kBt709);
  const Rect rect{40, 40, 320, 240};
  TileContent t = tile(1, rect, source);
  Picture p = Compositor({.quality = Quality::Low}).compose({&t, 1}, at_ms(0));
  EXPECT_EQ(pixel(p, rect.x + 2, rect.y + 120).y, 180);
  EXPECT_EQ(pixel(p, rect.right() - 3, rect.y + 120).y, 180);
  t.tile.key.source = Source::Share;
  p = Compositor({.quality = Quality::Low}).compose({&t, 1}, at_ms(0));
  EXPECT_EQ(pixel(p, rect.x + 2, rect.y + 120).y, 60);
  EXPECT_EQ(pixel(p, rect.x + 160, rect.y + 120).y, 180);
  EXPECT_TRUE(close(pixel(p, rect.x + 160, rect.y + 10), {16, 128, 128}));  // black above and below
  EXPECT_TRUE(close(pixel(p, rect.x + 160, rect.bottom() - 10), {16, 128, 128}));
}

TEST(Compositor, ShowsAnUprightPhoneWholeOnADarkBackdrop) {
  const Rect rect{40, 40, 640, 360};
  TileContent t = tile(1, rect, plain({360, 640}, {200, 90, 90}));
  const Picture p = Compositor({.quality = Quality::Low}).compose({&t, 1}, at_ms(0));
  EXPECT_TRUE(close(centre(p, rect), {200, 90, 90}));
  const Yuv beside = pixel(p, rect.x + 60, rect.y + 180);
  EXPECT_LT(beside.y, 110);
  EXPECT_LT(beside.u, 110);  // and still of its colour
}

TEST(Compositor, TakesPicturesOfAnySize) {
  for (const Size size : {Size{1, 1}, {1, 90}, {2, 2}, {3, 5}, {321, 181}, {179, 321}, {4000, 6}, {1919, 1079}}) {
    for (const Rotation rotation : {Rotation::None, Rotation::Quarter, Rotation::Half, Rotation::ThreeQuarters}) {
      for (const Source source : {Source::Camera, Source::Share}) {
        TileContent t = tile(1, {40, 40, 320, 180}, plain(size, {150, 100, 90}));
        t.rotation = rotation;
        t.tile.key.source = source;
        const Picture p = Compositor({.quality = Quality::Low}).compose({&t, 1}, at_ms(0));
        if (size.width >= 2 && size.height >= 2) {
          EXPECT_TRUE(close(pixel(p, 199, 129), {150, 100, 90})) << size.width << "x" << size.height;
        }
      }
    }
  }
}

TEST(Compositor, LabelsTilesAndMarksTheMuted) {
  const Rect rect{40, 40, 400, 226};
  const Rect label{52, 236, 60, 20};
  TileContent t = tile(1, rect, plain({640, 360}, {120, 128, 128}));
  EXPECT_EQ(spread(Compositor({}).compose({&t, 1}, at_ms(0)), label), 0);
  t.name = "Ada Lovelace";
  const Picture named = Compositor({}).compose({&t, 1}, at_ms(0));
  EXPECT_GT(spread(named, label), 120);  // white letters on a dark ground
  t.muted = true;
  const Picture muted = Compositor({}).compose({&t, 1}, at_ms(0));
  const auto reddest = [&](const Picture& p) {
    int v = 0;
    for (int y = label.y; y < label.bottom(); ++y) {
      for (int x = label.x; x < label.right(); ++x) v = std::max<int>(v, pixel(p, x, y).v);
    }
    return v;
  };
  EXPECT_LT(reddest(named), 132);
  EXPECT_GT(reddest(muted), 142);
}

TEST(Compositor, KeepsLongAndStrangeNamesInsideTheirTile) {
  const Rect rect{40, 40, 160, 90};
  for (const std::string& name :
       {std::string(5000, 'W'), std::string("\xff\xfe broken \xc3"), std::string("\0x", 2), std::string("a\nb"),
        std::string("\u202e\u0639\u0645\u0631 \U0001f600"), std::string(" ")}) {
    for (const bool muted : {false, true}) {
      std::vector<TileContent> t{tile(1, rect, plain({640, 360}, {120, 128, 128})), tile(2, {210, 40, 160, 90})};
      t[0].name = t[1].name = name;
      t[0].muted = muted;
      const Picture p = Compositor({}).compose(t, at_ms(0));
      EXPECT_TRUE(close(pixel(p, 204, 116), to_yuv(palette_of(Theme::Dark).page))) << name;
    }
  }
}

TEST(Compositor, FramesWhoSpeaks) {
  const Rect rect{40, 40, 400, 226};
  TileContent t = tile(1, rect, plain({640, 360}, {120, 128, 128}));
  const Yuv green = to_yuv(palette_of(Theme::Dark).speaking);
  const auto seen = [&](const Picture& p) { return pixel(p, rect.x + 1, rect.y + 113); };
  EXPECT_TRUE(close(seen(Compositor({}).compose({&t, 1}, at_ms(0))), {120, 128, 128}));
  t.speaking = true;
  Compositor compositor({});
  const Picture p = compositor.compose({&t, 1}, at_ms(0));
  EXPECT_TRUE(close(seen(p), green));
  EXPECT_TRUE(close(pixel(p, rect.x + 200, rect.bottom() - 1), green));
  EXPECT_TRUE(close(pixel(p, rect.x, rect.y), to_yuv(palette_of(Theme::Dark).page)));  // a round corner
  t.speaking = false;
  EXPECT_TRUE(close(seen(compositor.compose({&t, 1}, at_ms(33))), {120, 128, 128}));
}

TEST(Compositor, ShowsAnAvatarOfThePersonsColourWithoutACamera) {
  const Rect rect{40, 40, 400, 226};
  TileContent t = tile(7, rect);
  t.name = "Ada Lovelace";
  const Picture p = Compositor({}).compose({&t, 1}, at_ms(0));
  EXPECT_TRUE(close(pixel(p, rect.x + 200 - 40, rect.y + 113), to_yuv(person_colour("p7")), 4));
  EXPECT_GT(spread(p, {rect.x + 175, rect.y + 98, 50, 30}), 100);  // letters
  EXPECT_TRUE(close(pixel(p, rect.x + 60, rect.y + 40), to_yuv(palette_of(Theme::Dark).tile)));
}

TEST(Compositor, MovesSmoothlyAndEndsExactlyOnTarget) {
  const Composition c{.quality = Quality::Low};
  const Picture red = plain({640, 360}, {90, 90, 220});
  std::vector<TileContent> before{tile(1, {20, 20, 400, 226}, red)};
  std::vector<TileContent> after{tile(1, {500, 300, 200, 112}, red)};
  Compositor compositor(c);
  const Picture start = compositor.compose(before, at_ms(0));
  EXPECT_TRUE(equal(compositor.compose(after, at_ms(1000)), start));  // a move starts where the tile is
  const Picture middle = compositor.compose(after, at_ms(1070));
  EXPECT_FALSE(equal(middle, start));
  const Picture target = Compositor(c).compose(after, at_ms(0));
  EXPECT_FALSE(equal(middle, target));
  EXPECT_TRUE(equal(compositor.compose(after, at_ms(1000) + Motion::kDuration), target));
}

TEST(Compositor, LetsTilesAppearAndDisappearSoftly) {
  const Composition c{.quality = Quality::Low};
  const Yuv bright{220, 128, 128};
  const Yuv page = to_yuv(palette_of(Theme::Dark).page);
  const Rect rect{20, 20, 400, 226};
  const std::vector<TileContent> one{tile(1, rect, plain({640, 360}, bright))};
  Compositor compositor(c);
  EXPECT_TRUE(close(centre(compositor.compose({}, at_ms(0)), rect), page));
  std::vector<int> lumas;
  for (int ms = 100; ms <= 400; ms += 20) lumas.push_back(centre(compositor.compose(one, at_ms(ms)), rect).y);
  EXPECT_TRUE(std::ranges::is_sorted(lumas));
  EXPECT_GT(std::ranges::count_if(lumas, [](int y) { return y > 60 && y < 200; }), 2);
  EXPECT_EQ(lumas.back(), bright.y);
  lumas.clear();
  for (int ms = 500; ms <= 800; ms += 20) lumas.push_back(centre(compositor.compose({}, at_ms(ms)), rect).y);
  EXPECT_TRUE(std::ranges::is_sorted(lumas, std::greater()));
  EXPECT_EQ(lumas.back(), page.y);
  EXPECT_TRUE(equal(compositor.compose({}, at_ms(900)), Compositor(c).compose({}, at_ms(0))));
}

TEST(Compositor, ATurnInTheMiddleOfAMoveDoesNotJump) {
  Motion motion(Motion::State{{0, 0, 100, 100}});
  motion.go({{400, 0, 100, 100}}, at_ms(0));
  const Motion::State middle = motion.at(at_ms(90));
  EXPECT_GT(middle.rect.x, 0);
  EXPECT_LT(middle.rect.x, 400);
  motion.go({{0, 200, 60, 60}}, at_ms(90));
  EXPECT_EQ(motion.at(at_ms(90)), middle);
  EXPECT_EQ(motion.at(at_ms(90) + Motion::kDuration), (Motion::State{{0, 200, 60, 60}}));
}

/// Random changes of everything that a tile can show.
class Scenery {
 public:
  explicit Scenery(uint64_t seed) : rng_(seed), tiles_(with_plain_cameras(composition(), 6)) {}
  static Composition composition() { return {.quality = Quality::Low}; }

  const std::vector<TileContent>& change() {
    if (rng_.chance(0.1)) tiles_ = with_plain_cameras(composition(), static_cast<int>(1 + rng_.below(9)));
    for (TileContent& t : tiles_) {
      if (rng_.chance(0.4)) t.picture = plain({160, 90}, colour_of(static_cast<int>(rng_.below(25))));
      if (rng_.chance(0.05)) t.picture = {};
      if (rng_.chance(0.1)) t.speaking = !t.speaking;
      if (rng_.chance(0.1)) t.muted = !t.muted;
      if (rng_.chance(0.05)) t.name = rng_.text(5);
    }
    return tiles_;
  }

 private:
  Rng rng_;
  std::vector<TileContent> tiles_;
};

TEST(Compositor, WhatItKeepsAndCopiesEqualsWhatItWouldPaintAnew) {
  Scenery scenery(3);
  Compositor compositor(Scenery::composition());
  std::vector<Picture> held;  // as an encoder may do, so that canvases change
  for (int i = 0; i < 60; ++i) {
    const auto& tiles = scenery.change();
    compositor.compose(tiles, at_ms(i * 1000));  // moves begin
    const Picture p = compositor.compose(tiles, at_ms(i * 1000 + 500));
    ASSERT_TRUE(equal(p, Compositor(Scenery::composition()).compose(tiles, at_ms(0)))) << i;
    if (i % 3 == 0) held.push_back(p);
    if (held.size() > 4) held.erase(held.begin());
  }
  EXPECT_GT(compositor.stats().tiles_kept, 20u);
  EXPECT_GT(compositor.stats().tiles_copied, 20u);
}

TEST(Compositor, NeverPaintsOverAPictureThatSomebodyHolds) {
  Scenery scenery(4);
  Compositor compositor(Scenery::composition());
  std::vector<std::pair<Picture, std::vector<uint8_t>>> held;
  for (int i = 0; i < 20; ++i) {
    const Picture p = compositor.compose(scenery.change(), at_ms(i * 33));
    const size_t bytes = static_cast<size_t>(p.y().stride) * static_cast<size_t>(p.height());
    held.emplace_back(p, std::vector<uint8_t>(p.y().data, p.y().data + bytes));
  }
  for (const auto& [picture, bytes] : held) EXPECT_EQ(std::memcmp(picture.y().data, bytes.data(), bytes.size()), 0);
}

TEST(Compositor, PaintsOnlyWhatChanged) {
  const Composition c;
  auto contents = with_plain_cameras(c, 9);
  Compositor compositor(c);
  for (int i = 0; i < 10; ++i) {  // until all canvases have been in use
    for (TileContent& t : contents) t.picture = plain({320, 180}, colour_of(i));
    compositor.compose(contents, at_ms(i * 33));
  }
  const Compositor::Stats before = compositor.stats();
  for (int i = 10; i < 40; ++i) {
    contents[4].picture = plain({320, 180}, colour_of(i % 20));
    compositor.compose(contents, at_ms(i * 33));
  }
  EXPECT_EQ(compositor.stats().tiles_painted - before.tiles_painted, 30u);
  EXPECT_EQ(compositor.stats().drawings, 9u);  // names are laid out once
  const Picture last = compositor.compose(contents, at_ms(5000));
  EXPECT_EQ(compositor.stats().repeated - before.repeated, 1u);
  EXPECT_EQ(compositor.compose(contents, at_ms(6000)).y().data, last.y().data);
}

}  // namespace
}  // namespace parley::media
