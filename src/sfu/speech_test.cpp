#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <vector>

#include "base/rng.hpp"
#include "sfu/dominant_speaker.hpp"
#include "sfu/speech_activity.hpp"

namespace parley::sfu {
namespace {

constexpr Timestamp kStart = Timestamp::from_us(50'000'000);
constexpr TimeDelta kPacket = TimeDelta::millis(20);
constexpr uint8_t kSilence = 127;

/// Syllables of about 200 ms at `level` (-dBov) with short gaps, over a background at 70.
uint8_t talk(int64_t ms, uint8_t level, Rng& rng) {
  if (ms % 1500 > 1350) return static_cast<uint8_t>(68 + rng.below(5));  // a breath
  if (ms % 260 > 210) return static_cast<uint8_t>(level + 18);
  return static_cast<uint8_t>(level + rng.below(8));
}
uint8_t background(Rng& rng) { return static_cast<uint8_t>(68 + rng.below(5)); }

/// A room of tracks; each has a function that gives its level at a time.
class Room {
 public:
  using Level = std::function<uint8_t(int64_t ms, Rng& rng)>;
  void add(uint64_t id, Level level) { tracks_[id] = {std::move(level), {}}; }
  void set(uint64_t id, Level level) { tracks_[id].level = std::move(level); }
  void remove(uint64_t id) {
    tracks_.erase(id);
    speaker_.remove(track(id));
  }
  /// 0: none.
  uint64_t run(int64_t ms) {
    for (const int64_t end = ms_ + ms; ms_ < end; ms_ += 20) {
      const Timestamp now = kStart + TimeDelta::millis(ms_);
      std::vector<DominantSpeaker::Item> items;
      for (auto& [id, each] : tracks_) {
        const uint8_t level = each.level(ms_, rng_);
        if (level != kSilence) each.activity.on_level({true, level}, now);
        items.push_back({track(id), each.activity.scores(now), each.activity.voiced(now)});
      }
      const auto before = dominant_;
      const auto dominant = speaker_.update(items, now);
      dominant_ = dominant ? dominant->connection.value() : 0;
      if (dominant_ != before) changes_.emplace_back(ms_, dominant_);
    }
    return dominant_;
  }
  const std::vector<std::pair<int64_t, uint64_t>>& changes() const { return changes_; }

 private:
  struct Member {
    Level level;
    SpeechActivity activity;
  };
  static TrackId track(uint64_t id) { return {ConnectionId(id), 0}; }

