// The part of EgressDesk that brings files into the bucket and deletes them there.
#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "server/bucket.hpp"
#include "server/egress_desk.hpp"

namespace parley::server {
namespace {

/// 5 s, doubling to 15 minutes.
TimeDelta pause_after(int tries) {
  const TimeDelta pause = TimeDelta::seconds(5) * (int64_t{1} << std::min(tries - 1, 8));
  return std::min(pause, TimeDelta::seconds(900));
}

}  // namespace

void EgressDesk::begin_upload(egress::Egress egress, room::Moment at) {
  if (!config_.bucket) {  // it was on its way when the server stopped, and has no bucket any more
    egress.storage = egress::Storage::Local;
    egress.storage_error.clear();
    return listener_.keep(egress, {});
  }
  egress.storage = egress::Storage::Uploading;
  listener_.keep(egress, {});
  const EgressId id = egress.id;
  transfers_.insert_or_assign(id, Transfer{std::move(egress), 0, at.now});
  run_transfers(at);
}

void EgressDesk::begin_removal(egress::Egress egress, room::Moment at) {
  const EgressId id = egress.id;
  const bool only_here = egress.storage == egress::Storage::Local;
  egress.storage = egress::Storage::Removing;
  egress.storage_error.clear();
  if (!config_.bucket || only_here) {
    if (!only_here) log_warn("{}: what is in a bucket stays there, since this server has none configured", id.value());
    host_.remove_files(id, Keep::Nothing);
    egress.storage = egress::Storage::Removed;
    return listener_.keep(egress, {});
  }
  listener_.keep_then(egress, [this, id] { host_.remove_files(id, Keep::Notes); });
  const auto running = transfers_.find(id);
  if (running != transfers_.end() && running->second.process) {
    // Its upload. It must have ended before anything is deleted behind its back.
    host_.kill(*running->second.process);
    running->second.egress = std::move(egress);
    return;
  }
  transfers_.insert_or_assign(id, Transfer{std::move(egress), 0, at.now});
  run_transfers(at);
}

size_t EgressDesk::running_transfers() const {
  return static_cast<size_t>(
      std::ranges::count_if(transfers_, [](const auto& entry) { return entry.second.process.has_value(); }));
}

void EgressDesk::run_transfers(room::Moment at) {
  size_t running = running_transfers();
  for (auto& [id, transfer] : transfers_) {
    if (running == kMaxTransfers) return;
    if (transfer.process || transfer.next > at.now) continue;
    run_transfer(transfer);
    ++running;
  }
}

void EgressDesk::run_transfer(Transfer& transfer) {
  ++transfer.tries;
  const ProcessId process = next_process();
  transfer.process = process;
  const egress::Egress& e = transfer.egress;
  tasks_.emplace(process, TransferTask{e.id, transfer.removes()});
  const std::string prefix = object_prefix(config_.bucket_prefix, e);
  if (transfer.removes()) {
    host_.run_task(process, egress::Erase{e.id, folder_of(e.id), *config_.bucket, prefix});
  } else {
    host_.run_task(process, egress::Upload{e.id, folder_of(e.id), *config_.bucket, prefix});
  }
}

void EgressDesk::end_transfer(const TransferTask& task, const std::expected<egress::Finished, egress::Failed>& end,
                              room::Moment at) {
  const auto it = transfers_.find(task.egress);
  if (it == transfers_.end()) return;
  Transfer& transfer = it->second;
  egress::Egress& e = transfer.egress;
  transfer.process.reset();
  if (task.removal != transfer.removes()) {  // deleted while it went up
    transfer.tries = 0;
    transfer.next = at.now;
  } else if (!end) {
    log_warn("{}: {} failed ({}): {}", e.id.value(), task.removal ? "deleting it in the bucket" : "upload",
             end.error().code, end.error().message);
    e.storage_error = end.error().message;
    listener_.keep(e, {});
    transfer.next = at.now + pause_after(transfer.tries);
  } else {
    settle(std::move(e), task.removal);
    transfers_.erase(it);
  }
  run_transfers(at);
}

/// What a transfer brought about. Nothing here is deleted before the record says where it is.
void EgressDesk::settle(egress::Egress e, bool removed) {
  e.storage_error.clear();
  e.storage = removed ? egress::Storage::Removed : egress::Storage::Bucket;
  const EgressId id = e.id;
  listener_.keep_then(e, [this, id, removed] { host_.remove_files(id, removed ? Keep::Nothing : Keep::Playlists); });
}

}  // namespace parley::server
