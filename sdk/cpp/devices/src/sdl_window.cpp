#include <parley/devices/window.hpp>

#include <SDL2/SDL.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <vector>

#include "tile_grid.hpp"

namespace parley::devices {
namespace {

struct Destroy {
  void operator()(SDL_Window* window) const { SDL_DestroyWindow(window); }
  void operator()(SDL_Renderer* renderer) const { SDL_DestroyRenderer(renderer); }
  void operator()(SDL_Texture* texture) const { SDL_DestroyTexture(texture); }
};
template <class Thing>
using Owned = std::unique_ptr<Thing, Destroy>;

Error error(const std::string& what) { return {kMediaNotReady, what + ": " + SDL_GetError()}; }

/// `span`: of what 0 to 255 become in limited range, from 16 on; 255 leaves them as they are.
void copy_plane(std::vector<uint8_t>& to, const VideoPlane& from, int width, int height, int span) {
  for (int row = 0; row < height; ++row) {
    const uint8_t* bytes = from.data + static_cast<ptrdiff_t>(row) * from.stride;
    if (span == 255) {
      to.insert(to.end(), bytes, bytes + width);
    } else {
      std::transform(bytes, bytes + width, std::back_inserter(to),
                     [span](uint8_t value) { return static_cast<uint8_t>(16 + (value * span + 127) / 255); });
    }
  }
}

/// SDL knows full range with BT.601 only: pictures become limited ones here.
VideoFrame owned(const VideoFrame& frame) {
  const bool full = frame.color.fullRange;
  if (frame.owner && !full) return frame;
  const int chroma_width = (frame.width + 1) / 2, chroma_height = (frame.height + 1) / 2;
  auto pixels = std::make_shared<std::vector<uint8_t>>();
  const auto luma = static_cast<size_t>(frame.width) * static_cast<size_t>(frame.height);
  const auto chroma = static_cast<size_t>(chroma_width) * static_cast<size_t>(chroma_height);
  pixels->reserve(luma + 2 * chroma);
  copy_plane(*pixels, frame.y, frame.width, frame.height, full ? 219 : 255);
  copy_plane(*pixels, frame.u, chroma_width, chroma_height, full ? 224 : 255);
  copy_plane(*pixels, frame.v, chroma_width, chroma_height, full ? 224 : 255);
  VideoFrame copy = frame;
  copy.y = {pixels->data(), frame.width};
  copy.u = {pixels->data() + luma, chroma_width};
  copy.v = {pixels->data() + luma + chroma, chroma_width};
  copy.color.fullRange = false;
  copy.owner = std::move(pixels);
  return copy;
}

class SdlWindow final : public Window {
 public:
  SdlWindow(Owned<SDL_Window> window, Owned<SDL_Renderer> renderer)
      : window_(std::move(window)), renderer_(std::move(renderer)) {}
  ~SdlWindow() override {
    textures_.clear();
    renderer_.reset();
    window_.reset();
    SDL_QuitSubSystem(SDL_INIT_VIDEO);
  }

  void show(const std::string& tile, const VideoFrame& frame) override {
    if (frame.width <= 0 || frame.height <= 0) return;
    VideoFrame kept = owned(frame);
    const std::lock_guard lock(mutex_);
    Tile& shown = tiles_[tile];
    shown.frame = std::move(kept);
    shown.fresh = true;
  }
  void remove(const std::string& tile) override {
    const std::lock_guard lock(mutex_);
    tiles_.erase(tile);
  }

  bool draw() override {
    for (SDL_Event event; SDL_PollEvent(&event);) {
      if (event.type == SDL_QUIT) closed_ = true;
    }
    if (closed_) return false;
    const std::map<std::string, Tile> tiles = take_tiles();
    std::erase_if(textures_, [&](const auto& each) { return !tiles.contains(each.first); });
    SDL_SetRenderDrawColor(renderer_.get(), 20, 20, 24, 255);
    SDL_RenderClear(renderer_.get());
    int width = 0, height = 0;
    SDL_GetRendererOutputSize(renderer_.get(), &width, &height);
    const auto areas = tile_grid(tiles.size(), width, height);
    size_t place = 0;
    for (const auto& [id, tile] : tiles) draw_tile(textures_[id], tile, areas[place++]);
    SDL_RenderPresent(renderer_.get());
    return true;
  }

