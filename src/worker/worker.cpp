#include "worker/worker.hpp"

#include <sys/resource.h>

#include <unistd.h>
#include <algorithm>
#include <fstream>
#include <utility>

#include "base/log.hpp"
#include "net/clock.hpp"

namespace parley::worker {
namespace {

/// Of this process, in bytes; 0 if the kernel does not tell.
int64_t resident_memory() {
  std::ifstream statm("/proc/self/statm");
  int64_t total = 0;
  int64_t resident = 0;
  statm >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

TimeDelta process_cpu() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& t) { return int64_t{t.tv_sec} * 1'000'000 + t.tv_usec; };
  return TimeDelta::micros(us(usage.ru_utime) + us(usage.ru_stime));
}

}  // namespace

Worker::Worker(const Options& options, Tell tell)
    : options_(options),
      tell_(std::move(tell)),
      compositions_(net::monotonic_now(), net::utc_now(),
                    {.on_sink =
                         [this](SinkId sink, CompositionEvent event) {
                           tasks_.post([this, sink, event = std::move(event)] { on_sink(sink, event); });
                         },
                     .on_shown =
                         [this] {
                           tasks_.post([this] {
                             if (room_) room_->show(compositions_.shown());
                           });
                         }}) {}

Worker::~Worker() = default;

void Worker::post(egress::Command command) {
  tasks_.post([this, command = std::move(command)] { std::visit([this](const auto& c) { carry_out(c); }, command); });
}

void Worker::post_end() {
  tasks_.post([this] {
    ending_ = true;
    for (const auto& [id, run] : runs_) run->abandon();
    waiting_.clear();
  });
}

int Worker::run() {
  Timestamp progress_at = net::monotonic_now() + kProgressInterval;
  while (!done()) {
    tasks_.run_until(progress_at);
    sweep();
    if (net::monotonic_now() < progress_at) continue;
    progress_at = net::monotonic_now() + kProgressInterval;
    for (const auto& [id, run] : runs_) run->tell_progress();
    tell_stats();
  }
  if (room_ && joined_) room_->leave();
  return exit_code_;
}

bool Worker::done() const { return (ending_ || had_work_) && runs_.empty() && waiting_.empty(); }

void Worker::sweep() {
  std::erase_if(runs_, [](const auto& item) { return item.second->over(); });
}

// --- commands --------------------------------------------------------------------------------------------------------

void Worker::carry_out(const egress::Join& join) {
  if (room_) return;
  room_ = std::make_unique<RoomReceiver>(
      RoomReceiver::Config{.signal_url = join.signal_url, .token = join.token, .room = join.room.value()},
      RoomReceiver::Callbacks{
          .on_joined = [this] { tasks_.post([this] { on_joined(); }); },
          .on_feed = [this](const Feed& feed) { compositions_.feed(feed); },
          .on_stream = [this](const StreamKey& key, bool on) { tasks_.post([this, key, on] { on_stream(key, on); }); },
          .on_left = [this](const std::string& reason) { tasks_.post([this, reason] { on_left(reason); }); }});
  room_->join();
}

void Worker::carry_out(const egress::Start& start) {
  if (ending_ || runs_.contains(start.job.id)) return;
  had_work_ = true;
  if (joined_) return begin(start.job);
  waiting_.push_back(start.job);
}

void Worker::begin(const egress::Job& job) {
  const bool copies = job.kind == egress::Kind::TrackRecording && job.file_format != egress::FileFormat::Mp3 &&
                      job.file_format != egress::FileFormat::M3u8;
  auto& run = runs_[job.id];
  run = copies ? make_track_run(job, services()) : make_composed_run(job, services());
  run->start();
}

EgressRun* Worker::find(const EgressId& id) {
  const auto found = runs_.find(id);
  return found == runs_.end() ? nullptr : found->second.get();
}

void Worker::carry_out(const egress::Stop& stop) {
  if (EgressRun* run = find(stop.id)) return run->stop();
  // Stopped before the room was even joined: there is nothing to keep.
  if (std::erase_if(waiting_, [&](const auto& job) { return job.id == stop.id; })) {
    tell_(egress::Failed{stop.id, "nothing-recorded", "it was stopped before it had begun"});
  }
}

