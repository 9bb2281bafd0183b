#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "egress/job_json.hpp"
#include "egress/studio.hpp"

/// For tests: plays the world around a studio. It carries out effects, keeps what they told, and checks what must hold
/// whatever happens: each part number is given once, statuses only go forward, no stream key leaves but in a command.
namespace parley::egress {

inline constexpr const char* kKey = "s3cret-stream-key";

class StagePlay {
 public:
  explicit StagePlay(uint64_t seed = 1, Studio::Settings settings = {})
      : studio(with_names(std::move(settings)), Rng(seed)) {}

  template <typename Call>
  void run(Call call) {
    Effects out;
    call(out);
    for (const Effect& effect : out) {
      std::visit([&](const auto& e) { apply(e); }, effect);
    }
  }
  Moment at() const { return {now, utc}; }
  void pass(TimeDelta time) {
    now += time;
    utc = utc + time;
    run([&](Effects& out) { studio.on_deadline(at(), out); });
  }
  /// To the next deadline of the studio.
  void skip() {
    ASSERT_FALSE(studio.next_deadline().is_never());
    pass(std::max(TimeDelta::zero(), studio.next_deadline() - now));
  }
  void open() {
    run([&](Effects& out) { studio.on_session_started(SessionId("s"), at(), out); });
  }
  void close() {
    run([&](Effects& out) { studio.on_session_ended(at(), out); });
  }
  std::expected<Egress, Refusal> start(StartRequest request) {
    std::expected<Egress, Refusal> answer;
    run([&](Effects& out) { answer = studio.start(std::move(request), at(), out); });
    return answer;
  }
  std::expected<Egress, Refusal> stop(const Selector& which) {
    std::expected<Egress, Refusal> answer;
    run([&](Effects& out) { answer = studio.stop(which, at(), out); });
    return answer;
  }
  void say(const Fact& fact) { say(worker, fact); }
  void say(WorkerId from, const Fact& fact) {
    run([&](Effects& out) { studio.on_fact(from, fact, at(), out); });
  }
  void die() { die(worker); }
  void die(WorkerId who) {
    alive.erase(who);
    run([&](Effects& out) { studio.on_worker_exited(who, at(), out); });
  }
  void end_task(std::expected<Finished, Failed> end) {
    ASSERT_FALSE(tasks.empty());
    const TaskId task = tasks.begin()->first;
    tasks.erase(task);
    run([&](Effects& out) { studio.on_task_ended(task, end, at(), out); });
  }
  const Egress& last(const EgressId& id) const { return kept.at(id); }
  template <typename T>
  std::vector<T> commands() const {
    std::vector<T> found;
    for (const auto& [to, command] : sent) {
      if (const T* wanted = std::get_if<T>(&command)) found.push_back(*wanted);
    }
    return found;
  }
  std::vector<std::string> published(const EgressId& id) const {
    const auto it = events.find(id);
    return it == events.end() ? std::vector<std::string>() : it->second;
  }

  Timestamp now = Timestamp::from_us(1'000'000'000);
  UtcTime utc = UtcTime::from_ms(1'700'000'000'000);
  Studio studio;
  WorkerId worker{};           // the latest
  std::set<WorkerId> alive;    // spawned, and neither exited nor retired
  std::set<WorkerId> retired;  // told to go
  std::set<WorkerId> killed;
  std::set<WorkerId> knows_key;
  std::map<TaskId, Task> tasks;  // that run
  std::vector<std::pair<WorkerId, Command>> sent;
  std::map<EgressId, Egress> kept;
  std::map<EgressId, Egress> announced;
  std::map<EgressId, std::vector<std::string>> events;
  std::map<EgressId, std::set<int>> parts;
  int rooms_closed = 0;

 private:
  static Studio::Settings with_names(Studio::Settings settings) {
    settings.room = RoomId("room");
    settings.files_root = "/files";
    return settings;
  }
  void apply(const SpawnWorker& e) {
    EXPECT_TRUE(alive.empty()) << "a room has one worker";
    EXPECT_GT(e.worker, worker);
    worker = e.worker;
    alive.insert(e.worker);
  }
  void apply(const SendCommand& e) {
    EXPECT_TRUE(alive.contains(e.worker)) << to_line(e.command);
    sent.emplace_back(e.worker, e.command);
    if (to_line(e.command).find(kKey) != std::string::npos) knows_key.insert(e.worker);
    const auto* start = std::get_if<Start>(&e.command);
    if (!start) return;
    EXPECT_TRUE(parts[start->job.id].insert(start->job.part).second) << "part " << start->job.part << " twice";
    EXPECT_EQ(*parts[start->job.id].rbegin(), start->job.part) << "parts count up";
    EXPECT_GT(kept.at(start->job.id).next_part, start->job.part) << "the store knows of it first";
  }
  void apply(const RetireWorker& e) {
    EXPECT_EQ(alive.erase(e.worker), 1u);
    retired.insert(e.worker);
  }
  void apply(const KillWorker& e) {
    EXPECT_TRUE(alive.contains(e.worker));
    killed.insert(e.worker);
  }
  void apply(const SpawnTask& e) {
    EXPECT_EQ(to_line(e.what).find(kKey), std::string::npos) << "a task needs no stream key";
    EXPECT_TRUE(tasks.emplace(e.task, e.what).second);
  }
  void apply(const Keep& e) {
    check(e.egress);
    const auto before = kept.find(e.egress.id);
    if (before != kept.end()) {
      EXPECT_FALSE(is_over(before->second.status)) << "what is over stays as it is";
      EXPECT_GE(e.egress.status, before->second.status) << "statuses go forward";
      EXPECT_GE(e.egress.next_part, before->second.next_part);
    }
    kept.insert_or_assign(e.egress.id, e.egress);
  }
  void apply(const Announce& e) {
    check(e.egress);
    announced.insert_or_assign(e.egress.id, e.egress);
  }
  void apply(const Publish& e) {
    check(e.egress);
    events[e.egress.id].push_back(event_name(e.egress.kind, e.egress.status));
  }
  void apply(const CloseRoom&) { ++rooms_closed; }

  void check(const Egress& egress) {
    std::string text = egress.metadata + to_json(egress.config);
    if (egress.error) text += egress.error->message + egress.error->code;
    for (const OutputStatus& o : egress.outputs) text += o.url + o.message + o.id;
    EXPECT_EQ(text.find(kKey), std::string::npos) << "a stream key got out: " << text;
    EXPECT_EQ(egress.ended_at.has_value(), !is_live(egress.status));
  }
};

inline StartRequest livestream_request() {
  return {.kind = Kind::Livestream, .outputs = {{"", "rtmp://a.example/live", kKey}, {"", "rtmp://b.example/x", ""}}};
}

inline const File kFile{"recording.mp4", 1000, 12.5, 1280, 720, "mp4"};

}  // namespace parley::egress
