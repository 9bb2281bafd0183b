#include <gtest/gtest.h>

#include "egress/stage_play.hpp"

namespace parley::egress {
namespace {

/// A room's life in random order: people, requests, a worker that works, lies, dies and hangs, tasks that fail.
class Troupe {
 public:
  explicit Troupe(uint64_t seed) : rng_(seed), play_(seed) {
    play_.studio.set_multi({.recording = rng_.chance(0.5), .hls = rng_.chance(0.5)});
  }

  void step() {
    switch (rng_.below(16)) {
      case 0: return open_or_close();
      case 1:
      case 2:
      case 3: return start();
      case 4: return stop();
      case 5: return pause_or_update();
      case 6: return outputs();
      case 7: return come_or_go();
      case 8: return die();
      case 9: return end_task();
      case 10: return play_.pass(TimeDelta::millis(static_cast<int64_t>(rng_.below(40'000))));
      default: return fact();
    }
  }

  /// Nobody does anything any more; the world ends what it must.
  void wind_down() {
    if (open_) open_or_close();
    for (int i = 0; i < 2000 && !(play_.studio.idle() && play_.alive.empty()); ++i) {
      while (!play_.tasks.empty()) end_task();
      if (!play_.alive.empty() && rng_.chance(0.3)) die();
      if (!play_.studio.next_deadline().is_never()) play_.skip();
    }
  }
  StagePlay& play() { return play_; }

 private:
  EgressId any_id() {
    if (play_.kept.empty() || rng_.chance(0.05)) return EgressId("nobody");
    auto it = play_.kept.begin();
    std::advance(it, rng_.below(play_.kept.size()));
    return it->first;
  }
  Kind kind_of(const EgressId& id) {
    const auto it = play_.kept.find(id);
    return it == play_.kept.end() ? static_cast<Kind>(rng_.below(5)) : it->second.kind;
  }
  void open_or_close() {
    open_ ? play_.close() : play_.open();
    open_ = !open_;
  }
  void start() {
    StartRequest request{.kind = static_cast<Kind>(rng_.below(5))};
    if (request.kind == Kind::Livestream) request = livestream_request();
    if (request.kind == Kind::ParticipantRecording) request.target = Target{any_participant(), {}};
    if (request.kind == Kind::TrackRecording) {
      request.target = Target{any_participant(), static_cast<TrackKind>(rng_.below(4))};
    }
    if (rng_.chance(0.2)) request.close_room_after_s = static_cast<int>(rng_.below(60));
    EXPECT_EQ(play_.start(std::move(request)).has_value() && !open_, false) << "nothing starts in an empty room";
  }
  ParticipantId any_participant() { return ParticipantId(std::string(1, static_cast<char>('a' + rng_.below(3)))); }
  void stop() {
    const EgressId id = any_id();
    play_.stop({kind_of(id), rng_.chance(0.5) ? id : EgressId()});
  }
  void pause_or_update() {
    const EgressId id = any_id();
    const bool paused = rng_.chance(0.5);
    const Layout layout{static_cast<LayoutType>(rng_.below(3)), Priority::Speaker,
                        1 + static_cast<int>(rng_.below(25))};
    play_.run([&](Effects& out) {
      if (rng_.chance(0.5)) {
        (void)play_.studio.pause({kind_of(id), id}, paused, play_.at(), out);
      } else {
        (void)play_.studio.update({kind_of(id), id}, layout, Theme::Dark, play_.at(), out);
      }
    });
  }
  void outputs() {
    const EgressId id = any_id();
    play_.run([&](Effects& out) {
      (void)play_.studio.change_outputs({Kind::Livestream, id}, {{"", "rtmp://n/n", kKey}},
                                        {rng_.chance(0.5) ? "rtmp://b.example/x" : "rtmp://n/n"}, play_.at(), out);
    });
  }
  void come_or_go() {
    if (rng_.chance(0.5)) {
      play_.studio.on_participant_exited(any_participant(), play_.at());
    } else {
      play_.studio.on_participant_entered(any_participant());
    }
  }
  void die() {
    if (!play_.alive.empty()) play_.die(*play_.alive.begin());
  }
  void end_task() {
    if (play_.tasks.empty()) return;
    const auto& job = std::get<Finalise>(play_.tasks.begin()->second).job;
    const EgressId id = job.id;
    if (rng_.chance(0.3)) return play_.end_task(std::unexpected(Failed{id, "disk-full", "no space"}));
    play_.end_task(Finished{id, rng_.chance(0.8) ? std::vector{kFile} : std::vector<File>()});
  }
  /// What a worker may blurt out: no more than it was told.
  std::string key(WorkerId worker) const { return play_.knows_key.contains(worker) ? kKey : "nothing"; }
  void fact() {
    const EgressId id = any_id();
    const WorkerId from = rng_.chance(0.9) ? play_.worker : WorkerId(static_cast<uint32_t>(rng_.below(5)));
    switch (rng_.below(12)) {
      case 0: return play_.say(from, Joined{});
      case 1: return play_.say(from, Playable{id});
      case 2: return play_.say(from, output_fact(id, from));
      case 3: return play_.say(from, Progress{id, 1, 2});
      case 4: return play_.say(from, Finished{id, {kFile}});
      case 5: return play_.say(from, Failed{id, "internal", "about " + key(from)});
      case 6: return play_.say(from, Left{"x"});
      case 7: return play_.say(from, Stats{});
      default: return play_.say(from, Started{id, play_.utc});
    }
  }
  Fact output_fact(const EgressId& id, WorkerId from) {
    const auto it = play_.kept.find(id);
    if (it == play_.kept.end() || it->second.outputs.empty()) return Playable{id};
    const auto& outputs = it->second.outputs;
    return OutputChanged{id, outputs[rng_.below(outputs.size())].id, static_cast<OutputState>(rng_.below(5)),
                         "url/" + key(from)};
  }

  Rng rng_;
  StagePlay play_;
  bool open_ = false;
};

class StudioRandomTest : public testing::TestWithParam<uint64_t> {};

TEST_P(StudioRandomTest, EveryEgressEndsAndNothingIsSaidTwice) {
  Troupe troupe(GetParam());
  for (int i = 0; i < 3000; ++i) {
    troupe.step();
    if (HasFailure()) FAIL() << "at step " << i;
  }
  troupe.wind_down();
  StagePlay& play = troupe.play();
  EXPECT_TRUE(play.studio.idle()) << "seed " << GetParam();
  EXPECT_GE(play.kept.size(), 50u) << "the play was long enough";
  for (const auto& [id, egress] : play.kept) {
    EXPECT_TRUE(is_over(egress.status)) << id.value();
    EXPECT_EQ(egress.status == Status::Failed, egress.error.has_value());
    EXPECT_EQ(play.announced.at(id), egress) << "the room knows what the store knows";
    const auto events = play.published(id);
    EXPECT_EQ(std::set<std::string>(events.begin(), events.end()).size(), events.size()) << "an event twice";
    EXPECT_TRUE(events.front().ends_with("-starting"));
    EXPECT_TRUE(events.back().ends_with("-stopped") || events.back().ends_with("-failed"));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, StudioRandomTest, testing::Range<uint64_t>(1, 41));

}  // namespace
}  // namespace parley::egress