void Worker::carry_out(const egress::Pause& pause) {
  if (EgressRun* run = find(pause.id)) run->pause();
  for (egress::Job& job : waiting_) job.paused = job.paused || job.id == pause.id;
}

void Worker::carry_out(const egress::Resume& resume) {
  if (EgressRun* run = find(resume.id)) run->resume();
  for (egress::Job& job : waiting_) job.paused = job.paused && job.id != resume.id;
}

void Worker::carry_out(const egress::Update& update) {
  if (EgressRun* run = find(update.id)) run->update(update.config);
  for (egress::Job& job : waiting_) {
    if (job.id == update.id) job.config = update.config;
  }
}

void Worker::carry_out(const egress::ChangeOutputs& change) {
  if (EgressRun* run = find(change.id)) return run->change_outputs(change);
  for (egress::Job& job : waiting_) {
    if (job.id != change.id) continue;
    std::erase_if(job.outputs, [&](const egress::Output& output) {
      return std::find(change.remove.begin(), change.remove.end(), output.id) != change.remove.end();
    });
    job.outputs.insert(job.outputs.end(), change.add.begin(), change.add.end());
  }
}

// --- what happens ----------------------------------------------------------------------------------------------------

void Worker::on_joined() {
  if (joined_) return;  // again, after a reconnect
  joined_ = true;
  tell_(egress::Joined{});
  for (const egress::Job& job : std::exchange(waiting_, {})) begin(job);
}

void Worker::on_left(const std::string& reason) {
  if (std::exchange(ending_, true)) return;
  log_info("out of the room: {}", reason);
  tell_(egress::Left{reason});
  if (!joined_) exit_code_ = 1;
  waiting_.clear();
  for (const auto& [id, run] : runs_) run->stop();
}

void Worker::on_stream(const StreamKey& stream, bool on) {
  for (const auto& [id, run] : runs_) run->on_stream(stream, on);
}

void Worker::on_sink(SinkId sink, const CompositionEvent& event) {
  for (const auto& [id, run] : runs_) {
    if (run->owns(sink)) return run->on_sink(event);
  }
}

Services Worker::services() {
  return {.tell = tell_,
          .compositions = compositions_,
          .room = *room_,
          .allow_private = options_.allow_private,
          .in_background = [this](const EgressId& id, auto work,
                                  auto after) { run_in_background(id, std::move(work), std::move(after)); },
          .post =
              [this](const EgressId& id, std::function<void()> task) {
                tasks_.post([this, id, task = std::move(task)] {
                  if (find(id)) task();
                });
              }};
}

void Worker::run_in_background(const EgressId& id, std::function<Services::Files()> work,
                               std::function<void(Services::Files)> after) {
  background_.emplace_back([this, id, work = std::move(work), after = std::move(after)] {
    tasks_.post([this, id, after, files = work()] {
      if (find(id)) after(files);
    });
  });
}

void Worker::tell_stats() {
  const Timestamp now = net::monotonic_now();
  const TimeDelta cpu = process_cpu();
  const double cores =
      cpu_before_at_ == Timestamp() ? 0 : (cpu - cpu_before_).seconds_f() / (now - cpu_before_at_).seconds_f();
  cpu_before_ = cpu;
  cpu_before_at_ = now;
  const CompositionCosts costs = compositions_.costs();
  const TimeDelta decode = room_ ? room_->decoding_time() : TimeDelta();
  tell_(egress::Stats{.cpu_cores = cores,
                      .memory_bytes = resident_memory(),
                      .pictures = costs.pictures,
                      .late_pictures = costs.late + costs.skipped});
  // Read by bench/recording too.
  log_debug(
      "cpu {:.3f} s: decode {:.3f}, scale {:.3f}, paint {:.3f}, encode {:.3f}, sound {:.3f}, write {:.3f}; {} "
      "pictures, "
      "{} late, {} skipped",
      cpu.seconds_f(), decode.seconds_f(), costs.scale.seconds_f(), (costs.compose - costs.scale).seconds_f(),
      costs.encode.seconds_f(), costs.sound.seconds_f(), costs.write.seconds_f(), costs.pictures, costs.late,
      costs.skipped);
}

}  // namespace parley::worker
