#include "server/egress_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "egress/job_json.hpp"

namespace parley::server {
namespace {

using egress::Status;
using testing::ElementsAre;
using testing::HasSubstr;

struct FakeHost final : WorkerHost {
  void spawn(ProcessId process, const RoomId&) override { workers.push_back(process); }
  void send(ProcessId process, const egress::Command& command) override { sent.emplace_back(process, command); }
  void retire(ProcessId process) override { retired.push_back(process); }
  void kill(ProcessId process) override { killed.push_back(process); }
  void run_task(ProcessId process, const egress::Task& task) override { tasks.emplace_back(process, task); }
  std::optional<int64_t> free_bytes() const override { return free; }
  std::vector<std::string> files_of(const EgressId&) const override { return files; }
  void remove_files(const EgressId& egress, Keep keep) override {
    (keep == Keep::Nothing ? removed : keep == Keep::Playlists ? moved : noted).push_back(egress);
  }

  template <typename T>
  std::vector<T> commands() const {
    std::vector<T> out;
    for (const auto& [process, command] : sent) {
      if (const T* wanted = std::get_if<T>(&command)) out.push_back(*wanted);
    }
    return out;
  }
  std::vector<ProcessId> workers, retired, killed;
  std::vector<std::pair<ProcessId, egress::Command>> sent;
  std::vector<std::pair<ProcessId, egress::Task>> tasks;
  std::vector<std::string> files;
  std::vector<EgressId> removed, moved, noted;
  std::optional<int64_t> free = int64_t{1} << 40;
};

struct FakeListener final : EgressListener {
  void keep(const egress::Egress& egress, const std::vector<egress::Output>& secrets) override {
    kept.insert_or_assign(egress.id, egress);
    secret.insert_or_assign(egress.id, secrets);
  }
  void keep_then(const egress::Egress& egress, std::function<void()> then) override {
    keep(egress, {});
    written.push_back(std::move(then));
  }
  /// The store has written what it was given.
  void write() {
    for (const auto& then : std::exchange(written, {})) then();
  }
  void announce(const egress::Egress& egress) override { announced.push_back(egress); }
  void publish(const egress::Egress& egress) override { published.push_back(event_name(egress.kind, egress.status)); }
  void close_room(const RoomId& room) override { closed.push_back(room); }
  void start_automatically(const store::RoomRecord& room) override { automatic.push_back(room.id); }

  std::map<EgressId, egress::Egress> kept;
  std::map<EgressId, std::vector<egress::Output>> secret;
  std::vector<egress::Egress> announced;
  std::vector<std::string> published;
  std::vector<RoomId> closed, automatic;
  std::vector<std::function<void()>> written;
};

const egress::File kFile{"recording.mp4", 10, 1.0, 1280, 720, "mp4"};

class EgressDeskTest : public ::testing::Test {
 protected:
  static EgressDesk::Config config() {
    EgressDesk::Config config;
    config.files_root = "/files";
    config.signal_url = "ws://here/v1/signal";
    config.max_workers = 2;
    config.token = [](const RoomId& room, UtcTime) { return "token of " + room.value(); };
    return config;
  }
  static EgressDesk::Config with_bucket() {
    EgressDesk::Config c = config();
    c.bucket = egress::Bucket{"https://s3.example", "b", "r", "key", "secret"};
    c.bucket_prefix = "meetings";
    return c;
  }
  explicit EgressDeskTest(EgressDesk::Config c = config()) : desk_(std::move(c), host_, listener_, Rng(1)) {}

