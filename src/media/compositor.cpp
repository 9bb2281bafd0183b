#include "media/compositor.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "media/canvas.hpp"
#include "media/lettering.hpp"
#include "media/motion.hpp"
#include "media/palette.hpp"

namespace parley::media {
namespace {

using frame::Picture;
using frame::PictureBuffer;
using frame::Size;

/// Canvases kept for reuse. An encoder holds one or two; whatever is beyond that is made for the occasion and dropped.
constexpr size_t kMaxCanvases = 5;
/// A camera picture fills its tile unless more than half of it would be lost: then it is shown whole on a backdrop, as
/// a phone held upright in a wide tile.
constexpr double kLeastKept = 0.5;
/// A screen fills its tile if only rounding to even sizes or a resize a moment ago makes the shapes differ.
constexpr double kScreenKept = 0.98;

constexpr int even(int n) { return n & ~1; }

/// Sizes that follow from the size of the picture: at 720p as in the web app, where 1 rem is 16 pixels.
struct Measures {
  explicit Measures(Size size) : shorter(std::min(size.width, size.height)) {}
  int shorter;
  int radius() const { return even(shorter / 60); }
  int ring() const { return std::max(2, even(shorter / 180)); }
  int margin() const { return even(shorter / 90); }
  /// Small on a screen, as the label covers some of what is presented.
  int font(const Tile& tile) const {
    const int height = tile.key.source == Source::Share ? 0 : tile.rect.height;
    return static_cast<int>(std::clamp(height * 0.065, shorter * 0.0165, shorter * 0.025) + 0.5);
  }
  int avatar(const Rect& tile) const {
    return even(std::min(std::min(tile.width, tile.height) * 45 / 100, shorter * 22 / 100));
  }
};

bool same(const Picture& a, const Picture& b) {
  // The pixels of a picture that is held do not change and their address is not used again.
  return a.y().data == b.y().data && a.size() == b.size();
}

/// One tile over its life, from appearing until it has disappeared.
struct Actor {
  uint64_t serial = 0;   ///< never used twice, so that a canvas can tell what is painted on it
  uint64_t version = 0;  ///< counts what changes its looks, other than place and opacity
  TileContent content;
  Motion motion{{}};
  bool leaving = false;
  std::optional<Sprite> label, avatar;  ///< drawn when first needed
};

/// What can be seen at one place of a canvas.
struct Shown {
  uint64_t serial = 0;
  uint64_t version = 0;
  Motion::State state;
  friend bool operator==(const Shown&, const Shown&) = default;
};
using Scene = std::vector<Shown>;

bool same_places(const Scene& a, const Scene& b) {
  return std::ranges::equal(a, b,
                            [](const Shown& x, const Shown& y) { return x.serial == y.serial && x.state == y.state; });
}

struct Sheet {
  std::shared_ptr<PictureBuffer> buffer;
  std::optional<Scene> scene;  ///< what is painted on it; nothing while blank
};

}  // namespace

class Compositor::Painter {
 public:
  Painter(const Composition& composition, CpuClock cpu)
      : cpu_(cpu), size_(picture_size(composition)), measures_(size_), palette_(palette_of(composition.theme)) {
    const CornerStyle style{measures_.radius(), palette_.page, {}, measures_.ring()};
    plain_ = draw_corners(style);
    ringed_ = draw_corners({style.radius, style.page, palette_.speaking, style.thickness});
    draw_label("A", {});  // loads the fonts now rather than in the middle of a recording
  }

  Picture compose(std::span<const TileContent> tiles, Timestamp now);
  const Stats& stats() const { return stats_; }

 private:
  void receive(std::span<const TileContent> tiles, Timestamp now);
  Actor& actor_of(const TileContent& content, Timestamp now);
  void change(Actor& actor, const TileContent& content);
  Sheet& free_sheet();
  void paint(Sheet& sheet, const Scene& scene);
  void paint_tile(Canvas& canvas, Actor& actor, const Motion::State& state);
  void paint_picture(Canvas& canvas, const TileContent& content, const Rect& rect);
  void paint_avatar(Canvas& canvas, Actor& actor, const Rect& rect);
  void paint_label(Canvas& canvas, Actor& actor, const Rect& rect);
  void paint_edge(Canvas& canvas, bool speaking, const Rect& rect);
  void blend(Canvas& canvas, const Sprite& sprite, int x, int y, const Rect& clip);

