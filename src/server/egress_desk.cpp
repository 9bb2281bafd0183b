#include "server/egress_desk.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/log.hpp"
#include "egress/names.hpp"

namespace parley::server {
namespace {

egress::Moment to_egress(room::Moment at) { return {at.now, at.utc}; }

egress::MultiComposition multi_of(const store::RoomRecord& room) {
  const store::MultiComposition& m = room.multi_composition;
  return {.recording = m.recording, .livestream = m.livestream, .hls = m.hls};
}

/// The highest n of "part-<n>.…" among the files, 0 for none.
int last_part_of(const std::vector<std::string>& files) {
  constexpr std::string_view kPrefix = "part-";
  int last = 0;
  for (const std::string& file : files) {
    if (!file.starts_with(kPrefix)) continue;
    int n = 0;
    const auto [end, error] = std::from_chars(file.data() + kPrefix.size(), file.data() + file.size(), n);
    if (error == std::errc()) last = std::max(last, n);
  }
  return last;
}

}  // namespace

EgressDesk::EgressDesk(Config config, WorkerHost& host, EgressListener& listener, Rng rng)
    : config_(std::move(config)), host_(host), listener_(listener), rng_(std::move(rng)) {}

// --- rooms ----------------------------------------------------------------------------------------------------------

EgressDesk::Stage& EgressDesk::stage_of(const store::RoomRecord& room) {
  const auto it = stages_.find(room.id);
  if (it != stages_.end()) return it->second;
  egress::Studio::Settings settings = config_.studio;
  settings.room = room.id;
  settings.files_root = config_.files_root;
  settings.multi = multi_of(room);
  (void)rng_.u64();  // of a seeded one, two copies must not give the same ids
  return stages_.emplace(room.id, Stage{room, egress::Studio(std::move(settings), rng_), {}, false}).first->second;
}

void EgressDesk::drop_if_idle(const RoomId& room) {
  const auto it = stages_.find(room);
  if (it != stages_.end() && !it->second.open && it->second.studio.idle()) stages_.erase(it);
}

void EgressDesk::on_note(const EgressNote& n, room::Moment at) {
  std::visit([&](const auto& what) { note(what, at); }, n);
}

void EgressDesk::note(const egress_note::SessionStarted& n, room::Moment at) {
  Stage& stage = stage_of(n.room);
  stage.room = n.room;
  stage.open = true;
  stage.studio.set_multi(multi_of(n.room));
  // Those that a restart or a still stopping one left: the new room does not know of them.
  for (const egress::Egress& egress : stage.studio.egresses()) listener_.announce(egress);
  egress::Effects effects;
  stage.studio.on_session_started(n.session, to_egress(at), effects);
  run(n.room.id, effects, at);
  listener_.start_automatically(n.room);
}

void EgressDesk::note(const egress_note::SessionEnded& n, room::Moment at) {
  const auto it = stages_.find(n.room);
  if (it == stages_.end()) return;
  it->second.open = false;
  egress::Effects effects;
  it->second.studio.on_session_ended(to_egress(at), effects);
  run(n.room, effects, at);
}

void EgressDesk::note(const egress_note::ParticipantEntered& n, room::Moment) {
  if (const auto it = stages_.find(n.room); it != stages_.end()) {
    it->second.studio.on_participant_entered(n.participant);
  }
}

void EgressDesk::note(const egress_note::ParticipantExited& n, room::Moment at) {
  if (const auto it = stages_.find(n.room); it != stages_.end()) {
    it->second.studio.on_participant_exited(n.participant, to_egress(at));
  }
}

void EgressDesk::recover(egress::Egress egress, std::vector<egress::Output> secrets, room::Moment at) {
  if (egress.storage == egress::Storage::Removing) return begin_removal(std::move(egress), at);
  if (egress::is_over(egress.status)) return begin_upload(std::move(egress), at);
  if (egress.kind == egress::Kind::Merge) {  // its task died with the server
    egress.status = egress::Status::Failed;
    egress.error = egress::Error{"restarted", "The server was restarted meanwhile: merge again."};
    egress.ended_at = at.utc;
    listener_.keep(egress, {});
    return listener_.publish(egress);
  }
  const RoomId room = egress.room;
  const int last_part = last_part_of(host_.files_of(egress.id));
  store::RoomRecord record;
  record.id = room;
  Stage& stage = stage_of(record);
  egress::Effects effects;
  stage.studio.recover(std::move(egress), std::move(secrets), last_part, to_egress(at), effects);
  run(room, effects, at);
}

// --- effects --------------------------------------------------------------------------------------------------------

void EgressDesk::run(const RoomId& room, egress::Effects& effects, room::Moment at) {
  const auto it = stages_.find(room);
  if (it == stages_.end()) return;
  for (egress::Effect& effect : effects) {
    std::visit([&](const auto& e) { execute(it->second, e, at); }, effect);
  }
  effects.clear();
  drop_if_idle(room);
}

void EgressDesk::execute(Stage& stage, const egress::SpawnWorker& effect, room::Moment at) {
  const ProcessId process = next_process();
  const RoomId& room = stage.room.id;
  stage.workers.emplace(effect.worker, process);
  workers_.emplace(process, WorkerPlace{room, effect.worker, {}, false});
  host_.spawn(process, room);
  host_.send(process, egress::Join{config_.signal_url, config_.token(room, at.utc), room});
}

void EgressDesk::execute(Stage& stage, const egress::SendCommand& effect, room::Moment) {
  host_.send(stage.workers.at(effect.worker), effect.command);
}

void EgressDesk::execute(Stage& stage, const egress::RetireWorker& effect, room::Moment) {
  const ProcessId process = stage.workers.at(effect.worker);
  workers_.at(process).retired = true;
  stage.workers.erase(effect.worker);
  host_.retire(process);
}

void EgressDesk::execute(Stage& stage, const egress::KillWorker& effect, room::Moment) {
  log_warn("{}: a worker hangs and is killed", stage.room.id.value());
  host_.kill(stage.workers.at(effect.worker));
}

void EgressDesk::execute(Stage& stage, const egress::SpawnTask& effect, room::Moment) {
  const ProcessId process = next_process();
  tasks_.emplace(process, StudioTask{stage.room.id, effect.task});
  host_.run_task(process, effect.what);
}

void EgressDesk::execute(Stage& stage, const egress::Keep& effect, room::Moment at) {
  const bool over = egress::is_over(effect.egress.status);
  if (over && config_.bucket && !effect.egress.files.empty()) return begin_upload(effect.egress, at);
  listener_.keep(effect.egress, over ? std::vector<egress::Output>() : stage.studio.secrets(effect.egress.id));
}

void EgressDesk::execute(Stage&, const egress::Announce& effect, room::Moment) { listener_.announce(effect.egress); }

void EgressDesk::execute(Stage& stage, const egress::Publish& effect, room::Moment) {
  const egress::Egress& e = effect.egress;
  if (e.status == egress::Status::Failed) {
    ++failed_;
    log_warn("{}: {} {} failed: {}", stage.room.id.value(), egress::spoken_name(e.kind), e.id.value(),
             e.error->message);
  } else {
    log_info("{}: {} {}", stage.room.id.value(), e.id.value(), egress::status_name(e.kind, e.status));
  }
  listener_.publish(e);
}

void EgressDesk::execute(Stage& stage, const egress::CloseRoom&, room::Moment) {
  log_warn("{}: closed since its recording failed", stage.room.id.value());
  listener_.close_room(stage.room.id);
}

// --- processes ------------------------------------------------------------------------------------------------------

void EgressDesk::on_fact(ProcessId process, const egress::Fact& fact, room::Moment at) {
  const auto it = workers_.find(process);
  if (it == workers_.end() || it->second.retired) return;
  if (const auto* stats = std::get_if<egress::Stats>(&fact)) it->second.stats = *stats;
  const RoomId room = it->second.room;
  const auto stage = stages_.find(room);
  if (stage == stages_.end()) return;
  egress::Effects effects;
  stage->second.studio.on_fact(it->second.worker, fact, to_egress(at), effects);
  run(room, effects, at);
}

void EgressDesk::on_worker_exited(ProcessId process, room::Moment at) {
  const auto it = workers_.find(process);
  if (it == workers_.end()) return;
  const WorkerPlace place = it->second;
  workers_.erase(it);
  if (place.retired) return;
  ++worker_deaths_;
  const auto stage = stages_.find(place.room);
  if (stage == stages_.end()) return;
  log_warn("{}: the worker ended while it was needed", place.room.value());
  stage->second.workers.erase(place.worker);
  egress::Effects effects;
  stage->second.studio.on_worker_exited(place.worker, to_egress(at), effects);
  run(place.room, effects, at);
}

void EgressDesk::on_task_ended(ProcessId process, const std::expected<egress::Finished, egress::Failed>& end,
                               room::Moment at) {
  const auto it = tasks_.find(process);
  if (it == tasks_.end()) return;
  TaskPlace place = std::move(it->second);
  tasks_.erase(it);
  if (auto* other = std::get_if<OtherTask>(&place)) return end_other(std::move(*other), end, at);
  if (const auto* transfer = std::get_if<TransferTask>(&place)) return end_transfer(*transfer, end, at);
  const auto& task = std::get<StudioTask>(place);
  const auto stage = stages_.find(task.room);
  if (stage == stages_.end()) return;
  egress::Effects effects;
  stage->second.studio.on_task_ended(task.task, end, to_egress(at), effects);
  run(task.room, effects, at);
}

// --- time and looking -----------------------------------------------------------------------------------------------

Timestamp EgressDesk::next_deadline() const {
  Timestamp next = Timestamp::never();
  for (const auto& [room, stage] : stages_) next = std::min(next, stage.studio.next_deadline());
  if (running_transfers() == kMaxTransfers) return next;  // one that ends makes room for another
  for (const auto& [id, transfer] : transfers_) {
    if (!transfer.process) next = std::min(next, transfer.next);
  }
  return next;
}

void EgressDesk::on_deadline(room::Moment at) {
  std::vector<RoomId> due;
  for (const auto& [room, stage] : stages_) {
    if (stage.studio.next_deadline() <= at.now) due.push_back(room);
  }
  for (const RoomId& room : due) {
    egress::Effects effects;
    stages_.at(room).studio.on_deadline(to_egress(at), effects);
    run(room, effects, at);
  }
  run_transfers(at);
}

bool EgressDesk::is_live(const EgressId& egress) const {
  return std::ranges::any_of(stages_, [&](const auto& entry) { return entry.second.studio.find(egress) != nullptr; });
}

EgressDesk::Stats EgressDesk::stats() const {
  Stats stats{.live = {}, .tasks = tasks_.size(), .worker_deaths = worker_deaths_, .failed = failed_};
  for (const auto& [room, stage] : stages_) {
    for (const egress::Egress& egress : stage.studio.egresses()) ++stats.live[egress.kind];
  }
  for (const auto& [id, transfer] : transfers_) ++(transfer.removes() ? stats.removals : stats.uploads);
  stats.workers = workers_.size();
  for (const auto& [process, place] : workers_) {
    stats.cpu_cores += place.stats.cpu_cores;
    stats.memory_bytes += place.stats.memory_bytes;
    stats.late_pictures += place.stats.late_pictures;
  }
  return stats;
}

}  // namespace parley::server