  room::Moment at() const { return {now_, UtcTime::from_ms(1'700'000'000'000 + now_.ms())}; }
  store::RoomRecord room(const std::string& name) {
    store::RoomRecord record;
    record.id = RoomId(name);
    return record;
  }
  void open(const std::string& name) {
    desk_.on_note(egress_note::SessionStarted{room(name), SessionId("s-" + name)}, at());
  }
  EgressDesk::Result call(const std::string& name, decltype(api::EgressCall::what) what) {
    std::optional<EgressDesk::Result> result;
    desk_.call({room(name), std::move(what)}, at(), [&](EgressDesk::Result r) { result = std::move(r); });
    EXPECT_TRUE(result) << "answered at once";
    return std::move(*result);
  }
  EgressId start(const std::string& name, egress::StartRequest request = {}) {
    const auto result = call(name, api::StartEgress{std::move(request), false});
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? result->egress.id : EgressId();
  }
  /// From start to its file.
  EgressId record(const std::string& name) {
    const EgressId id = start(name);
    desk_.on_fact(host_.workers.back(), egress::Started{id, at().utc}, at());
    EXPECT_TRUE(call(name, api::StopEgress{{egress::Kind::Recording, id}}));
    desk_.on_fact(host_.workers.back(), egress::Finished{id, {kFile}}, at());
    return id;
  }
  void pass(TimeDelta time) {
    now_ += time;
    desk_.on_deadline(at());
  }

