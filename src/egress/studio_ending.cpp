// The part of Studio that brings egresses to their end, and watches the clock.
#include <algorithm>
#include <utility>

#include "egress/studio.hpp"

namespace parley::egress {
namespace {

/// Whether there is something to finalise. What never said that it started has written nothing worth keeping.
bool left_files(const Egress& egress) { return egress.kind != Kind::Livestream && egress.started_at.has_value(); }

/// The pause after a finalising that failed: 1, 5, 15, 45, 120 s. A disk that is full may be cleared.
TimeDelta task_pause(int tries) {
  constexpr int64_t kPauses[] = {1, 5, 15, 45, 120};
  return TimeDelta::seconds(kPauses[std::min<size_t>(static_cast<size_t>(tries), std::size(kPauses)) - 1]);
}

}  // namespace

void Studio::begin_stop(Live& live, Moment at, Effects& out) {
  live.egress.ended_at = at.utc;
  live.target_gone_at = Timestamp::never();
  if (live.phase == Phase::Running && worker_ && live.given) {
    live.phase = Phase::Stopping;
    live.deadline = at.now + settings_.stop_timeout;
    out.emplace_back(SendCommand{worker_->id, Stop{live.egress.id}});
    set_status(live, Status::Stopping, out);
    return;
  }
  if (left_files(live.egress)) return finalise(live, at, out);
  set_status(live, Status::Stopping, out);
  finish(live, {}, at, out);
}

void Studio::fail(Live& live, Error error, Moment at, Effects& out) {
  live.egress.error = std::move(error);
  live.given = false;
  if (left_files(live.egress)) return finalise(live, at, out);
  finish(live, {}, at, out);
}

/// Has a task join what the worker left. The worker no longer touches the folder.
void Studio::finalise(Live& live, Moment at, Effects& out) {
  if (!live.egress.ended_at) live.egress.ended_at = at.utc;
  live.phase = Phase::Finalising;
  live.given = false;
  live.target_gone_at = Timestamp::never();
  if (live.egress.status != Status::Stopping) set_status(live, Status::Stopping, out);
  if (!left_files(live.egress)) return finish(live, {}, at, out);
  try_finalise(live, out);
}

void Studio::try_finalise(Live& live, Effects& out) {
  live.deadline = Timestamp::never();
  live.task = TaskId(++tasks_);
  ++live.task_tries;
  Job job = job_of(live);
  job.outputs.clear();
  out.emplace_back(SpawnTask{*live.task, Finalise{std::move(job)}});
}

void Studio::on_task_ended(TaskId task, const std::expected<Finished, Failed>& end, Moment at, Effects& out) {
  const auto it = std::ranges::find_if(live_, [&](const auto& entry) { return entry.second.task == task; });
  if (it == live_.end()) return;
  Live& live = it->second;
  live.task.reset();
  if (end) {
    finish(live, end->files, at, out);
  } else if (live.task_tries < kMaxTaskTries) {
    live.deadline = at.now + task_pause(live.task_tries);
  } else {
    const std::string why = "The files could not be finalised: " + end.error().message +
                            " What was recorded is kept in the folder of this recording.";
    // The first thing that went wrong is what it failed of.
    Error& error = live.egress.error ? *live.egress.error : live.egress.error.emplace(end.error().code, "");
    error.message += (error.message.empty() ? "" : " ") + why;
    finish(live, {}, at, out);
  }
  sweep(out);
}

void Studio::finish(Live& live, std::vector<File> files, Moment at, Effects& out) {
  Egress& egress = live.egress;
  if (!egress.ended_at) egress.ended_at = at.utc;
  const bool lost = files.empty() && egress.started_at && egress.kind != Kind::Livestream;
  if (lost && !egress.error) egress.error = Error{"lost", "No file of it was found."};
  egress.files = std::move(files);
  egress.paused = false;
  for (OutputStatus& output : egress.outputs) {
    if (output.state != OutputState::Failed) output.state = OutputState::Ended;
  }
  live.deadline = Timestamp::never();
  live.outputs.clear();
  set_status(live, egress.error ? Status::Failed : Status::Stopped, out);
  if (egress.error && egress.close_room_after_s && session_) {
    close_room_at_ = std::min(close_room_at_, at.now + TimeDelta::seconds(*egress.close_room_after_s));
  }
}

/// Forgets what is over; the last one's worker goes with it. At the end of each call, since it erases.
void Studio::sweep(Effects& out) {
  std::erase_if(live_, [](const auto& entry) { return is_over(entry.second.egress.status); });
  if (live_.empty()) keys_.clear();
  retire_if_unused(out);
}

// --- time -----------------------------------------------------------------------------------------------------------

Timestamp Studio::next_deadline() const {
  Timestamp next = std::min(respawn_at_, close_room_at_);
  if (worker_) next = std::min(next, worker_->silent_until);
  for (const auto& [id, live] : live_) next = std::min({next, live.deadline, live.target_gone_at});
  return next;
}

void Studio::on_deadline(Moment at, Effects& out) {
  if (respawn_at_ <= at.now) spawn_worker(at, out);
  check_silence(at, out);
  if (close_room_at_ <= at.now) {
    close_room_at_ = Timestamp::never();
    out.emplace_back(CloseRoom{});
  }
  for (auto& [id, live] : live_) {
    if (live.target_gone_at <= at.now && live.phase == Phase::Running) begin_stop(live, at, out);
    if (live.deadline <= at.now) overdue(live, at, out);
  }
  sweep(out);
}

void Studio::overdue(Live& live, Moment at, Effects& out) {
  live.deadline = Timestamp::never();
  switch (live.phase) {
    case Phase::Waiting: return begin_stop(live, at, out);  // nobody came back
    case Phase::Finalising: return try_finalise(live, out);
    case Phase::Stopping:
      if (worker_) out.emplace_back(KillWorker{worker_->id});
      return;
    case Phase::Running: break;
  }
  if (live.egress.status == Status::Starting) {
    live.egress.error = Error{"start-timeout", "It did not start in time."};
    if (worker_ && !worker_->joined) out.emplace_back(KillWorker{worker_->id});
    return begin_stop(live, at, out);
  }
  // It ran, its worker died, and the next one does not bring it back.
  if (worker_) out.emplace_back(KillWorker{worker_->id});
}

}  // namespace parley::egress
