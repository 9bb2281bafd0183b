// What composing costs: pictures of 1, 4, 9 and 25 cameras that all move at 30 a second, 720p. Prints the CPU time of
// one picture and the share of a core, and what of it is scaling, blending and the rest; then what stands still and
// moves.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "bench/cpu_clock.hpp"
#include "media/canvas.hpp"
#include "media/compositor.hpp"
#include "media/lettering.hpp"
#include "media/mixer.hpp"

namespace parley::bench {
namespace {

using media::Canvas;
using media::Composition;
using media::Compositor;
using media::Rect;
using media::TileContent;

constexpr int kFrameRate = 30;
/// Pictures each camera cycles through: as many as a decoder has in flight, so that none is warm in the first caches.
constexpr size_t kPicturesEach = 4;
constexpr int kRounds = 9;
constexpr int kPerRound = 40;

frame::Picture noise(frame::Size size, uint32_t seed) {
  auto buffer = std::make_shared<frame::PictureBuffer>(size);
  const auto fill = [&](uint8_t* plane, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) plane[i] = static_cast<uint8_t>((seed = seed * 1664525 + 1013904223) >> 24);
  };
  fill(buffer->y(), static_cast<size_t>(buffer->y_stride()) * static_cast<size_t>(size.height));
  fill(buffer->u(), static_cast<size_t>(buffer->uv_stride()) * static_cast<size_t>(size.height / 2));
  fill(buffer->v(), static_cast<size_t>(buffer->uv_stride()) * static_cast<size_t>(size.height / 2));
  return frame::PictureBuffer::share(std::move(buffer));
}

/// People in a composition, with cameras that show another picture on each turn.
class Scene {
 public:
  Scene(const Composition& composition, int people, frame::Size source) {
    std::vector<media::Person> all;
    for (int i = 0; i < people; ++i) {
      all.push_back({.id = ParticipantId(fmt::format("p{}", i)), .camera_on = true, .camera_size = source});
    }
    for (const media::Tile& tile : media::arrange(composition, all)) {
      std::vector<frame::Picture> pictures;
      for (size_t i = 0; i < kPicturesEach; ++i) {
        pictures.push_back(noise(source, static_cast<uint32_t>(pictures_.size() * 31 + i)));
      }
      pictures_.push_back(std::move(pictures));
      const bool first = contents_.empty();
      contents_.push_back({.tile = tile, .name = "Ada Lovelace", .speaking = first, .muted = !first});
    }
  }
  const std::vector<TileContent>& turn() {
    ++turn_;
    for (size_t i = 0; i < contents_.size(); ++i) contents_[i].picture = pictures_[i][turn_ % kPicturesEach];
    return contents_;
  }
  std::vector<TileContent>& contents() { return contents_; }