  Rng rng_{7};
  std::map<uint64_t, Member> tracks_;
  DominantSpeaker speaker_;
  int64_t ms_ = 0;
  uint64_t dominant_ = 0;
  std::vector<std::pair<int64_t, uint64_t>> changes_;
};

Room::Level talker(uint8_t level) {
  return [level](int64_t ms, Rng& rng) { return talk(ms, level, rng); };
}
Room::Level quiet() {
  return [](int64_t, Rng& rng) { return background(rng); };
}
Room::Level muted() {
  return [](int64_t, Rng&) { return kSilence; };
}

TEST(SpeechActivity, ScoresRiseWithSpeechOnAllScales) {
  Rng rng(1);
  SpeechActivity activity;
  Timestamp now = kStart;
  for (int64_t ms = 0; ms < 2000; ms += 20, now += kPacket) activity.on_level({true, background(rng)}, now);
  EXPECT_FALSE(activity.voiced(now));
  EXPECT_LT(activity.scores(now).long_term, 1e-9);
  EXPECT_NEAR(activity.mean_level(now), 70, 2);
  for (int64_t ms = 0; ms < 1000; ms += 20, now += kPacket) activity.on_level({true, 30}, now);
  EXPECT_TRUE(activity.voiced(now));
  EXPECT_GT(activity.scores(now).immediate, 1);
  EXPECT_GT(activity.scores(now).medium, 50);
  EXPECT_GT(activity.scores(now).long_term, 200);
  EXPECT_NEAR(activity.mean_level(now), 30, 2);
}

TEST(SpeechActivity, SilenceOfPacketsIsSilence) {
  SpeechActivity activity;
  Timestamp now = kStart;
  for (int i = 0; i < 50; ++i, now += kPacket) activity.on_level({true, 25}, now);
  EXPECT_TRUE(activity.voiced(now));
  now += TimeDelta::seconds(2);  // DTX or mute
  EXPECT_FALSE(activity.voiced(now));
  EXPECT_EQ(activity.mean_level(now), 127);
  EXPECT_LT(activity.scores(now).immediate, 1e-9);
}

TEST(SpeechActivity, LongPacketsCountForTheirWholeTime) {
  SpeechActivity activity;
  Timestamp now = kStart;
  for (int i = 0; i < 20; ++i, now += kPacket * 3) activity.on_level({true, 25}, now);
  EXPECT_TRUE(activity.voiced(now));
  EXPECT_GT(activity.scores(now).long_term, 200);
}

TEST(SpeechActivity, LevelsOutOfOrderAndJumpsOfTimeAreHarmless) {
  SpeechActivity activity;
  activity.on_level({true, 25}, kStart + TimeDelta::seconds(5));
  activity.on_level({true, 25}, kStart);
  activity.on_level({true, 25}, kStart + TimeDelta::seconds(86'400));
  EXPECT_FALSE(activity.voiced(kStart + TimeDelta::seconds(86'401)));
}

TEST(SpeechActivity, SteadyNoiseBecomesBackground) {
  Rng rng(3);
  SpeechActivity activity;
  Timestamp now = kStart;
  const auto hum = [&](int64_t ms) {
    for (int64_t t = 0; t < ms; t += 20, now += kPacket) {
      activity.on_level({true, static_cast<uint8_t>(50 + rng.below(3))}, now);
    }
  };
  hum(40'000);
  EXPECT_FALSE(activity.voiced(now)) << "a fan at -50 dBov";
  for (int i = 0; i < 50; ++i, now += kPacket) activity.on_level({true, 25}, now);
  EXPECT_TRUE(activity.voiced(now)) << "and speech over it";
}

TEST(DominantSpeaker, FollowsTheTalker) {
  Room room;
  room.add(1, quiet());
  room.add(2, quiet());
  room.add(3, muted());
  EXPECT_EQ(room.run(3000), 0u);
  room.set(2, talker(30));
  EXPECT_EQ(room.run(1000), 2u) << "within a second";
  EXPECT_EQ(room.run(20'000), 2u);
  EXPECT_EQ(room.changes().size(), 1u) << "breaths and gaps change nothing";
  room.set(2, quiet());
  room.set(1, talker(35));
  EXPECT_EQ(room.run(2000), 1u);
}

TEST(DominantSpeaker, AKnockDoesNotTakeOver) {
  Room room;
  room.add(1, talker(30));
  room.add(2, [](int64_t ms, Rng& rng) { return ms % 3000 < 80 ? uint8_t{5} : background(rng); });
  EXPECT_EQ(room.run(30'000), 1u);
  EXPECT_EQ(room.changes().size(), 1u);
}

TEST(DominantSpeaker, KnocksAloneMakeNobodyDominant) {
  Room room;
  room.add(1, quiet());
  room.add(2, [](int64_t ms, Rng& rng) { return ms % 2000 < 80 ? uint8_t{5} : background(rng); });
  EXPECT_EQ(room.run(20'000), 0u);
}

TEST(DominantSpeaker, CrosstalkStaysWithTheFirst) {
  Room room;
  room.add(1, talker(30));
  room.add(2, quiet());
  room.run(5000);
  room.set(2, [](int64_t ms, Rng& rng) { return talk(ms + 700, 33, rng); });
  EXPECT_EQ(room.run(4000), 1u);
  // Words of assent while the first goes on.
  room.set(2, [](int64_t ms, Rng& rng) { return ms % 4000 < 300 ? uint8_t{35} : background(rng); });
  EXPECT_EQ(room.run(20'000), 1u);
  EXPECT_LE(room.changes().size(), 3u);
}

TEST(DominantSpeaker, TurnsAreFollowedBothWays) {
  Room room;
  room.add(1, [](int64_t ms, Rng& rng) { return ms / 5000 % 2 == 0 ? talk(ms, 30, rng) : background(rng); });
  room.add(2, [](int64_t ms, Rng& rng) { return ms / 5000 % 2 == 1 ? talk(ms, 40, rng) : background(rng); });
  for (int turn = 0; turn < 8; ++turn) EXPECT_EQ(room.run(5000), turn % 2 == 0 ? 1u : 2u) << turn;
  EXPECT_LE(room.changes().size(), 8u) << "one change a turn";
}

TEST(DominantSpeaker, AfterSilenceThereIsNone) {
  Room room;
  room.add(1, talker(30));
  room.add(2, quiet());
  room.run(5000);
  room.set(1, quiet());
  EXPECT_EQ(room.run(3000), 1u) << "held over a pause";
  EXPECT_EQ(room.run(2000), 0u);
}

TEST(DominantSpeaker, ATrackThatEndsIsForgotten) {
  Room room;
  room.add(1, talker(30));
  room.add(2, [](int64_t ms, Rng& rng) { return talk(ms + 500, 32, rng); });
  room.run(3000);
  const uint64_t first = room.run(20);
  room.remove(first);
  EXPECT_EQ(room.run(1000), 3 - first);
}

}  // namespace
}  // namespace parley::sfu
