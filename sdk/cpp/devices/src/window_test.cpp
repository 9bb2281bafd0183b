#include <parley/devices/window.hpp>

#include <SDL2/SDL.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>

#include "test_process.hpp"
#include "tile_grid.hpp"

/// The libraries of X11 and D-Bus keep some memory to the end, in modules that SDL unloads, where no suppression of the
/// leak checker finds them. Ours is checked for all other faults.
extern "C" int __lsan_is_turned_off() { return 1; }

namespace parley::devices {
namespace {

constexpr int kScreenWidth = 800, kScreenHeight = 600;
const WindowOptions kWindow{.title = "Test", .width = 640, .height = 360};

struct Colour {
  int red = 0, green = 0, blue = 0;
  bool is(int r, int g, int b, int tolerance = 25) const {
    const auto near = [tolerance](int one, int other) { return std::abs(one - other) < tolerance; };
    return near(red, r) && near(green, g) && near(blue, b);
  }
};

/// Tells matrices and ranges apart.
constexpr int kFine = 7;

/// A real X server without a screen: Xvfb keeps its pixels in a file (in xwd's format), which tells what a user would
/// see.
class Screen : public testing::Test {
 protected:
  Screen() {
    // A free display has no lock file; if another takes it meanwhile, Xvfb ends and the next is tried.
    for (int number = 120 + ::getpid() % 500; !display_up_ && number < 1000; ++number) {
      if (std::filesystem::exists("/tmp/.X" + std::to_string(number) + "-lock")) continue;
      const std::string display = ":" + std::to_string(number);
      const std::string size = std::to_string(kScreenWidth) + "x" + std::to_string(kScreenHeight) + "x24";
      server_.emplace(std::vector<std::string>{"Xvfb", display, "-screen", "0", size, "-fbdir", folder_.path(),
                                               "-nolisten", "tcp", "-ac"});
      if (!server_->started()) break;
      ::setenv("DISPLAY", display.c_str(), 1);
      ::setenv("SDL_VIDEODRIVER", "x11", 1);
      ::setenv("SDL_RENDER_DRIVER", "software", 1);
      display_up_ = eventually([&] { return std::filesystem::exists("/tmp/.X11-unix/X" + std::to_string(number)); });
    }
    EXPECT_TRUE(display_up_) << "the program Xvfb is missing";
  }

  std::unique_ptr<Window> open() {
    std::unique_ptr<Window> window;
    std::string why;
    EXPECT_TRUE(eventually([&] {
      auto opened = Window::open(kWindow);
      if (opened) window = std::move(*opened);
      why = opened.error().message;
      return window != nullptr;
    })) << why;
    return window;
  }

  /// At a place of the window, which Xvfb's empty desktop shows where it was asked to.
  Colour at(int x, int y) const {
    std::ifstream in(folder_.path() + "/Xvfb_screen0", std::ios::binary);
    const std::string file((std::istreambuf_iterator<char>(in)), {});
    const auto field = [&](size_t index) {  // xwd's header: 32-bit words, big-endian
      uint32_t value = 0;
      for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(file.at(index * 4 + i));
      return value;
    };
    const size_t pixels = field(0) + size_t{field(19)} * 12;  // header, colour map
    const size_t row = field(12);
    const auto px = static_cast<size_t>(x + (kScreenWidth - kWindow.width) / 2);
    const auto py = static_cast<size_t>(y + (kScreenHeight - kWindow.height) / 2);
    const size_t offset = pixels + py * row + px * 4;
    const auto byte = [&](size_t i) { return static_cast<int>(static_cast<uint8_t>(file.at(offset + i))); };
    return {byte(2), byte(1), byte(0)};
  }

  /// Draws until the window shows what it should.
  template <class Condition>
  bool shows(Window& window, Condition condition) {
    return eventually([&] { return window.draw() && condition(); });
  }