 private:
  std::vector<TileContent> contents_;
  std::vector<std::vector<frame::Picture>> pictures_;
  size_t turn_ = 0;
};

template <typename F>
double cost_once(F&& call) {
  const int64_t start = thread_cpu_ns();
  for (int i = 0; i < kPerRound; ++i) call();
  return static_cast<double>(thread_cpu_ns() - start) / kPerRound;
}

/// CPU time of one call in ns: the least of some rounds, since whatever else the machine does only adds to it.
template <typename F>
double cost(F&& call) {
  double least = 1e18;
  for (int round = 0; round < kRounds; ++round) least = std::min(least, cost_once(call));
  return least;
}

Timestamp picture_time(int64_t number) { return Timestamp::from_us(number * 1'000'000 / kFrameRate); }

struct Costs {
  double all = 1e18;    ///< compose with everything
  double scale = 1e18;  ///< the same scaling alone, into a canvas of its own
  Compositor::Stats work;
};

Costs measure(const Composition& composition, int people, frame::Size source) {
  Scene scene(composition, people, source);
  Compositor compositor(composition);
  media::Scratch scratch;
  frame::PictureBuffer buffer(picture_size(composition));
  Canvas canvas(buffer, scratch);
  int64_t number = 0;
  Costs costs;
  for (int round = 0; round < kRounds; ++round) {  // by turns, so that both meet the same neighbours
    costs.all = std::min(costs.all, cost_once([&] { compositor.compose(scene.turn(), picture_time(number++)); }));
    costs.scale = std::min(costs.scale, cost_once([&] {
                             for (const TileContent& t : scene.turn())
                               canvas.draw(t.picture, t.rotation, t.tile.rect, media::Fit::Crop);
                           }));
  }
  costs.work = compositor.stats();
  return costs;
}

void print_costs() {
  fmt::print(
      "| tiles | sources | ns a picture | of a core at 30/s | scaling | blending, edges and the rest | scaled px | "
      "blended px |\n");
  fmt::print("|---:|---|---:|---:|---:|---:|---:|---:|\n");
  for (const frame::Size source : {frame::Size{640, 360}, {320, 180}, {1280, 720}}) {
    for (const int people : {1, 4, 9, 25}) {
      const Costs c = measure({}, people, source);
      const auto share = [](double ns) {
        const double part = ns * kFrameRate / 1e9;
        return part < 0.001 ? std::string("< 0.001") : fmt::format("{:.3f}", part);  // less cannot be told apart
      };
      fmt::print("| {} | {}x{} | {:.0f} | {} | {} | {} | {} | {} |\n", people, source.width, source.height, c.all,
                 share(c.all), share(c.scale), share(c.all - c.scale), c.work.pixels_scaled / c.work.pictures,
                 c.work.pixels_blended / c.work.pictures);
    }
  }
}

void print_other_states() {
  const Composition composition;
  Scene scene(composition, 9, {640, 360});
  Compositor compositor(composition);
  int64_t number = 0;
  const auto compose = [&] { compositor.compose(scene.contents(), picture_time(number++)); };
  for (size_t i = 0; i < kPicturesEach; ++i) scene.turn(), compose();
  fmt::print("\n| nine tiles of 640x360 | ns a picture |\n|---|---:|\n");
  fmt::print("| nothing changed | {:.0f} |\n", cost(compose));
  const auto one_moves = [&] {
    const auto before = scene.contents();
    const frame::Picture picture = scene.turn()[0].picture;
    scene.contents() = before;
    scene.contents()[0].picture = picture;
    compose();
  };
  fmt::print("| one camera moves | {:.0f} |\n", cost(one_moves));
  // Two change places all the time: every picture is painted as a whole.
  const auto all_move = [&] {
    scene.turn();
    if (number % 8 == 0) std::swap(scene.contents()[0].tile.rect, scene.contents()[8].tile.rect);
    compose();
  };
  fmt::print("| all move, and two change places | {:.0f} |\n", cost(all_move));
  fmt::print("| drawing a label, once | {:.0f} |\n", cost([] { media::draw_label("Ada Lovelace", {}); }));
  fmt::print("| drawing an avatar, once | {:.0f} |\n",
             cost([] { media::draw_avatar("Ada Lovelace", {90, 40, 90}, 100); }));
}

/// The sound of as many microphones, mixed picture by picture.
void print_mixing() {
  fmt::print("\n| mixing the sound of one picture, 33 ms | ns | of a core |\n|---|---:|---:|\n");
  constexpr int kBlock = 960;
  for (const int sources : {1, 9, 25}) {
    media::Mixer mixer;
    frame::Sound block{.channels = 1, .samples = std::vector<int16_t>(kBlock)};
    for (int i = 0; i < kBlock; ++i) block.samples[static_cast<size_t>(i)] = static_cast<int16_t>(i * 37 % 9001 - 4500);
    int64_t written = 0, number = 0;
    const double ns = cost([&] {
      const Timestamp from = picture_time(number++);
      for (; Timestamp::from_us(written * 1000 / 48) < from + TimeDelta::millis(60); written += kBlock) {
        for (int s = 0; s < sources; ++s) {
          mixer.add(media::SoundId(fmt::format("{}", s)), block, Timestamp::from_us(written * 1000 / 48));
        }
      }
      mixer.mix(from, frame::kSampleRate / kFrameRate);
    });
    fmt::print("| {} sources | {:.0f} | {:.4f} |\n", sources, ns, ns * kFrameRate / 1e9);
  }
}

}  // namespace
}  // namespace parley::bench

int main() {
  parley::bench::print_costs();
  parley::bench::print_other_states();
  parley::bench::print_mixing();
}
