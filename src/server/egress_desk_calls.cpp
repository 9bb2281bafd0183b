// The part of EgressDesk that answers calls of REST and signalling, and runs the tasks that belong to no room.
#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "egress/names.hpp"
#include "server/egress_desk.hpp"

namespace parley::server {
namespace {

constexpr size_t kIdSize = 24;
/// Where captures of a stream are kept, in its folder.
constexpr const char* kThumbnails = "thumbnails";

egress::Moment to_egress(room::Moment at) { return {at.now, at.utc}; }

std::unexpected<egress::Refusal> refuse(int status, uint32_t code, std::string message) {
  return std::unexpected(egress::Refusal{status, code, std::move(message)});
}

bool writes_files(egress::Kind kind) { return kind != egress::Kind::Livestream; }

}  // namespace

void EgressDesk::call(const api::EgressCall& call, room::Moment at, Done done) {
  std::visit([&](const auto& what) { ask(call.room, what, at, done); }, call.what);
}

std::expected<void, egress::Refusal> EgressDesk::may_start(const Stage* stage, const api::StartEgress& start) const {
  const uint32_t code = egress::code::of(start.request.kind).start;
  const bool new_worker = !stage || !stage->studio.has_worker();
  if (new_worker && workers_.size() >= config_.max_workers) {
    return refuse(503, code, "This server runs as many recordings and streams as it may: try again later.");
  }
  const auto free = host_.free_bytes();
  const bool writes = writes_files(start.request.kind) || start.also_record;
  if (writes && free && *free < kMinFreeBytes) {
    return refuse(507, code, "The disk for recordings is full.");
  }
  return {};
}

void EgressDesk::ask(const store::RoomRecord& room, const api::StartEgress& what, room::Moment at, Done& done) {
  const auto it = stages_.find(room.id);
  if (it == stages_.end() || !it->second.open) {
    return done(
        refuse(404, egress::code::of(what.request.kind).start, "The room has no session now: nobody is in it."));
  }
  if (auto may = may_start(&it->second, what); !may) return done(std::unexpected(may.error()));
  egress::Effects effects;
  auto started = it->second.studio.start(what.request, to_egress(at), effects);
  if (started && what.also_record) {
    egress::StartRequest second = what.request;
    second.kind = egress::Kind::Recording;
    second.file_format = egress::FileFormat::Mp4;
    second.outputs.clear();
    const auto recording = it->second.studio.start(std::move(second), to_egress(at), effects);
    if (!recording) log_warn("{}: not recorded too: {}", room.id.value(), recording.error().message);
  }
  run(room.id, effects, at);
  if (!started) return done(std::unexpected(started.error()));
  done(Answer{std::move(*started), std::nullopt});
}

template <typename Call>
void EgressDesk::ask_studio(const store::RoomRecord& room, const egress::Selector& which, room::Moment at, Done& done,
                            Call call) {
  const auto it = stages_.find(room.id);
  if (it == stages_.end()) {
    const std::string kind(egress::spoken_name(which.kind));
    return done(refuse(404, egress::code::of(which.kind).stop, "The room has no live " + kind + "."));
  }
  egress::Effects effects;
  std::expected<egress::Egress, egress::Refusal> answer = call(it->second.studio, effects);
  run(room.id, effects, at);
  if (!answer) return done(std::unexpected(answer.error()));
  done(Answer{std::move(*answer), std::nullopt});
}

void EgressDesk::ask(const store::RoomRecord& room, const api::StopEgress& what, room::Moment at, Done& done) {
  ask_studio(room, what.which, at, done,
             [&](egress::Studio& studio, egress::Effects& out) { return studio.stop(what.which, to_egress(at), out); });
}

void EgressDesk::ask(const store::RoomRecord& room, const api::PauseEgress& what, room::Moment at, Done& done) {
  ask_studio(room, what.which, at, done, [&](egress::Studio& studio, egress::Effects& out) {
    return studio.pause(what.which, what.paused, to_egress(at), out);
  });
}

void EgressDesk::ask(const store::RoomRecord& room, const api::ChangeLayout& what, room::Moment at, Done& done) {
  ask_studio(room, what.which, at, done, [&](egress::Studio& studio, egress::Effects& out) {
    return studio.update(what.which, what.layout, what.theme, to_egress(at), out);
  });
}

void EgressDesk::ask(const store::RoomRecord& room, const api::ChangeOutputs& what, room::Moment at, Done& done) {
  ask_studio(room, what.which, at, done, [&](egress::Studio& studio, egress::Effects& out) {
    return studio.change_outputs(what.which, what.add, what.remove, to_egress(at), out);
  });
}

/// The store hides it already, and knows what is still to be done.
void EgressDesk::ask(const store::RoomRecord&, const api::DeleteEgress& what, room::Moment at, Done& done) {
  begin_removal(what.egress, at);
  done(Answer{what.egress, std::nullopt});
}

// --- tasks of nobody's room -----------------------------------------------------------------------------------------

void EgressDesk::ask(const store::RoomRecord& room, const api::CaptureHls& what, room::Moment at, Done& done) {
  const auto it = stages_.find(room.id);
  std::optional<egress::Egress> hls;
  if (it != stages_.end()) {
    for (const egress::Egress& e : it->second.studio.egresses()) {
      if (e.kind == egress::Kind::Hls && e.status == egress::Status::Playable) hls = e;
    }
  }
  const uint32_t code = egress::code::of(egress::Kind::Hls).start;
  if (!hls) return done(refuse(404, code, "The room has no HLS stream that plays now."));
  const std::string name = "capture-" + std::to_string(at.utc.ms()) + "." + what.format;
  egress::Capture task{.id = hls->id,
                       .folder = folder_of(hls->id),
                       .source = "index.m3u8",
                       .file = std::string(kThumbnails) + "/" + name,
                       .at = what.at,
                       .width = what.width,
                       .height = what.height};
  const ProcessId process = next_process();
  tasks_.emplace(process, OtherTask{std::move(*hls), false, std::move(done)});
  host_.run_task(process, task);
}

void EgressDesk::ask(const store::RoomRecord& room, const api::MergeRecordings& what, room::Moment at, Done& done) {
  egress::Egress merge{.id = EgressId(rng_.text(kIdSize, "0123456789abcdef")),
                       .kind = egress::Kind::Merge,
                       .room = room.id,
                       .session = what.session,
                       .status = egress::Status::Started};
  merge.created_at = at.utc;
  merge.started_at = at.utc;
  merge.file_format = egress::FileFormat::Mp3;
  merge.webhook_url = what.webhook_url;
  merge.dir_path = what.dir_path;
  UtcTime first = at.utc;
  for (const auto* channel : {&what.left, &what.right}) {
    for (const egress::Egress& e : *channel) first = std::min(first, e.started_at.value_or(e.created_at));
  }
  const auto inputs = [&](const std::vector<egress::Egress>& channel) {
    std::vector<egress::MergeInput> out;
    for (const egress::Egress& e : channel) {
      const TimeDelta offset = e.started_at.value_or(e.created_at) - first;
      for (const egress::File& file : e.files) out.push_back({folder_of(e.id) + "/" + file.path, offset});
    }
    return out;
  };
  egress::Merge task{merge.id, folder_of(merge.id), "merged.mp3", inputs(what.left), inputs(what.right)};
  listener_.keep(merge, {});
  listener_.publish(merge);
  const ProcessId process = next_process();
  tasks_.emplace(process, OtherTask{merge, true, {}});
  host_.run_task(process, task);
  done(Answer{std::move(merge), std::nullopt});
}

void EgressDesk::end_other(OtherTask task, const std::expected<egress::Finished, egress::Failed>& end,
                           room::Moment at) {
  if (!task.merge) {
    if (end && !end->files.empty()) return task.done(Answer{std::move(task.egress), end->files.front()});
    const std::string why = end ? "no picture was made" : end.error().message;
    return task.done(refuse(502, egress::code::of(egress::Kind::Hls).start, "The capture failed: " + why));
  }
  egress::Egress& merge = task.egress;
  merge.ended_at = at.utc;
  merge.status = end ? egress::Status::Stopped : egress::Status::Failed;
  if (end) merge.files = end->files;
  if (!end) merge.error = egress::Error{end.error().code, end.error().message};
  if (config_.bucket && !merge.files.empty()) {
    begin_upload(merge, at);
  } else {
    listener_.keep(merge, {});
  }
  listener_.publish(merge);
}

}  // namespace parley::server