  CpuClock cpu_;
  Size size_;
  Measures measures_;
  Palette palette_;
  Corners plain_, ringed_;
  std::vector<std::unique_ptr<Actor>> actors_;  ///< in the order of painting
  uint64_t next_serial_ = 1;
  std::vector<Sheet> sheets_;
  Picture last_;
  Scene last_scene_;
  Scratch scratch_;
  Stats stats_;
};

Picture Compositor::Painter::compose(std::span<const TileContent> tiles, Timestamp now) {
  receive(tiles, now);
  ++stats_.pictures;
  Scene scene;
  for (const auto& actor : actors_) scene.push_back({actor->serial, actor->version, actor->motion.at(now)});
  if (!last_.empty() && scene == last_scene_) {
    ++stats_.repeated;
    return last_;
  }
  Sheet& sheet = free_sheet();
  paint(sheet, scene);
  last_ = PictureBuffer::share(sheet.buffer, frame::kBt709);
  last_scene_ = std::move(scene);
  return last_;
}

void Compositor::Painter::receive(std::span<const TileContent> tiles, Timestamp now) {
  std::erase_if(actors_, [&](const auto& a) { return a->leaving && a->motion.done(now); });
  for (const auto& actor : actors_) actor->leaving = true;
  std::vector<Actor*> order;
  for (const TileContent& content : tiles) {
    Actor& actor = actor_of(content, now);
    actor.leaving = false;
    actor.motion.go({content.tile.rect, Motion::kOpaque}, now);
    change(actor, content);
    order.push_back(&actor);
  }
  for (const auto& actor : actors_) {
    if (actor->leaving) actor->motion.go({shrunk(actor->content.tile.rect), 0}, now);
  }
  // Painted last, and so above the others, is what comes last in the layout; what leaves lies under all.
  std::ranges::sort(actors_, {},
                    [&](const auto& a) { return a->leaving ? -1 : std::ranges::find(order, a.get()) - order.begin(); });
}

Actor& Compositor::Painter::actor_of(const TileContent& content, Timestamp now) {
  const auto it = std::ranges::find_if(actors_, [&](const auto& a) { return a->content.tile.key == content.tile.key; });
  if (it != actors_.end()) return **it;
  auto actor = std::make_unique<Actor>();
  actor->serial = next_serial_++;
  actor->content = content;
  const bool first = last_.empty();
  actor->motion = first ? Motion({content.tile.rect, Motion::kOpaque}) : Motion({shrunk(content.tile.rect), 0});
  if (!first) actor->motion.go({content.tile.rect, Motion::kOpaque}, now);
  actors_.push_back(std::move(actor));
  return *actors_.back();
}

void Compositor::Painter::change(Actor& actor, const TileContent& next) {
  TileContent& now = actor.content;
  const bool renamed = next.name != now.name;
  const bool resized = next.tile.rect != now.tile.rect;
  if (renamed || resized || next.muted != now.muted) actor.label.reset();
  if (renamed || resized) actor.avatar.reset();
  if (renamed || resized || next.muted != now.muted || next.speaking != now.speaking || next.rotation != now.rotation ||
      !same(next.picture, now.picture)) {
    ++actor.version;
    now = next;
  }
}

Sheet& Compositor::Painter::free_sheet() {
  for (Sheet& sheet : sheets_) {
    // Only this list holds it, so nobody can begin to read it. The copy orders our writes after the last reader's
    // release, which its reference count saw.
    if (sheet.buffer.use_count() != 1) continue;
    const std::shared_ptr<PictureBuffer> taken = sheet.buffer;
    return sheet;
  }
  // All in use: one in the list gives way, whose readers keep it as long as they need it.
  if (sheets_.size() == kMaxCanvases) sheets_.erase(sheets_.begin());
  sheets_.push_back({std::make_shared<PictureBuffer>(size_), {}});
  return sheets_.back();
}

void Compositor::Painter::paint(Sheet& sheet, const Scene& scene) {
  Canvas canvas(*sheet.buffer, scratch_);
  const bool in_place = sheet.scene && same_places(*sheet.scene, scene);
  const bool last_in_place = !last_.empty() && same_places(last_scene_, scene);
  if (!in_place) {
    canvas.fill({0, 0, size_.width, size_.height}, to_yuv(palette_.page));
    ++stats_.repainted;
  }
  for (size_t i = 0; i < scene.size(); ++i) {
    if (in_place && (*sheet.scene)[i] == scene[i]) {
      ++stats_.tiles_kept;
    } else if (last_in_place && last_scene_[i] == scene[i]) {
      canvas.copy(last_, scene[i].state.rect);
      ++stats_.tiles_copied;
    } else {
      paint_tile(canvas, *actors_[i], scene[i].state);
      ++stats_.tiles_painted;
    }
  }
  sheet.scene = scene;
}

void Compositor::Painter::paint_tile(Canvas& canvas, Actor& actor, const Motion::State& state) {
  const TileContent& content = actor.content;
  const Rect& rect = state.rect;
  if (rect.width < 2 || rect.height < 2) return;
  if (content.picture.width() < 2 || content.picture.height() < 2) {
    canvas.fill(rect, to_yuv(palette_.tile));
    paint_avatar(canvas, actor, rect);
  } else {
    paint_picture(canvas, content, rect);
  }
  if (!content.name.empty()) paint_label(canvas, actor, rect);
  paint_edge(canvas, content.speaking, rect);
  if (state.opacity < Motion::kOpaque) canvas.fade(rect, to_yuv(palette_.page), state.opacity);
}

void Compositor::Painter::paint_picture(Canvas& canvas, const TileContent& content, const Rect& rect) {
  const bool screen = content.tile.key.source == Source::Share;
  const double kept = kept_by_crop(upright(content.picture.size(), content.rotation), rect);
  const bool fills = kept >= (screen ? kScreenKept : kLeastKept);
  const TimeDelta begin = cpu_ ? cpu_() : TimeDelta();
  if (!fills && screen) canvas.fill(rect, to_yuv({0, 0, 0}));
  if (!fills && !screen) canvas.draw_backdrop(content.picture, content.rotation, rect);
  const Rect drawn = canvas.draw(content.picture, content.rotation, rect, fills ? Fit::Crop : Fit::Whole);
  if (cpu_) stats_.scaling += cpu_() - begin;
  stats_.pixels_scaled += static_cast<uint64_t>(drawn.width) * static_cast<uint64_t>(drawn.height);
}

void Compositor::Painter::paint_avatar(Canvas& canvas, Actor& actor, const Rect& rect) {
  const TileContent& content = actor.content;
  const Rect& target = content.tile.rect;  // drawn for where it goes, and carried there
  if (!actor.avatar) {
    const std::string& person = content.tile.key.person.value();
    actor.avatar = draw_avatar(content.name, person_colour(person), measures_.avatar(target));
    ++stats_.drawings;
  }
  const int x = rect.x + even((rect.width - actor.avatar->width) / 2);
  const int y = rect.y + even((rect.height - actor.avatar->height) / 2);
  blend(canvas, *actor.avatar, x, y, rect);
}

void Compositor::Painter::paint_label(Canvas& canvas, Actor& actor, const Rect& rect) {
  const TileContent& content = actor.content;
  const Rect& target = content.tile.rect;
  if (!actor.label) {
    const int room = target.width - 2 * measures_.margin();
    actor.label = draw_label(content.name, {measures_.font(content.tile), room, content.muted});
    ++stats_.drawings;
  }
  const int y = rect.bottom() - measures_.margin() - actor.label->height;
  blend(canvas, *actor.label, rect.x + measures_.margin(), y, rect);
}

void Compositor::Painter::paint_edge(Canvas& canvas, bool speaking, const Rect& rect) {
  const int r = measures_.radius(), ring = measures_.ring();
  if (rect.width < 2 * r || rect.height < 2 * r) return;
  if (speaking) {
    const Yuv colour = to_yuv(palette_.speaking);
    canvas.fill({rect.x + r, rect.y, rect.width - 2 * r, ring}, colour);
    canvas.fill({rect.x + r, rect.bottom() - ring, rect.width - 2 * r, ring}, colour);
    canvas.fill({rect.x, rect.y + r, ring, rect.height - 2 * r}, colour);
    canvas.fill({rect.right() - ring, rect.y + r, ring, rect.height - 2 * r}, colour);
  }
  const Corners& corners = speaking ? ringed_ : plain_;
  for (int i = 0; i < 4; ++i) {
    const int x = i % 2 ? rect.right() - r : rect.x;
    const int y = i / 2 ? rect.bottom() - r : rect.y;
    blend(canvas, corners.sprites[i], x, y, rect);
  }
}

void Compositor::Painter::blend(Canvas& canvas, const Sprite& sprite, int x, int y, const Rect& clip) {
  canvas.blend(sprite, x, y, clip);
  stats_.pixels_blended += static_cast<uint64_t>(sprite.width) * static_cast<uint64_t>(sprite.height);
}

Compositor::Compositor(const Composition& composition, CpuClock cpu)
    : painter_(std::make_unique<Painter>(composition, cpu)) {}
Compositor::~Compositor() = default;
Compositor::Compositor(Compositor&&) noexcept = default;
Compositor& Compositor::operator=(Compositor&&) noexcept = default;

Picture Compositor::compose(std::span<const TileContent> tiles, Timestamp now) { return painter_->compose(tiles, now); }

const Compositor::Stats& Compositor::stats() const { return painter_->stats(); }

}  // namespace parley::media
