// The part of Studio that keeps a worker running for as long as something needs it, and hears from it.
#include <algorithm>
#include <utility>

#include "egress/studio.hpp"

namespace parley::egress {

bool Studio::worker_needed() const {
  return std::ranges::any_of(live_, [](const auto& entry) { return entry.second.phase == Phase::Running; });
}

/// A stream key must not get out by way of an error text of some library.
std::string Studio::without_keys(std::string text) const {
  for (const std::string& key : keys_) {
    for (size_t at; (at = text.find(key)) != std::string::npos;) text.replace(at, key.size(), "(key)");
  }
  return text;
}

Job Studio::job_of(const Live& live) const {
  const Egress& egress = live.egress;
  return {.id = egress.id,
          .kind = egress.kind,
          .folder = settings_.files_root + "/" + egress.id.value(),
          .part = egress.next_part,
          .file_format = egress.file_format,
          .config = egress.config,
          .outputs = live.outputs,
          .target = egress.target,
          .paused = egress.paused};
}

/// Gives the worker what it does not have yet; without one, starts one unless that waits for its time.
void Studio::want_worker(Moment at, Effects& out) {
  if (!worker_) {
    if (respawn_at_.is_never()) spawn_worker(at, out);
    return;
  }
  for (auto& [id, live] : live_) {
    if (live.phase == Phase::Running && !live.given) give(live, at, out);
  }
}

void Studio::spawn_worker(Moment at, Effects& out) {
  respawn_at_ = Timestamp::never();
  worker_ = Worker{.id = WorkerId(++workers_), .started = at.now};
  out.emplace_back(SpawnWorker{worker_->id});
  want_worker(at, out);
}

void Studio::give(Live& live, Moment at, Effects& out) {
  Job job = job_of(live);
  ++live.egress.next_part;
  live.given = true;
  live.flows = false;
  // A track may be silent, and what is paused waits: only a picture that must come is waited for.
  const bool must_come = live.egress.kind != Kind::TrackRecording && !live.egress.paused;
  live.deadline = must_come ? at.now + settings_.start_timeout : Timestamp::never();
  // The number is on disk before the file is.
  out.emplace_back(Keep{live.egress});
  out.emplace_back(SendCommand{worker_->id, Start{std::move(job)}});
}

void Studio::on_worker_exited(WorkerId worker, Moment at, Effects& out) {
  if (!worker_ || worker_->id != worker) return;
  lose_worker(at, out);
  sweep(out);
}

void Studio::lose_worker(Moment at, Effects& out) {
  const bool worthwhile = at.now - worker_->flows_since >= settings_.worthwhile;
  const TimeDelta lived = worthwhile ? settings_.healthy : at.now - worker_->started;
  worker_.reset();
  for (auto& [id, live] : live_) {
    live.given = live.flows = false;
    if (live.phase == Phase::Stopping) finalise(live, at, out);
    if (live.phase != Phase::Running) continue;
    ++live.egress.restarts;
    // The time to the first picture counts from the first worker on: it is the user who waits.
    if (live.egress.status != Status::Starting) live.deadline = Timestamp::never();
  }
  if (!worker_needed()) return;
  const auto pause = restarts_.on_death(lived);
  if (!pause) return give_up_workers(at, out);
  if (*pause == TimeDelta::zero()) return spawn_worker(at, out);
  respawn_at_ = at.now + *pause;
}

void Studio::give_up_workers(Moment at, Effects& out) {
  restarts_.reset();
  for (auto& [id, live] : live_) {
    if (live.phase == Phase::Running) {
      fail(live, {"worker-died", "The process that makes it ended again and again."}, at, out);
    }
  }
}

void Studio::retire_if_unused(Effects& out) {
  const auto uses = [](const auto& entry) {
    return entry.second.phase == Phase::Running || entry.second.phase == Phase::Stopping;
  };
  if (std::ranges::any_of(live_, uses)) return;
  respawn_at_ = Timestamp::never();
  restarts_.reset();
  if (worker_) out.emplace_back(RetireWorker{worker_->id});
  worker_.reset();
}

// --- facts ----------------------------------------------------------------------------------------------------------

void Studio::on_fact(WorkerId worker, const Fact& fact, Moment at, Effects& out) {
  if (!worker_ || worker_->id != worker) return;  // of one that was retired
  std::visit([&](const auto& f) { handle(f, at, out); }, fact);
  if (worker_->joined) worker_->silent_until = at.now + settings_.silence;
  sweep(out);
}

void Studio::check_silence(Moment at, Effects& out) {
  if (!worker_ || worker_->silent_until > at.now) return;
  const bool held_up = at.now - worker_->silent_until >= settings_.held_up;
  worker_->silent_until = held_up ? at.now + settings_.silence : Timestamp::never();
  if (!held_up) out.emplace_back(KillWorker{worker_->id});
}

void Studio::handle(const Joined&, Moment, Effects&) { worker_->joined = true; }

void Studio::handle(const Started& fact, Moment at, Effects& out) {
  Live* live = find_live(fact.id);
  if (!live || !live->given) return;
  worker_->flows_since = std::min(worker_->flows_since, at.now);
  live->flows = true;
  if (live->phase == Phase::Running) live->deadline = Timestamp::never();
  if (!live->egress.started_at) live->egress.started_at = fact.at;
  if (live->egress.status == Status::Starting) set_status(*live, Status::Started, out);
}

void Studio::handle(const Playable& fact, Moment, Effects& out) {
  Live* live = find_live(fact.id);
  if (live && live->egress.status == Status::Started) set_status(*live, Status::Playable, out);
}

void Studio::handle(const OutputChanged& fact, Moment at, Effects& out) {
  Live* live = find_live(fact.id);
  if (!live) return;
  const auto output = std::ranges::find(live->egress.outputs, fact.output, &OutputStatus::id);
  if (output == live->egress.outputs.end()) return;  // removed since
  OutputStatus next{output->id, output->url, fact.state, without_keys(fact.message)};
  if (*output == next) return;
  *output = std::move(next);
  changed(*live, out);
  const bool all_failed =
      std::ranges::all_of(live->egress.outputs, [](const OutputStatus& o) { return o.state == OutputState::Failed; });
  if (!all_failed || live->phase != Phase::Running) return;
  live->egress.error = Error{"outputs-failed", "No output took the stream: " + output->message};
  begin_stop(*live, at, out);
}

/// A long finalising shows that it goes on.
void Studio::handle(const Progress& fact, Moment at, Effects&) {
  Live* live = find_live(fact.id);
  if (live && live->phase == Phase::Stopping) live->deadline = at.now + settings_.stop_timeout;
}

void Studio::handle(const Paused&, Moment, Effects&) {}
void Studio::handle(const Resumed&, Moment, Effects&) {}

void Studio::handle(const Finished& fact, Moment at, Effects& out) {
  Live* live = find_live(fact.id);
  if (!live || !live->given || live->phase == Phase::Finalising) return;
  finish(*live, fact.files, at, out);
}

void Studio::handle(const Failed& fact, Moment at, Effects& out) {
  Live* live = find_live(fact.id);
  if (!live || !live->given || live->phase == Phase::Finalising) return;
  fail(*live, {fact.code, without_keys(fact.message)}, at, out);
}

/// It exits by itself; one that does not would hold up the next.
void Studio::handle(const Left&, Moment at, Effects&) {
  for (auto& [id, live] : live_) {
    if (live.phase == Phase::Running && live.given && live.egress.status != Status::Starting) {
      live.deadline = at.now + settings_.start_timeout;
    }
  }
}

}  // namespace parley::egress