 private:
  struct Tile {
    VideoFrame frame;
    bool fresh = false;  ///< not yet in its texture
  };
  struct Texture {
    Owned<SDL_Texture> texture;
    int width = 0, height = 0;
  };

  std::map<std::string, Tile> take_tiles() {
    const std::lock_guard lock(mutex_);
    std::map<std::string, Tile> tiles = tiles_;
    for (auto& [id, tile] : tiles_) tile.fresh = false;
    return tiles;
  }

  void draw_tile(Texture& texture, const Tile& tile, const TileArea& area) {
    const VideoFrame& frame = tile.frame;
    const bool resized = texture.width != frame.width || texture.height != frame.height;
    if (resized || !texture.texture) {
      texture.texture.reset(SDL_CreateTexture(renderer_.get(), SDL_PIXELFORMAT_IYUV, SDL_TEXTUREACCESS_STREAMING,
                                              frame.width, frame.height));
      texture.width = frame.width, texture.height = frame.height;
    }
    if (!texture.texture) return;
    // SDL converts by what is set as it takes a picture over, or as it draws: each is drawn before the next one's is
    // set. It has no BT.2020, to which BT.709 is the nearer.
    SDL_RenderFlush(renderer_.get());
    const bool sd = frame.color.matrix == ColorMatrix::Bt601;
    SDL_SetYUVConversionMode(sd ? SDL_YUV_CONVERSION_BT601 : SDL_YUV_CONVERSION_BT709);
    if (tile.fresh || resized) {
      SDL_UpdateYUVTexture(texture.texture.get(), nullptr, frame.y.data, frame.y.stride, frame.u.data, frame.u.stride,
                           frame.v.data, frame.v.stride);
    }
    // SDL turns about the middle of the area that the unturned picture would fill.
    const bool lies = frame.rotation == 90 || frame.rotation == 270;
    const TileArea seen = lies ? fit(area, frame.height, frame.width) : fit(area, frame.width, frame.height);
    const int width = lies ? seen.height : seen.width, height = lies ? seen.width : seen.height;
    const SDL_Rect target{seen.x + (seen.width - width) / 2, seen.y + (seen.height - height) / 2, width, height};
    SDL_RenderCopyEx(renderer_.get(), texture.texture.get(), nullptr, &target, frame.rotation, nullptr, SDL_FLIP_NONE);
  }

  Owned<SDL_Window> window_;
  Owned<SDL_Renderer> renderer_;
  std::map<std::string, Texture> textures_;
  bool closed_ = false;
  std::mutex mutex_;
  std::map<std::string, Tile> tiles_;
};

}  // namespace

Result<std::unique_ptr<Window>> Window::open(const WindowOptions& options) {
  if (options.width < 1 || options.height < 1) return Error{kBadParameter, "width and height must be at least 1"};
  if (SDL_InitSubSystem(SDL_INIT_VIDEO) != 0) return error("cannot reach the desktop");
  Owned<SDL_Window> window(SDL_CreateWindow(options.title.c_str(), SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
                                            options.width, options.height, SDL_WINDOW_RESIZABLE));
  Owned<SDL_Renderer> renderer(window ? SDL_CreateRenderer(window.get(), -1, 0) : nullptr);
  if (!renderer) {
    const Error failed = error("cannot open a window");
    window.reset();
    SDL_QuitSubSystem(SDL_INIT_VIDEO);
    return failed;
  }
  return std::unique_ptr<Window>(std::make_unique<SdlWindow>(std::move(window), std::move(renderer)));
}

}  // namespace parley::devices
