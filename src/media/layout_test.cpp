#include "media/layout.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/rng.hpp"

namespace parley::media {
namespace {

Person person(int number) {
  return {.id = ParticipantId(fmt::format("p{}", number)), .camera_on = true, .camera_size = {1280, 720}};
}

std::vector<Person> people(int count) {
  std::vector<Person> all;
  for (int i = 0; i < count; ++i) all.push_back(person(i));
  return all;
}

void speak(std::vector<Person>& all, size_t who, int64_t at) {
  for (Person& p : all) p.active_speaker = false;
  all[who].active_speaker = true;
  all[who].last_spoke = Timestamp::from_us(at);
}

/// "p0 p1 s2": who stands where, screens with s.
std::string names(const std::vector<Tile>& tiles) {
  std::string text;
  for (const Tile& t : tiles) {
    std::string name = t.key.person.value();
    if (t.key.source == Source::Share) name[0] = 's';
    text += (text.empty() ? "" : " ") + name;
  }
  return text;
}

const Composition kGrid;
const Composition kSidebar{.layout = LayoutType::Sidebar};
const Composition kSpotlight{.layout = LayoutType::Spotlight};

TEST(Arrange, GridShowsEverybodyInTheOrderOfJoining) {
  EXPECT_EQ(names(arrange(kGrid, people(4))), "p0 p1 p2 p3");
  EXPECT_EQ(arrange(kGrid, people(30)).size(), 25u);
  EXPECT_TRUE(arrange(kGrid, {}).empty());
  EXPECT_TRUE(arrange({.mode = Mode::Audio}, people(3)).empty());
  for (const Tile& t : arrange(kGrid, people(3))) EXPECT_FALSE(t.main);
}

TEST(Arrange, GridPutsPinnedPeopleFirst) {
  auto all = people(5);
  all[3].camera_pinned = true;
  EXPECT_EQ(names(arrange(kGrid, all)), "p3 p0 p1 p2 p4");
  EXPECT_EQ(names(arrange({.grid_size = 2}, all)), "p3 p0");
}

TEST(Arrange, KeepsPlacesAndLetsASpeakerInForTheLongestSilent) {
  const Composition three{.grid_size = 3};
  auto all = people(6);
  auto tiles = arrange(three, all);
  EXPECT_EQ(names(tiles), "p0 p1 p2");
  speak(all, 1, 10);
  EXPECT_EQ(names(tiles = arrange(three, all, tiles)), "p0 p1 p2");
  speak(all, 4, 20);  // p2 joined later than p0, both silent so far
  EXPECT_EQ(names(tiles = arrange(three, all, tiles)), "p0 p1 p4");
  speak(all, 5, 30);
  EXPECT_EQ(names(tiles = arrange(three, all, tiles)), "p5 p1 p4");
  speak(all, 0, 40);  // p1 spoke at 10, the others later
  EXPECT_EQ(names(tiles = arrange(three, all, tiles)), "p5 p0 p4");
  for (Person& p : all) p.active_speaker = false;
  EXPECT_EQ(names(tiles = arrange(three, all, tiles)), "p5 p0 p4");
}

TEST(Arrange, WhoLeavesIsReplacedInPlaceAndNobodyElseMoves) {
  const Composition four{.grid_size = 4};
  auto all = people(6);
  const auto before = arrange(four, all);
  all.erase(all.begin() + 1);
  const auto after = arrange(four, all, before);
  EXPECT_EQ(names(after), "p0 p4 p2 p3");
  for (const size_t i : {0, 2, 3}) EXPECT_EQ(after[i], before[i]);
}

TEST(Arrange, AScreenIsTheMainPictureOfEveryLayout) {
  auto all = people(3);
  all[1].sharing = true;
  all[1].share_size = {1920, 1080};
  EXPECT_EQ(names(arrange(kGrid, all)), "s1 p0 p1 p2");
  EXPECT_EQ(names(arrange(kSidebar, all)), "s1 p0 p1 p2");
  EXPECT_EQ(names(arrange(kSpotlight, all)), "s1");
  const Tile main = arrange(kGrid, all)[0];
  EXPECT_TRUE(main.main);
  EXPECT_NEAR(main.rect.width / static_cast<double>(main.rect.height), 16.0 / 9, 0.02);
  EXPECT_EQ(names(arrange({.grid_size = 2}, all)), "s1 p0");
  EXPECT_EQ(names(arrange({.grid_size = 1}, all)), "s1");
}

TEST(Arrange, OfSeveralScreensThePresentersIsLarge) {
  auto all = people(3);
  all[0].sharing = all[2].sharing = true;
  EXPECT_EQ(names(arrange(kGrid, all)), "s2 s0 p0 p1 p2");
  all[0].presenting = true;
  EXPECT_EQ(names(arrange(kGrid, all)), "s0 s2 p0 p1 p2");
  all[2].share_pinned = true;
  EXPECT_EQ(names(arrange(kGrid, all)), "s0 s2 p0 p1 p2");
  all[0].presenting = false;
  EXPECT_EQ(names(arrange(kGrid, all)), "s2 s0 p0 p1 p2");
  // Without presenter and pins the screen that is large stays so.
  all[2].share_pinned = false;
  all[1].sharing = true;
  const std::vector<Tile> before{{{all[0].id, Source::Share}, {}, true}};
  EXPECT_EQ(arrange(kSpotlight, all, before)[0].key, before[0].key);
}

TEST(Arrange, SpotlightFollowsTheSpeakerAndStaysWithTheLast) {
  auto all = people(4);
  auto tiles = arrange(kSpotlight, all);
  EXPECT_EQ(names(tiles), "p0");
  all[3].camera_pinned = true;
  EXPECT_EQ(names(arrange(kSpotlight, all, tiles)), "p3");
  speak(all, 2, 5);
  EXPECT_EQ(names(tiles = arrange(kSpotlight, all, tiles)), "p2");  // a speaker outranks a pin
  all[2].active_speaker = false;
  EXPECT_EQ(names(tiles = arrange(kSpotlight, all, tiles)), "p2");
  EXPECT_TRUE(tiles[0].main);
}

TEST(Arrange, SidebarShowsTheOthersBesideTheMain) {
  auto all = people(10);
  speak(all, 8, 5);
  auto tiles = arrange(kSidebar, all);
  EXPECT_EQ(names(tiles), "p8 p0 p1 p2 p3 p4 p5");
  for (size_t i = 1; i < tiles.size(); ++i) EXPECT_GE(tiles[i].rect.x, tiles[0].rect.right());
  speak(all, 2, 9);  // and p8, who spoke a moment ago, takes the place that became free
  EXPECT_EQ(names(tiles = arrange(kSidebar, all, tiles)), "p2 p0 p1 p8 p3 p4 p5");
  const auto portrait = arrange({.layout = LayoutType::Sidebar, .orientation = Orientation::Portrait}, all);
  for (size_t i = 1; i < portrait.size(); ++i) EXPECT_GE(portrait[i].rect.y, portrait[0].rect.bottom());
}

TEST(Arrange, PinPriorityShowsOnlyPinnedPeopleAndTheirScreens) {
  auto all = people(4);
  Composition pin{.priority = Priority::Pin};
  EXPECT_EQ(names(arrange(pin, all)), "p0 p1 p2 p3");  // nobody is pinned
  all[2].camera_pinned = true;
  all[0].sharing = true;
  speak(all, 1, 5);
  EXPECT_EQ(names(arrange(pin, all)), "p2");
  all[2].sharing = true;
  EXPECT_EQ(names(arrange(pin, all)), "s2 p2");
  all[0].share_pinned = true;
  EXPECT_EQ(names(arrange(pin, all)), "s0 s2 p2");
  pin.layout = LayoutType::Spotlight;
  all[0].sharing = all[2].sharing = false;
  EXPECT_EQ(names(arrange(pin, all)), "p2");
}

TEST(Arrange, AGridSizeOutOfBoundsIsBroughtInside) {
  EXPECT_EQ(arrange({.grid_size = 0}, people(3)).size(), 1u);
  EXPECT_EQ(arrange({.grid_size = 99}, people(40)).size(), 25u);
}

/// A meeting where people come, go, speak, share and pin at random.
class Crowd {
 public:
  explicit Crowd(uint64_t seed) : rng_(seed) {}
  void step() {
    ++time_;
    if (all_.size() < 2 || (all_.size() < 40 && rng_.chance(0.2)))
      all_.push_back(person(next_++));
    else if (rng_.chance(0.15))
      all_.erase(all_.begin() + static_cast<ptrdiff_t>(rng_.below(all_.size())));
    Person& p = all_[rng_.below(all_.size())];
    switch (rng_.below(6)) {
      case 0: p.sharing = !p.sharing && rng_.chance(0.2); break;
      case 1: p.camera_pinned = rng_.chance(0.1); break;
      case 2: p.share_pinned = rng_.chance(0.1); break;
      case 3: p.camera_on = !p.camera_on; break;
      default: speak(all_, static_cast<size_t>(&p - all_.data()), time_);
    }
  }
  const std::vector<Person>& all() const { return all_; }

