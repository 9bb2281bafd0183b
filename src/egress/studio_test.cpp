#include "egress/studio.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "egress/stage_play.hpp"

namespace parley::egress {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class StudioTest : public ::testing::Test {
 protected:
  StudioTest() { play_.open(); }

  EgressId start(StartRequest request = {}) {
    const auto started = play_.start(std::move(request));
    EXPECT_TRUE(started) << (started ? "" : started.error().message);
    return started ? started->id : EgressId();
  }
  /// Until the first picture.
  EgressId started(StartRequest request = {}) {
    const EgressId id = start(std::move(request));
    play_.say(Joined{});
    play_.say(Started{id, play_.utc});
    EXPECT_EQ(status(id), Status::Started);
    return id;
  }
  Status status(const EgressId& id) { return play_.last(id).status; }

  StagePlay play_;
};

// --- the good way ---------------------------------------------------------------------------------------------------

TEST_F(StudioTest, ARecordingFromStartToItsFile) {
  const EgressId id = start({.config = {.quality = Quality::High}});
  ASSERT_EQ(play_.commands<Start>().size(), 1u);
  const Job job = play_.commands<Start>()[0].job;
  EXPECT_EQ(job.folder, "/files/" + id.value());
  EXPECT_EQ(job.part, 1);
  EXPECT_EQ(job.config.quality, Quality::High);
  play_.say(Joined{});
  play_.say(Started{id, UtcTime::from_ms(1'700'000'000'700)});
  EXPECT_EQ(play_.last(id).started_at, UtcTime::from_ms(1'700'000'000'700));
  play_.pass(TimeDelta::seconds(60));
  ASSERT_TRUE(play_.stop({Kind::Recording, {}}));
  EXPECT_EQ(status(id), Status::Stopping);
  EXPECT_EQ(play_.commands<Stop>().size(), 1u);
  play_.say(Finished{id, {kFile}});
  EXPECT_EQ(status(id), Status::Stopped);
  EXPECT_THAT(play_.last(id).files, ElementsAre(kFile));
  EXPECT_THAT(play_.published(id),
              ElementsAre("recording-starting", "recording-started", "recording-stopping", "recording-stopped"));
  EXPECT_TRUE(play_.retired.contains(play_.worker)) << "the worker has nothing to do any more";
  EXPECT_TRUE(play_.studio.idle());
}

TEST_F(StudioTest, OneWorkerRunsAllOfARoom) {
  const EgressId recording = started();
  const EgressId stream = started(livestream_request());
  const EgressId hls = started({.kind = Kind::Hls, .file_format = FileFormat::M3u8});
  EXPECT_EQ(play_.worker, WorkerId(1));
  EXPECT_EQ(play_.commands<Start>()[1].job.outputs[0].stream_key, kKey);
  play_.say(Playable{hls});
  EXPECT_EQ(status(hls), Status::Playable);
  for (const EgressId& id : {recording, hls}) {
    ASSERT_TRUE(play_.stop({play_.last(id).kind, id}));
    play_.say(Finished{id, {kFile}});
    EXPECT_TRUE(play_.retired.empty());
  }
  ASSERT_TRUE(play_.stop({Kind::Livestream, {}}));
  play_.say(Finished{stream, {}});
  EXPECT_EQ(status(stream), Status::Stopped) << "a livestream has no files";
  EXPECT_TRUE(play_.retired.contains(play_.worker));
}

TEST_F(StudioTest, AStartAfterTheLastEndGetsANewWorker) {
  const EgressId first = started();
  const WorkerId old = play_.worker;
  ASSERT_TRUE(play_.stop({Kind::Recording, {}}));
  play_.say(Finished{first, {kFile}});
  const EgressId second = start();
  EXPECT_NE(play_.worker, old) << "the old one may be on its way out already";
  play_.die(old);
  EXPECT_EQ(status(second), Status::Starting);
}

TEST_F(StudioTest, PauseAndResumeAreOneRecordingInTwoParts) {
  const EgressId id = started();
  const Selector which{Kind::Recording, id};
  const auto pause = [&](bool paused) {
    std::expected<Egress, Refusal> answer;
    play_.run([&](Effects& out) { answer = play_.studio.pause(which, paused, play_.at(), out); });
    return answer;
  };
  ASSERT_TRUE(pause(true));
  ASSERT_TRUE(pause(true)) << "twice is once";
  EXPECT_TRUE(play_.announced.at(id).paused);
  EXPECT_EQ(play_.commands<Pause>().size(), 1u);
  ASSERT_TRUE(pause(false));
  EXPECT_EQ(play_.commands<Resume>().size(), 1u);
  ASSERT_TRUE(pause(true));
  play_.die();  // part 1, and part 2 since the resume
  ASSERT_EQ(play_.commands<Start>().size(), 2u);
  EXPECT_EQ(play_.commands<Start>()[1].job.part, 3);
  EXPECT_TRUE(play_.commands<Start>()[1].job.paused) << "a pause outlives a crash";
  EXPECT_FALSE(play_.studio.pause({Kind::Livestream, {}}, true, play_.at(), *std::make_unique<Effects>()));
}

TEST_F(StudioTest, LayoutChangesWhileItRuns) {
  const EgressId id = started();
  const Layout layout{LayoutType::Spotlight, Priority::Pin, 4};
  const auto update = [&] {
    play_.run([&](Effects& out) {
      EXPECT_TRUE(play_.studio.update({Kind::Recording, {}}, layout, Theme::Light, play_.at(), out));
    });
  };
  update();
  update();
  ASSERT_EQ(play_.commands<Update>().size(), 1u) << "the same again is nothing";
  EXPECT_EQ(play_.commands<Update>()[0].config.layout, layout);
  EXPECT_EQ(play_.announced.at(id).config.theme, Theme::Light);
  play_.die();
  EXPECT_EQ(play_.commands<Start>()[1].job.config.layout, layout);
}

TEST_F(StudioTest, OutputsComeAndGoWhileItRuns) {
  const EgressId id = started(livestream_request());
  const auto change = [&](std::vector<Output> add, const std::vector<std::string>& remove) {
    std::expected<Egress, Refusal> answer;
    play_.run([&](Effects& out) {
      answer = play_.studio.change_outputs({Kind::Livestream, id}, std::move(add), remove, play_.at(), out);
    });
    return answer;
  };
  const auto changed = change({{"", "rtmp://c.example/z", kKey}}, {"rtmp://a.example/live"});
  ASSERT_TRUE(changed) << changed.error().message;
  ASSERT_EQ(changed->outputs.size(), 2u);
  EXPECT_EQ(changed->outputs[1].url, "rtmp://c.example/z");
  ASSERT_EQ(play_.commands<ChangeOutputs>().size(), 1u);
  EXPECT_EQ(play_.commands<ChangeOutputs>()[0].add[0].stream_key, kKey);
  EXPECT_EQ(change({}, {"nothing"}).error().status, 404);
  EXPECT_EQ(change({}, {changed->outputs[0].id, changed->outputs[1].id}).error().code, code::kBadOutputs);
  EXPECT_EQ(change(std::vector<Output>(kMaxOutputs - 1, {"", "rtmp://d.example/z", ""}), {}).error().code,
            code::kBadOutputs);
  EXPECT_EQ(play_.studio.find(id)->outputs.size(), 2u) << "a refusal changes nothing";
  play_.die();
  EXPECT_EQ(play_.commands<Start>()[1].job.outputs[1].stream_key, kKey) << "the next worker needs it";
}

TEST_F(StudioTest, AnOutputsTroubleIsToldWithoutItsKey) {
  const EgressId id = started(livestream_request());
  const std::string output = play_.last(id).outputs[0].id;
  play_.say(
      OutputChanged{id, output, OutputState::Retrying, std::string("cannot open rtmp://a/") + kKey + ": refused"});
  EXPECT_EQ(play_.announced.at(id).outputs[0].state, OutputState::Retrying);
  EXPECT_EQ(play_.announced.at(id).outputs[0].message, "cannot open rtmp://a/(key): refused");
  EXPECT_EQ(status(id), Status::Started) << "one dead output among two ends nothing";
  play_.say(OutputChanged{id, output, OutputState::Failed, "no"});
  play_.say(OutputChanged{id, play_.last(id).outputs[1].id, OutputState::Failed, "no"});
  EXPECT_EQ(status(id), Status::Stopping) << "without any output there is no livestream";
  play_.say(Finished{id, {}});
  EXPECT_EQ(status(id), Status::Failed);
  EXPECT_EQ(play_.last(id).error->code, "outputs-failed");
}

// --- refusals -------------------------------------------------------------------------------------------------------

TEST_F(StudioTest, NobodyInTheRoomIsAClearError) {
  StagePlay empty;
  const auto refused = empty.start({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 404);
  EXPECT_EQ(refused.error().code, 4011u);
  EXPECT_THAT(refused.error().message, HasSubstr("nobody"));
  EXPECT_TRUE(empty.alive.empty());
}

TEST_F(StudioTest, OneOfAKindUnlessTheRoomAllowsMore) {
  const EgressId id = start();
  auto second = play_.start({});
  EXPECT_EQ(second.error().status, 409);
  EXPECT_EQ(second.error().code, 4018u) << "still processing";
  play_.say(Started{id, play_.utc});
  EXPECT_EQ(play_.start({}).error().code, 4011u) << "there is one already";
  EXPECT_TRUE(play_.start({.kind = Kind::Hls})) << "another kind is another matter";
  ASSERT_TRUE(play_.stop({Kind::Recording, {}}));
  EXPECT_EQ(play_.start({}).error().code, 4018u) << "while the previous one stops";
  play_.studio.set_multi({.recording = true});
  const EgressId third = start();
  start();
  EXPECT_EQ(play_.stop({Kind::Recording, {}}).error().status, 400) << "which of them?";
  EXPECT_TRUE(play_.stop({Kind::Recording, third}));
}

TEST_F(StudioTest, CodesOfTheOtherKinds) {
  start(livestream_request());
  EXPECT_EQ(play_.start(livestream_request()).error().code, 4019u);
  start({.kind = Kind::Hls});
  EXPECT_EQ(play_.start({.kind = Kind::Hls}).error().code, 4020u);
  EXPECT_EQ(play_.stop({Kind::Recording, {}}).error().code, 4012u);
  EXPECT_EQ(play_.stop({Kind::Livestream, EgressId("x")}).error().code, 4014u);
}

TEST_F(StudioTest, AParticipantIsRecordedOnceButTracksApart) {
  const Target ann{ParticipantId("ann"), {}};
  start({.kind = Kind::ParticipantRecording, .target = ann});
  EXPECT_EQ(play_.start({.kind = Kind::ParticipantRecording, .target = ann}).error().code, 4035u);
  start({.kind = Kind::ParticipantRecording, .target = Target{ParticipantId("bob"), {}}});
  start({.kind = Kind::TrackRecording, .target = Target{ParticipantId("ann"), TrackKind::Audio}});
  start({.kind = Kind::TrackRecording, .target = Target{ParticipantId("ann"), TrackKind::Video}});
  EXPECT_EQ(play_.start({.kind = Kind::TrackRecording, .target = Target{ParticipantId("ann"), TrackKind::Video}})
                .error()
                .code,
            4037u);
}

TEST_F(StudioTest, AllOfARoomIsBounded) {
  play_.studio.set_multi({.recording = true});
  for (size_t i = 0; i < Studio::kMaxLive; ++i) start();
  EXPECT_EQ(play_.start({}).error().status, 429);
}

// --- what goes wrong ------------------------------------------------------------------------------------------------

TEST_F(StudioTest, ACrashCostsAPartAndNothingElse) {
  const EgressId id = started();
  const EgressId stream = started(livestream_request());
  play_.pass(TimeDelta::seconds(5));
  play_.die();
  EXPECT_EQ(play_.worker, WorkerId(2)) << "at once";
  EXPECT_EQ(status(id), Status::Started);
  EXPECT_EQ(status(stream), Status::Started);
  const auto starts = play_.commands<Start>();
  ASSERT_EQ(starts.size(), 4u);
  play_.say(Started{id, play_.utc});
  ASSERT_TRUE(play_.stop({Kind::Recording, {}}));
  play_.say(Finished{id, {kFile}});
  EXPECT_EQ(status(id), Status::Stopped);
  EXPECT_EQ(play_.last(id).restarts, 1);
  EXPECT_THAT(play_.published(id),
              ElementsAre("recording-starting", "recording-started", "recording-stopping", "recording-stopped"));
}

TEST_F(StudioTest, AWorkerThatDiesAgainAndAgainIsGivenUpAndWhatThereIsIsKept) {
  const EgressId id = started();
  int deaths = 0;
  TimeDelta waited;
  while (play_.tasks.empty()) {
    ASSERT_LE(++deaths, 20);
    play_.die();
    if (!play_.tasks.empty()) break;
    if (play_.alive.empty()) {
      waited += play_.studio.next_deadline() - play_.now;
      play_.skip();
    }
  }
  EXPECT_EQ(deaths, RestartPolicy::kMaxDeaths + 1);
  EXPECT_GE(waited, TimeDelta::seconds(15)) << "with pauses that grow";
  EXPECT_EQ(status(id), Status::Stopping);
  EXPECT_EQ(std::get<Finalise>(play_.tasks.begin()->second).job.folder, "/files/" + id.value());
  play_.end_task(Finished{id, {kFile}});
  EXPECT_EQ(status(id), Status::Failed);
  EXPECT_EQ(play_.last(id).error->code, "worker-died");
  EXPECT_THAT(play_.last(id).files, ElementsAre(kFile)) << "nothing lost that was recorded";
  EXPECT_TRUE(play_.studio.idle());
}

TEST_F(StudioTest, ALongHealthyRunForgivesEarlierDeaths) {
  started();
  for (int i = 0; i < 3 * RestartPolicy::kMaxDeaths; ++i) {
    play_.pass(TimeDelta::seconds(61));
    play_.die();
    EXPECT_EQ(play_.alive.size(), 1u) << "at once, each time";
    for (const Start& s : play_.commands<Start>()) play_.say(Started{s.job.id, play_.utc});
  }
}

TEST_F(StudioTest, WorkersThatRecordedForSomeSecondsAreReplacedForEver) {
  const EgressId id = started();
  for (int i = 0; i < 3 * RestartPolicy::kMaxDeaths; ++i) {
    play_.pass(TimeDelta::seconds(5));
    play_.die();
    ASSERT_EQ(play_.alive.size(), 1u) << "at once, each time";
    play_.pass(TimeDelta::millis(700));
    play_.say(Joined{});
    play_.say(Started{id, play_.utc});
  }
  EXPECT_EQ(status(id), Status::Started);
}

TEST_F(StudioTest, AWorkerThatIsSilentIsKilledAndReplaced) {
  const EgressId id = started();
  play_.say(Joined{});
  const WorkerId first = play_.worker;
  for (int i = 0; i < 20; ++i) {
    play_.pass(TimeDelta::seconds(2));
    play_.say(Stats{});
  }
  EXPECT_TRUE(play_.killed.empty()) << "any word is a sign of life";
  play_.pass(TimeDelta::millis(9999));
  EXPECT_TRUE(play_.killed.empty());
  play_.pass(TimeDelta::millis(1));
  EXPECT_THAT(play_.killed, ElementsAre(first));
  play_.die(first);
  EXPECT_EQ(play_.alive.size(), 1u) << "at once: it had recorded well";
  EXPECT_EQ(status(id), Status::Started);
  EXPECT_EQ(play_.last(id).restarts, 1);
}

TEST_F(StudioTest, AServerThatWasHeldUpItselfGivesTheWorkerAnotherChance) {
  started();
  play_.say(Joined{});
  play_.pass(TimeDelta::seconds(30));
  EXPECT_TRUE(play_.killed.empty());
  play_.skip();
  EXPECT_EQ(play_.killed.size(), 1u) << "but only one";
}

TEST_F(StudioTest, AWorkerThatDiesWhileItFinalisesLeavesThatToATask) {
  const EgressId id = started();
  const EgressId other = started({.kind = Kind::Hls});
  ASSERT_TRUE(play_.stop({Kind::Recording, {}}));
  play_.die();
  ASSERT_EQ(play_.tasks.size(), 1u);
  EXPECT_EQ(play_.alive.size(), 1u) << "HLS goes on with the next worker";
  play_.end_task(Finished{id, {kFile}});
  EXPECT_EQ(status(id), Status::Stopped);
  EXPECT_EQ(status(other), Status::Started);
}

TEST_F(StudioTest, AFailureKeepsWhatWasRecorded) {
  const EgressId id = started();
  play_.say(Failed{id, "disk-full", "no space left on device"});
  ASSERT_EQ(play_.tasks.size(), 1u);
  play_.end_task(std::unexpected(Failed{id, "disk-full", "no space left on device"}));
  EXPECT_EQ(status(id), Status::Stopping) << "somebody may clear the disk";
  play_.skip();
  ASSERT_EQ(play_.tasks.size(), 1u);
  play_.end_task(Finished{id, {kFile}});
  EXPECT_EQ(status(id), Status::Failed);
  EXPECT_EQ(play_.last(id).error->code, "disk-full");
  EXPECT_THAT(play_.last(id).files, ElementsAre(kFile));
}

TEST_F(StudioTest, FinalisingIsGivenUpInTheEnd) {
  const EgressId id = started();
  play_.say(Failed{id, "disk-full", "no space"});
  for (int i = 0; i < Studio::kMaxTaskTries; ++i) {
    ASSERT_EQ(play_.tasks.size(), 1u) << i;
    play_.end_task(std::unexpected(Failed{id, "disk-full", "no space"}));
    if (i + 1 < Studio::kMaxTaskTries) play_.skip();
  }
  EXPECT_EQ(status(id), Status::Failed);
  EXPECT_THAT(play_.last(id).error->message, HasSubstr("kept in the folder"));
  EXPECT_EQ(play_.last(id).error->code, "disk-full");
}

TEST_F(StudioTest, AStartThatTakesTooLongFails) {
  const EgressId id = start();
  play_.skip();
  EXPECT_EQ(status(id), Status::Stopping);
  EXPECT_TRUE(play_.killed.contains(play_.worker)) << "it has not even joined";
  play_.die();
  EXPECT_TRUE(play_.tasks.empty()) << "there is nothing to finalise";
  EXPECT_EQ(status(id), Status::Failed);
  EXPECT_EQ(play_.last(id).error->code, "start-timeout");
}

TEST_F(StudioTest, ASlowStartOfOneDoesNotKillTheOthers) {
  const EgressId good = started();
  const EgressId slow = start({.kind = Kind::Hls});
  for (int i = 0; i < 14; ++i) {
    play_.pass(TimeDelta::seconds(2));
    play_.say(Stats{});
  }
  play_.skip();
  EXPECT_EQ(status(slow), Status::Stopping);
  EXPECT_TRUE(play_.killed.empty());
  play_.say(Finished{slow, {}});
  EXPECT_EQ(status(slow), Status::Failed);
  EXPECT_EQ(status(good), Status::Started);
}

TEST_F(StudioTest, AWorkerThatHangsWhileStoppingIsKilledAndFinalisedWithout) {
  const EgressId id = started();
  ASSERT_TRUE(play_.stop({Kind::Recording, {}}));
  play_.pass(TimeDelta::seconds(200));
  play_.say(Progress{id, 1, 1});
  play_.pass(TimeDelta::seconds(200));
  EXPECT_TRUE(play_.killed.empty()) << "it works on it";
  play_.skip();
  EXPECT_TRUE(play_.killed.contains(play_.worker));
  play_.die();
  play_.end_task(Finished{id, {kFile}});
  EXPECT_EQ(status(id), Status::Stopped);
}

TEST_F(StudioTest, ARestartedWorkerThatBringsNothingBackIsKilled) {
  const EgressId id = started();
  play_.die();
  const WorkerId second = play_.worker;
  play_.say(Joined{});
  play_.skip();
  EXPECT_TRUE(play_.killed.contains(second));
  play_.die();
  play_.skip();  // the pause
  EXPECT_NE(play_.worker, second);
  EXPECT_EQ(status(id), Status::Started);
}

TEST_F(StudioTest, StopBeforeTheFirstPicture) {
  const EgressId id = start();
  ASSERT_TRUE(play_.stop({Kind::Recording, {}}));
  play_.say(Finished{id, {}});
  EXPECT_EQ(status(id), Status::Stopped);
  EXPECT_TRUE(play_.last(id).files.empty());
}

TEST_F(StudioTest, OnFailureTheRoomMayBeClosed) {
  const EgressId id = started({.close_room_after_s = 20});
  play_.die();
  play_.say(Failed{id, "internal", "x"});
  play_.end_task(Finished{id, {kFile}});
  EXPECT_EQ(play_.rooms_closed, 0);
  play_.pass(TimeDelta::seconds(19));
  EXPECT_EQ(play_.rooms_closed, 0);
  play_.pass(TimeDelta::seconds(1));
  EXPECT_EQ(play_.rooms_closed, 1);
  EXPECT_TRUE(play_.studio.idle());
}

// --- the room -------------------------------------------------------------------------------------------------------

TEST_F(StudioTest, TheSessionsEndStopsAll) {
  const EgressId id = started();
  const EgressId hls = start({.kind = Kind::Hls});
  play_.close();
  EXPECT_EQ(status(id), Status::Stopping);
  EXPECT_EQ(status(hls), Status::Stopping);
  play_.say(Left{"1009"});
  play_.say(Finished{id, {kFile}});
  play_.die();
  EXPECT_TRUE(play_.alive.empty()) << "nobody needs another worker";
  EXPECT_EQ(status(hls), Status::Stopped) << "it had not begun";
  EXPECT_TRUE(play_.studio.idle());
}

TEST_F(StudioTest, ARecordedParticipantWhoLeavesEndsItsRecordingUnlessBackAtOnce) {
  const EgressId id = started({.kind = Kind::ParticipantRecording, .target = Target{ParticipantId("ann"), {}}});
  play_.studio.on_participant_exited(ParticipantId("ann"), play_.at());
  play_.studio.on_participant_entered(ParticipantId("ann"));
  play_.pass(TimeDelta::seconds(60));
  EXPECT_EQ(status(id), Status::Started);
  play_.studio.on_participant_exited(ParticipantId("bob"), play_.at());
  play_.studio.on_participant_exited(ParticipantId("ann"), play_.at());
  play_.pass(TimeDelta::seconds(9));
  EXPECT_EQ(status(id), Status::Started);
  play_.pass(TimeDelta::seconds(1));
  EXPECT_EQ(status(id), Status::Stopping);
}

// --- restarts of the server -----------------------------------------------------------------------------------------

Egress from_store(Status status) {
  Egress egress{.id = EgressId("old"), .room = RoomId("room"), .session = SessionId("s0"), .status = status};
  egress.started_at = UtcTime::from_ms(1'699'999'999'000);
  egress.next_part = 3;
  if (!is_live(status)) egress.ended_at = egress.started_at;
  return egress;
}

TEST(StudioRecovery, GoesOnAsTheSameRecordingWhenTheRoomLivesAgain) {
  StagePlay play;
  play.run([&](Effects& out) { play.studio.recover(from_store(Status::Started), {}, 4, play.at(), out); });
  EXPECT_TRUE(play.alive.empty());
  play.pass(TimeDelta::seconds(60));
  play.open();
  ASSERT_EQ(play.commands<Start>().size(), 1u);
  EXPECT_EQ(play.commands<Start>()[0].job.id, EgressId("old"));
  EXPECT_EQ(play.commands<Start>()[0].job.part, 5) << "the disk knows better than the store";
  EXPECT_FALSE(play.start({})) << "it is this room's recording";
  play.say(Started{EgressId("old"), play.utc});
  EXPECT_EQ(play.last(EgressId("old")).started_at, UtcTime::from_ms(1'699'999'999'000)) << "it began then";
}

TEST(StudioRecovery, IsFinalisedWhenNobodyComesBack) {
  StagePlay play;
  play.run([&](Effects& out) { play.studio.recover(from_store(Status::Started), {}, 2, play.at(), out); });
  play.pass(TimeDelta::seconds(120));
  ASSERT_EQ(play.tasks.size(), 1u);
  play.end_task(Finished{EgressId("old"), {kFile}});
  EXPECT_EQ(play.last(EgressId("old")).status, Status::Stopped);
  EXPECT_TRUE(play.studio.idle());
}

TEST(StudioRecovery, WhatWasStoppingIsFinalisedAtOnce) {
  StagePlay play;
  play.run([&](Effects& out) { play.studio.recover(from_store(Status::Stopping), {}, 2, play.at(), out); });
  EXPECT_EQ(play.tasks.size(), 1u);
}

TEST(StudioRecovery, ALivestreamGoesOnWithItsKeys) {
  StagePlay play;
  Egress stream = from_store(Status::Started);
  stream.kind = Kind::Livestream;
  stream.outputs = {{"o", "rtmp://a/b", OutputState::Live, ""}};
  play.run([&](Effects& out) { play.studio.recover(stream, {{"o", "rtmp://a/b", kKey}}, 0, play.at(), out); });
  play.open();
  ASSERT_EQ(play.commands<Start>().size(), 1u);
  EXPECT_EQ(play.commands<Start>()[0].job.outputs[0].stream_key, kKey);
}

}  // namespace
}  // namespace parley::egress