  TestFolder folder_;
  std::optional<TestProcess> server_;
  bool display_up_ = false;
};

struct Yuv {
  uint8_t y, u, v;
};
constexpr Yuv kRed{81, 90, 240}, kBlue{41, 240, 110}, kGreen{145, 54, 34};  // BT.601

/// The left half in one colour, the right half in another.
struct Halves {
  Halves(int width, int height, Yuv left, Yuv right) : bytes(static_cast<size_t>(width * height * 3 / 2)) {
    uint8_t* y = bytes.data();
    uint8_t* u = y + width * height;
    uint8_t* v = u + width * height / 4;
    for (int i = 0; i < width * height; ++i) y[i] = i % width < width / 2 ? left.y : right.y;
    for (int i = 0; i < width * height / 4; ++i) {
      const bool first = i % (width / 2) < width / 4;
      u[i] = first ? left.u : right.u;
      v[i] = first ? left.v : right.v;
    }
    frame.width = width;
    frame.height = height;
    frame.y = {y, width};
    frame.u = {u, width / 2};
    frame.v = {v, width / 2};
  }
  std::vector<uint8_t> bytes;
  VideoFrame frame;
};

TEST_F(Screen, ShowsTilesInAGridAndTheirChanges) {
  const auto window = open();
  ASSERT_TRUE(window);
  {
    const Halves picture(320, 180, kRed, kBlue);
    window->show("a", picture.frame);  // without an owner: copied
  }
  EXPECT_TRUE(shows(*window, [&] { return at(160, 180).is(255, 0, 0) && at(480, 180).is(0, 0, 255); }));
  window->show("b", Halves(64, 64, kGreen, kGreen).frame);
  const auto tiles = tile_grid(2, kWindow.width, kWindow.height);
  const auto centre = [&](size_t i) {
    return at(tiles[i].x + tiles[i].width / 2 - 20, tiles[i].y + tiles[i].height / 2);
  };
  EXPECT_TRUE(shows(*window, [&] { return centre(0).is(255, 0, 0) && centre(1).is(0, 255, 0); }));
  window->show("b", Halves(128, 64, kBlue, kBlue).frame);  // another size
  EXPECT_TRUE(shows(*window, [&] { return centre(1).is(0, 0, 255); }));
  window->remove("a");
  EXPECT_TRUE(shows(*window, [&] { return at(320, 180).is(0, 0, 255); }));
  window->remove("b");
  EXPECT_TRUE(shows(*window, [&] { return at(320, 180).is(20, 20, 24); }));
}

TEST_F(Screen, ConvertsEachPictureByItsOwnColours) {
  const auto window = open();
  ASSERT_TRUE(window);
  // The same green and light grey each; what is not told is BT.601.
  Halves sd(320, 180, {107, 76, 62}, {209, 128, 128}), sd_full(320, 180, {106, 68, 53}, {225, 128, 128});
  Halves hd(320, 180, {127, 67, 56}, {209, 128, 128}), hd_full(320, 180, {129, 59, 46}, {225, 128, 128});
  sd_full.frame.color = {ColorMatrix::Bt601, true};
  hd.frame.color = {ColorMatrix::Bt709, false};
  hd_full.frame.color = {ColorMatrix::Bt709, true};
  const Halves* pictures[] = {&sd, &sd_full, &hd, &hd_full};
  for (size_t i = 0; i < 4; ++i) window->show(std::string(1, static_cast<char>('a' + i)), pictures[i]->frame);
  const auto tiles = tile_grid(4, kWindow.width, kWindow.height);
  const auto shown = [&](size_t i) {
    const int y = tiles[i].y + tiles[i].height / 2;
    const Colour left = at(tiles[i].x + tiles[i].width / 4, y), right = at(tiles[i].x + tiles[i].width * 3 / 4, y);
    return left.is(0, 180, 0, kFine) && right.is(225, 225, 225, kFine);
  };
  for (size_t i = 0; i < 4; ++i) EXPECT_TRUE(shows(*window, [&] { return shown(i); })) << i;
}

TEST_F(Screen, TurnsPicturesUpright) {
  const auto window = open();
  ASSERT_TRUE(window);
  Halves picture(320, 180, kRed, kBlue);
  picture.frame.rotation = 90;  // what was left is above now
  window->show("a", picture.frame);
  EXPECT_TRUE(shows(*window, [&] { return at(320, 60).is(255, 0, 0) && at(320, 300).is(0, 0, 255); }));
  EXPECT_TRUE(at(100, 180).is(20, 20, 24)) << "it is upright, so the sides are free";
  picture.frame.rotation = 180;
  window->show("a", picture.frame);
  EXPECT_TRUE(shows(*window, [&] { return at(160, 180).is(0, 0, 255) && at(480, 180).is(255, 0, 0); }));
}

TEST_F(Screen, SaysWhenTheUserClosedIt) {
  const auto window = open();
  ASSERT_TRUE(window);
  EXPECT_TRUE(window->draw());
  SDL_Event close{};
  close.type = SDL_QUIT;
  SDL_PushEvent(&close);
  EXPECT_FALSE(window->draw());
  EXPECT_FALSE(window->draw());
}

TEST(Window, SaysWhyItCannotBeOpened) {
  ::setenv("DISPLAY", ":9999", 1);
  ::setenv("SDL_VIDEODRIVER", "x11", 1);
  const auto window = Window::open({});
  ASSERT_FALSE(window);
  EXPECT_EQ(window.error().code, kMediaNotReady);
  EXPECT_NE(window.error().message.find("cannot reach the desktop"), std::string::npos);
  EXPECT_EQ(Window::open({.title = "", .width = 0, .height = 1}).error().code, kBadParameter);
}

}  // namespace
}  // namespace parley::devices