 private:
  Rng rng_;
  std::vector<Person> all_;
  int next_ = 0;
  int64_t time_ = 0;
};

void expect_valid(const Composition& c, const std::vector<Person>& all, const std::vector<Tile>& tiles) {
  std::set<TileKey> seen;
  const frame::Size size = picture_size(c);
  const bool shared = std::ranges::any_of(tiles, [](const Tile& t) { return t.key.source == Source::Share; });
  EXPECT_LE(tiles.size(), static_cast<size_t>(std::max(c.grid_size, 1)) + (c.layout == LayoutType::Grid ? 0 : 6));
  EXPECT_FALSE(tiles.empty());
  for (const Tile& t : tiles) {
    EXPECT_TRUE(seen.insert(t.key).second);
    EXPECT_TRUE(std::ranges::any_of(
        all, [&](const Person& p) { return p.id == t.key.person && (t.key.source == Source::Camera || p.sharing); }));
    EXPECT_EQ((t.rect.x | t.rect.y | t.rect.width | t.rect.height) % 2, 0);
    EXPECT_TRUE(t.rect.x >= 0 && t.rect.y >= 0 && t.rect.right() <= size.width && t.rect.bottom() <= size.height);
    EXPECT_EQ(t.main, &t == tiles.data() && (shared || c.layout != LayoutType::Grid));
  }
}

TEST(Arrange, HoldsItsRulesInAnyMeeting) {
  for (const LayoutType layout : {LayoutType::Grid, LayoutType::Sidebar, LayoutType::Spotlight}) {
    for (const Priority priority : {Priority::Speaker, Priority::Pin}) {
      for (const Orientation orientation : {Orientation::Landscape, Orientation::Portrait}) {
        for (const int grid_size : {1, 4, 9, 25}) {
          const Composition c{
              .layout = layout, .priority = priority, .grid_size = grid_size, .orientation = orientation};
          Crowd crowd(static_cast<uint64_t>(grid_size) * 7 + static_cast<uint64_t>(layout));
          std::vector<Tile> tiles;
          for (int i = 0; i < 200; ++i) {
            crowd.step();
            tiles = arrange(c, crowd.all(), tiles);
            expect_valid(c, crowd.all(), tiles);
            EXPECT_EQ(arrange(c, crowd.all(), tiles), tiles) << "the same people move";
          }
        }
      }
    }
  }
}

TEST(Arrange, TheSpeakerOfAGridIsAlwaysOnStage) {
  Crowd crowd(77);
  const Composition c{.grid_size = 4};
  std::vector<Tile> tiles;
  for (int i = 0; i < 500; ++i) {
    crowd.step();
    tiles = arrange(c, crowd.all(), tiles);
    const auto speaker = std::ranges::find_if(crowd.all(), &Person::active_speaker);
    const auto screens = std::ranges::count(tiles, Source::Share, [](const Tile& t) { return t.key.source; });
    if (speaker == crowd.all().end() || screens >= 4) continue;
    EXPECT_TRUE(std::ranges::any_of(tiles, [&](const Tile& t) {
      return t.key == TileKey{speaker->id, Source::Camera};
    })) << i;
  }
}

}  // namespace
}  // namespace parley::media
