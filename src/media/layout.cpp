#include "media/layout.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

namespace parley::media {
namespace {

/// One picture that may be shown, and how much it deserves a place.
struct Candidate {
  const Person* person = nullptr;
  Source source = Source::Camera;
  bool pinned = false;

  bool is(const TileKey& key) const { return key.source == source && key.person == person->id; }
  bool speaks() const { return person->active_speaker && source == Source::Camera; }
  int64_t spoke() const { return person->last_spoke ? person->last_spoke->us() : std::numeric_limits<int64_t>::min(); }
  /// Bigger is more worthy. Screens are always worth a place; never having spoken counts as long ago.
  auto worth() const { return std::tuple(source == Source::Share, speaks(), pinned, spoke(), person->camera_on); }
};
using Candidates = std::vector<Candidate>;

bool pinned(const Person& p) { return p.camera_pinned || (p.share_pinned && p.sharing); }

/// All pictures that this priority lets in: screens first, then cameras, each in the order of joining.
Candidates candidates(const Composition& composition, std::span<const Person> people) {
  const bool only_pinned = composition.priority == Priority::Pin && std::ranges::any_of(people, pinned);
  Candidates all;
  for (const Person& p : people) {
    if (p.sharing && (!only_pinned || pinned(p))) all.push_back({&p, Source::Share, p.share_pinned});
  }
  for (const Person& p : people) {
    if (!only_pinned || p.camera_pinned) all.push_back({&p, Source::Camera, p.camera_pinned});
  }
  return all;
}

bool was_main(const Candidate& c, std::span<const Tile> previous) {
  return std::ranges::any_of(previous, [&](const Tile& t) { return t.main && c.is(t.key); });
}

const Candidate* main_share(const Composition& composition, const Candidates& all, std::span<const Tile> previous) {
  const auto rank = [&](const Candidate& c) {
    const bool presents = c.person->presenting;
    const bool pin_first = composition.priority == Priority::Pin;
    return std::tuple(pin_first ? c.pinned : presents, pin_first ? presents : c.pinned, was_main(c, previous));
  };
  const Candidate* best = nullptr;
  for (const Candidate& c : all) {
    if (c.source == Source::Share && (!best || rank(c) >= rank(*best))) best = &c;
  }
  return best;
}

const Candidate* main_camera(const Candidates& all, std::span<const Tile> previous) {
  const auto rank = [&](const Candidate& c) {
    return std::tuple(c.person->active_speaker, c.spoke(), c.pinned, was_main(c, previous), c.person->camera_on);
  };
  const Candidate* best = nullptr;
  for (const Candidate& c : all) {
    if (!best || rank(c) > rank(*best)) best = &c;
  }
  return best;
}

bool holds(const std::vector<const Candidate*>& stage, const Candidate& c) {
  return std::ranges::find(stage, &c) != stage.end();
}

/// Who of `waiting` most deserves a place; the first of equals, which joined first.
const Candidate* most_worthy(const Candidates& all, const std::vector<const Candidate*>& stage) {
  const Candidate* best = nullptr;
  for (const Candidate& c : all) {
    if (!holds(stage, c) && (!best || c.worth() > best->worth())) best = &c;
  }
  return best;
}

/// Those of the last arrangement in their places; who has gone leaves a hole, which somebody who waits fills.
std::vector<const Candidate*> kept_places(const Candidates& all, size_t places, std::span<const Tile> previous) {
  std::vector<const Candidate*> stage;
  for (const Tile& tile : previous) {
    const auto here = std::ranges::find_if(all, [&](const Candidate& c) { return c.is(tile.key); });
    stage.push_back(here == all.end() ? nullptr : &*here);
  }
  size_t present = static_cast<size_t>(std::ranges::count_if(stage, [](const Candidate* c) { return c != nullptr; }));
  for (const Candidate*& place : stage) {
    if (place || present >= places) continue;
    place = most_worthy(all, stage);
    if (place) ++present;
  }
  std::erase(stage, nullptr);
  return stage;
}

/// Lets in whoever must be seen (a screen, a pinned person, the speaker) for the one on stage that is worth least.
void admit_urgent(const Candidates& all, std::vector<const Candidate*>& stage) {
  for (;;) {
    const Candidate* next = most_worthy(all, stage);
    if (!next || !(next->pinned || next->speaks() || next->source == Source::Share)) return;
    // The last of equals goes: who joined late has least right to a place.
    auto least = stage.begin();
    for (auto it = stage.begin(); it != stage.end(); ++it) {
      if ((*it)->worth() <= (*least)->worth()) least = it;
    }
    if (least == stage.end() || (*least)->worth() >= next->worth()) return;
    *least = next;
  }
}

/// At most `places` of the candidates, in their order on stage.
std::vector<const Candidate*> cast(const Candidates& all, size_t places, std::span<const Tile> previous) {
  std::vector<const Candidate*> stage = kept_places(all, places, previous);
  while (stage.size() > places) {
    stage.erase(std::ranges::min_element(stage, {}, [](const Candidate* c) { return c->worth(); }));
  }
  // The first to fill an empty stage are those worth most; then they stand in the order of joining.
  const size_t kept = stage.size();
  while (stage.size() < std::min(places, all.size())) stage.push_back(most_worthy(all, stage));
  std::sort(stage.begin() + static_cast<ptrdiff_t>(kept), stage.end());
  admit_urgent(all, stage);
  const auto first = [](const Candidate* c) { return c->source == Source::Share || c->pinned; };
  std::vector<const Candidate*> ordered;
  std::ranges::copy_if(stage, std::back_inserter(ordered), first);
  std::ranges::copy_if(stage, std::back_inserter(ordered), std::not_fn(first));
  return ordered;
}

Tile tile_of(const Candidate& c, const Rect& rect, bool main) { return {{c.person->id, c.source}, rect, main}; }

size_t grid_places(const Composition& c) { return static_cast<size_t>(std::clamp(c.grid_size, 1, kMaxGridSize)); }

/// A screen is shown whole, a camera may be cut a little to fill its place.
MainPicture main_picture(const Candidate& main) {
  if (main.source == Source::Share) return {main.person->share_size, true};
  return {main.person->camera_size, false};
}

/// The side tiles of the last arrangement; who was large until now changes places with who is large from now on.
std::vector<Tile> places_beside(const Candidate& main, std::span<const Tile> previous) {
  std::vector<Tile> beside;
  std::optional<Tile> was_large;
  for (const Tile& t : previous) {
    if (t.main && !main.is(t.key)) {
      was_large = t;
    } else if (!main.is(t.key)) {
      beside.push_back(t);
    } else if (was_large) {
      beside.push_back(*std::exchange(was_large, std::nullopt));
    }
  }
  if (was_large) beside.push_back(*was_large);
  return beside;
}

std::vector<Tile> with_main(const Composition& composition, Candidates all, const Candidate& chosen,
                            std::span<const Tile> previous) {
  const Candidate main = chosen;
  std::erase_if(all, [&](const Candidate& c) { return c.person == main.person && c.source == main.source; });
  size_t places = composition.layout == LayoutType::Spotlight ? 0 : kMaxSideTiles;
  if (composition.layout == LayoutType::Grid) places = std::min(places, grid_places(composition) - 1);
  const std::vector<const Candidate*> stage = cast(all, places, places_beside(main, previous));
  const MainAndSide rects =
      main_and_side(main_picture(main), static_cast<int>(stage.size()), picture_size(composition));
  std::vector<Tile> tiles{tile_of(main, rects.main, true)};
  for (size_t i = 0; i < stage.size(); ++i) tiles.push_back(tile_of(*stage[i], rects.side[i], false));
  return tiles;
}

std::vector<Tile> even_grid(const Composition& composition, const Candidates& all, std::span<const Tile> previous) {
  const std::vector<const Candidate*> stage = cast(all, grid_places(composition), previous);
  const frame::Size size = picture_size(composition);
  const int gap = gap_of(size);
  const Rect area{gap, gap, size.width - 2 * gap, size.height - 2 * gap};
  if (stage.size() == 1) return {tile_of(*stage[0], fit_cropped(stage[0]->person->camera_size, area), false)};
  // A wide camera loses a quarter at most in a landscape picture; a tall picture would be half empty without squares.
  const frame::Size narrowest = size.width >= size.height ? frame::Size{4, 3} : frame::Size{1, 1};
  const std::vector<Rect> rects = grid(static_cast<int>(stage.size()), area, {gap, narrowest});
  std::vector<Tile> tiles;
  for (size_t i = 0; i < stage.size(); ++i) tiles.push_back(tile_of(*stage[i], rects[i], false));
  return tiles;
}

}  // namespace

std::vector<Tile> arrange(const Composition& composition, std::span<const Person> people,
                          std::span<const Tile> previous) {
  if (composition.mode == Mode::Audio || people.empty()) return {};
  const Candidates all = candidates(composition, people);
  if (const Candidate* share = main_share(composition, all, previous)) {
    return with_main(composition, all, *share, previous);
  }
  if (composition.layout == LayoutType::Grid) return even_grid(composition, all, previous);
  return with_main(composition, all, *main_camera(all, previous), previous);
}

}  // namespace parley::media