  Timestamp now_ = Timestamp::from_us(1'000'000);
  FakeHost host_;
  FakeListener listener_;
  EgressDesk desk_;
};

class EgressDeskWithBucket : public EgressDeskTest {
 protected:
  EgressDeskWithBucket() : EgressDeskTest(with_bucket()) {}
};

TEST_F(EgressDeskTest, AWorkerJoinsBeforeItStarts) {
  open("a");
  const EgressId id = start("a");
  ASSERT_EQ(host_.sent.size(), 2u);
  EXPECT_EQ(std::get<egress::Join>(host_.sent[0].second),
            (egress::Join{"ws://here/v1/signal", "token of a", RoomId("a")}));
  EXPECT_EQ(std::get<egress::Start>(host_.sent[1].second).job.folder, "/files/" + id.value());
  EXPECT_EQ(listener_.published, std::vector<std::string>{"recording-starting"});
  EXPECT_THAT(listener_.automatic, ElementsAre(RoomId("a")));
}

TEST_F(EgressDeskTest, RoomsHaveWorkersOfTheirOwnUpToALimit) {
  for (const char* name : {"a", "b", "c"}) open(name);
  const EgressId a = start("a");
  start("b");
  const auto refused = call("c", api::StartEgress{});
  EXPECT_EQ(refused.error().status, 503);
  start("a", {.kind = egress::Kind::Hls});  // the worker is there
  desk_.on_worker_exited(host_.workers[0], at());
  EXPECT_EQ(host_.workers.size(), 3u);
  EXPECT_EQ(listener_.kept.at(a).restarts, 1);
  EXPECT_EQ(desk_.stats().worker_deaths, 1u);
  EXPECT_EQ(desk_.stats().live.at(egress::Kind::Recording), 2u);
}

TEST_F(EgressDeskTest, AFullDiskRefusesFilesButNotLivestreams) {
  open("a");
  host_.free = EgressDesk::kMinFreeBytes - 1;
  EXPECT_EQ(call("a", api::StartEgress{}).error().status, 507);
  EXPECT_TRUE(call("a", api::StartEgress{{.kind = egress::Kind::Livestream, .outputs = {{"", "rtmp://a/b", "k"}}}}));
}

TEST_F(EgressDeskTest, ALivestreamMayBeRecordedToo) {
  open("a");
  EXPECT_TRUE(
      call("a", api::StartEgress{{.kind = egress::Kind::Livestream, .outputs = {{"", "rtmp://a/b", "k"}}}, true}));
  const auto starts = host_.commands<egress::Start>();
  ASSERT_EQ(starts.size(), 2u);
  EXPECT_EQ(starts[1].job.kind, egress::Kind::Recording);
  EXPECT_TRUE(starts[1].job.outputs.empty());
}

TEST_F(EgressDeskTest, SecretsAreKeptWhileItLivesAndNoLonger) {
  open("a");
  const EgressId id = start("a", {.kind = egress::Kind::Livestream, .outputs = {{"", "rtmp://a/b", "k3y"}}});
  ASSERT_EQ(listener_.secret.at(id).size(), 1u);
  EXPECT_EQ(listener_.secret.at(id)[0].stream_key, "k3y");
  desk_.on_note(egress_note::SessionEnded{RoomId("a")}, at());
  desk_.on_fact(host_.workers[0], egress::Finished{id, {}}, at());
  EXPECT_TRUE(egress::is_over(listener_.kept.at(id).status));
  EXPECT_TRUE(listener_.secret.at(id).empty());
}

TEST_F(EgressDeskTest, TheDiskSaysWhichPartComesNext) {
  host_.files = {"part-2.mp4", "part-11.mp4", "part-x", "thumbnails/part-99.jpg"};
  egress::Egress old{.id = EgressId("old"), .room = RoomId("a"), .status = Status::Started};
  desk_.recover(old, {}, at());
  EXPECT_TRUE(host_.workers.empty());
  open("a");
  ASSERT_EQ(host_.commands<egress::Start>().size(), 1u);
  EXPECT_EQ(host_.commands<egress::Start>()[0].job.part, 12);
  ASSERT_FALSE(listener_.announced.empty()) << "who joins is told of it";
}

TEST_F(EgressDeskTest, ACaptureWaitsForItsPicture) {
  open("a");
  std::optional<EgressDesk::Result> result;
  const auto capture = [&] {
    result.reset();
    desk_.call({room("a"), api::CaptureHls{.width = 320}}, at(), [&](EgressDesk::Result r) { result = std::move(r); });
  };
  capture();
  EXPECT_EQ(result->error().status, 404) << "there is no stream";
  const EgressId id = start("a", {.kind = egress::Kind::Hls});
  desk_.on_fact(host_.workers[0], egress::Started{id, at().utc}, at());
  desk_.on_fact(host_.workers[0], egress::Playable{id}, at());
  capture();
  ASSERT_FALSE(result);
  const auto& [process, task] = host_.tasks.at(0);
  EXPECT_EQ(std::get<egress::Capture>(task).source, "index.m3u8");
  desk_.on_task_ended(process, egress::Finished{id, {{"thumbnails/x.jpg", 5, 0, 320, 180, "jpg"}}}, at());
  ASSERT_TRUE(result && *result);
  EXPECT_EQ((*result)->file->width, 320);
  capture();
  desk_.on_task_ended(host_.tasks.at(1).first, std::unexpected(egress::Failed{id, "bad-input", "no key frame"}), at());
  EXPECT_EQ(result->error().status, 502);
  EXPECT_THAT(result->error().message, HasSubstr("no key frame"));
}

TEST_F(EgressDeskWithBucket, FinishedFilesAreUploadedAndThenRemovedHere) {
  open("a");
  const EgressId id = record("a");
  EXPECT_EQ(listener_.kept.at(id).status, Status::Stopped) << "who waits for the end need not wait for the upload";
  EXPECT_EQ(listener_.kept.at(id).storage, egress::Storage::Uploading);
  ASSERT_EQ(host_.tasks.size(), 1u);
  const auto& upload = std::get<egress::Upload>(host_.tasks[0].second);
  EXPECT_EQ(upload.prefix, "meetings/" + id.value() + "/");
  desk_.on_task_ended(host_.tasks[0].first, egress::Finished{id, {}}, at());
  EXPECT_EQ(listener_.kept.at(id).storage, egress::Storage::Bucket);
  EXPECT_TRUE(host_.moved.empty()) << "not before the record says where they are";
  listener_.write();
  EXPECT_THAT(host_.moved, ElementsAre(id));
  EXPECT_EQ(desk_.stats().uploads, 0u);
}

TEST_F(EgressDeskWithBucket, AnUploadIsTriedUntilTheBucketIsBack) {
  open("a");
  const EgressId id = record("a");
  for (int i = 1; i < 30; ++i) {
    ASSERT_EQ(host_.tasks.size(), static_cast<size_t>(i));
    desk_.on_task_ended(host_.tasks.back().first, std::unexpected(egress::Failed{id, "storage", "no route"}), at());
    EXPECT_EQ(listener_.kept.at(id).storage, egress::Storage::Uploading);
    EXPECT_EQ(listener_.kept.at(id).storage_error, "no route");
    const TimeDelta pause = desk_.next_deadline() - now_;
    EXPECT_LE(pause, TimeDelta::seconds(900));
    pass(pause);
  }
  EXPECT_GT(now_, Timestamp::from_us(0) + TimeDelta::seconds(3600));
  EXPECT_TRUE(host_.moved.empty() && host_.removed.empty());
  desk_.on_task_ended(host_.tasks.back().first, egress::Finished{id, {}}, at());
  EXPECT_EQ(listener_.kept.at(id).storage, egress::Storage::Bucket);
  EXPECT_EQ(listener_.kept.at(id).storage_error, "");
}

TEST_F(EgressDeskWithBucket, OnlySoManyGoUpAtOnce) {
  constexpr size_t kMany = EgressDesk::kMaxTransfers + 3;
  for (size_t i = 0; i < kMany; ++i) {
    egress::Egress old{.id = EgressId("old" + std::to_string(i)), .room = RoomId("a"), .status = Status::Stopped};
    old.storage = egress::Storage::Uploading;
    desk_.recover(old, {}, at());
  }
  EXPECT_EQ(host_.tasks.size(), EgressDesk::kMaxTransfers);
  EXPECT_EQ(desk_.stats().uploads, kMany);
  EXPECT_TRUE(desk_.next_deadline().is_never()) << "nothing to do until one ends";
  for (size_t i = 0; i < kMany; ++i) desk_.on_task_ended(host_.tasks.at(i).first, egress::Finished{}, at());
  EXPECT_EQ(host_.tasks.size(), kMany);
  EXPECT_EQ(desk_.stats().uploads, 0u);
}

TEST_F(EgressDeskWithBucket, DeletingRemovesTheObjectsHoweverLongItTakes) {
  egress::Egress old{.id = EgressId("old"), .room = RoomId("a"), .status = Status::Stopped, .files = {kFile}};
  old.storage = egress::Storage::Bucket;
  ASSERT_TRUE(call("a", api::DeleteEgress{old}));
  ASSERT_EQ(host_.tasks.size(), 1u);
  EXPECT_EQ(std::get<egress::Erase>(host_.tasks[0].second).prefix, "meetings/old/");
  EXPECT_EQ(desk_.stats().removals, 1u);
  listener_.write();
  EXPECT_THAT(host_.noted, ElementsAre(old.id)) << "nobody gets a playlist any more";
  desk_.on_task_ended(host_.tasks[0].first, std::unexpected(egress::Failed{old.id, "storage", "no route"}), at());
  EXPECT_EQ(listener_.kept.at(old.id).storage, egress::Storage::Removing) << "the next start finds it";
  EXPECT_EQ(listener_.kept.at(old.id).storage_error, "no route");
  pass(desk_.next_deadline() - now_);
  ASSERT_EQ(host_.tasks.size(), 2u);
  desk_.on_task_ended(host_.tasks[1].first, egress::Finished{old.id, {}}, at());
  EXPECT_EQ(listener_.kept.at(old.id).storage, egress::Storage::Removed);
  listener_.write();
  EXPECT_THAT(host_.removed, ElementsAre(old.id));
}

TEST_F(EgressDeskWithBucket, ARemovalGoesOnAfterARestart) {
  egress::Egress old{.id = EgressId("old"), .room = RoomId("a"), .status = Status::Stopped, .files = {kFile}};
  old.storage = egress::Storage::Removing;
  desk_.recover(old, {}, at());
  ASSERT_EQ(host_.tasks.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<egress::Erase>(host_.tasks[0].second));
}

TEST_F(EgressDeskWithBucket, WhatIsDeletedWhileItGoesUpIsErasedOnlyWhenNothingWritesAnyMore) {
  open("a");
  const EgressId id = record("a");
  ASSERT_TRUE(call("a", api::DeleteEgress{listener_.kept.at(id)}));
  EXPECT_THAT(host_.killed, ElementsAre(host_.tasks[0].first));
  ASSERT_EQ(host_.tasks.size(), 1u) << "the upload has not ended yet";
  desk_.on_task_ended(host_.tasks[0].first, egress::Finished{id, {}}, at());
  ASSERT_EQ(host_.tasks.size(), 2u) << "even if it came to its end";
  EXPECT_TRUE(std::holds_alternative<egress::Erase>(host_.tasks[1].second));
  EXPECT_EQ(listener_.kept.at(id).storage, egress::Storage::Removing);
  desk_.on_task_ended(host_.tasks[1].first, egress::Finished{id, {}}, at());
  EXPECT_EQ(listener_.kept.at(id).storage, egress::Storage::Removed);
}

TEST_F(EgressDeskTest, WithoutABucketDeletingIsLocal) {
  egress::Egress old{.id = EgressId("old"), .room = RoomId("a"), .status = Status::Stopped, .files = {kFile}};
  ASSERT_TRUE(call("a", api::DeleteEgress{old}));
  EXPECT_TRUE(host_.tasks.empty());
  EXPECT_THAT(host_.removed, ElementsAre(old.id));
  EXPECT_EQ(listener_.kept.at(old.id).storage, egress::Storage::Removed);
}

TEST_F(EgressDeskWithBucket, AnUploadGoesOnAfterARestart) {
  egress::Egress old{.id = EgressId("old"), .room = RoomId("a"), .status = Status::Stopped, .files = {kFile}};
  old.storage = egress::Storage::Uploading;
  desk_.recover(old, {}, at());
  EXPECT_EQ(host_.tasks.size(), 1u);
}

TEST_F(EgressDeskTest, WithoutABucketAnUploadOfTheLastRunStaysHere) {
  egress::Egress old{.id = EgressId("old"), .room = RoomId("a"), .status = Status::Stopped, .files = {kFile}};
  old.storage = egress::Storage::Uploading;
  desk_.recover(old, {}, at());
  EXPECT_TRUE(host_.tasks.empty());
  EXPECT_EQ(listener_.kept.at(EgressId("old")).storage, egress::Storage::Local);
}

TEST_F(EgressDeskTest, AMergeThatARestartCutShortFails) {
  egress::Egress merge{
      .id = EgressId("m"), .kind = egress::Kind::Merge, .room = RoomId("a"), .status = Status::Started};
  desk_.recover(merge, {}, at());
  EXPECT_EQ(listener_.kept.at(EgressId("m")).status, Status::Failed);
  EXPECT_EQ(listener_.kept.at(EgressId("m")).error->code, "restarted");
}

TEST_F(EgressDeskTest, ChannelsOfAMergeKeepTheirDistance) {
  egress::Egress first{.id = EgressId("x"), .room = RoomId("a"), .status = Status::Stopped, .files = {kFile}};
  first.started_at = UtcTime::from_ms(1000);
  egress::Egress second = first;
  second.id = EgressId("y");
  second.started_at = UtcTime::from_ms(3500);
  ASSERT_TRUE(call("a", api::MergeRecordings{SessionId("s"), {first}, {second}, "", ""}));
  const auto& task = std::get<egress::Merge>(host_.tasks.at(0).second);
  EXPECT_EQ(task.left, (std::vector<egress::MergeInput>{{"/files/x/recording.mp4", TimeDelta::zero()}}));
  EXPECT_EQ(task.right, (std::vector<egress::MergeInput>{{"/files/y/recording.mp4", TimeDelta::millis(2500)}}));
}

}  // namespace
}  // namespace parley::server
