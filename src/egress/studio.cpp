#include "egress/studio.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "egress/names.hpp"

namespace parley::egress {
namespace {

constexpr size_t kIdSize = 24;        // hexadecimal, as VideoSDK's are
constexpr size_t kOutputIdSize = 10;  // unique among kMaxOutputs

bool is_composed(Kind kind) { return kind == Kind::Recording || kind == Kind::Livestream || kind == Kind::Hls; }

std::unexpected<Refusal> refuse(int status, uint32_t code, std::string message) {
  return std::unexpected(Refusal{status, code, std::move(message)});
}

/// Whether one excludes the other: two of a kind in a room, or of one target.
bool collide(const Egress& a, const StartRequest& b) {
  if (a.kind != b.kind) return false;
  return is_composed(a.kind) || a.target == b.target;
}

}  // namespace

Studio::Studio(Settings settings, Rng rng)
    : settings_(std::move(settings)), rng_(std::move(rng)), restarts_(settings_.healthy) {}

// --- starting -------------------------------------------------------------------------------------------------------

std::expected<void, Refusal> Studio::may_start(const StartRequest& request) const {
  const code::Codes codes = code::of(request.kind);
  const std::string kind(spoken_name(request.kind));
  if (!session_) {
    return refuse(404, codes.start, "The room has no session now: nobody is in it.");
  }
  if (live_.size() >= kMaxLive) return refuse(429, codes.start, "Too many recordings and streams in this room.");
  const bool several = (request.kind == Kind::Recording && settings_.multi.recording) ||
                       (request.kind == Kind::Livestream && settings_.multi.livestream) ||
                       (request.kind == Kind::Hls && settings_.multi.hls);
  if (several) return {};
  for (const auto& [id, live] : live_) {
    if (!collide(live.egress, request)) continue;
    if (live.egress.status == Status::Starting || live.egress.status == Status::Stopping) {
      return refuse(409, codes.processing, "The previous " + kind + " is still being processed: try again soon.");
    }
    return refuse(409, codes.start, "There is a " + kind + " already: " + id.value() + ".");
  }
  return {};
}

std::expected<Egress, Refusal> Studio::start(StartRequest request, Moment at, Effects& out) {
  if (auto may = may_start(request); !may) return std::unexpected(std::move(may.error()));
  Live live;
  Egress& egress = live.egress;
  egress.id = EgressId(rng_.text(kIdSize, "0123456789abcdef"));
  egress.kind = request.kind;
  egress.room = settings_.room;
  egress.session = *session_;
  egress.paused = request.paused;
  egress.created_at = at.utc;
  egress.file_format = request.file_format;
  egress.config = request.config;
  egress.target = std::move(request.target);
  egress.webhook_url = std::move(request.webhook_url);
  egress.dir_path = std::move(request.dir_path);
  egress.metadata = std::move(request.metadata);
  egress.close_room_after_s = request.close_room_after_s;
  for (Output& output : request.outputs) {
    output.id = rng_.text(kOutputIdSize);
    know_key(output);
    egress.outputs.push_back({output.id, output.url, OutputState::Connecting, ""});
    live.outputs.push_back(std::move(output));
  }
  const EgressId id = egress.id;
  Live& added = live_.emplace(id, std::move(live)).first->second;
  set_status(added, Status::Starting, out);
  want_worker(at, out);
  return added.egress;
}

// --- other requests -------------------------------------------------------------------------------------------------

std::expected<Studio::Live*, Refusal> Studio::select(const Selector& which, uint32_t code) {
  const std::string kind(spoken_name(which.kind));
  if (!which.id.empty()) {
    Live* live = find_live(which.id);
    if (live && live->egress.kind == which.kind) return live;
    return refuse(404, code, "There is no live " + kind + " '" + which.id.value() + "' in this room.");
  }
  Live* found = nullptr;
  Live* stopping = nullptr;
  for (auto& [id, live] : live_) {
    if (live.egress.kind != which.kind) continue;
    if (!is_live(live.egress.status)) {
      stopping = &live;
    } else if (std::exchange(found, &live)) {
      return refuse(400, code, "The room has several: name one by its id.");
    }
  }
  if (found || stopping) return found ? found : stopping;
  return refuse(404, code, "The room has no live " + kind + ".");
}

std::expected<Egress, Refusal> Studio::stop(const Selector& which, Moment at, Effects& out) {
  const auto live = select(which, code::of(which.kind).stop);
  if (!live) return std::unexpected(live.error());
  if (is_live((*live)->egress.status)) begin_stop(**live, at, out);
  Egress answer = (*live)->egress;
  sweep(out);
  return answer;
}

std::expected<Egress, Refusal> Studio::pause(const Selector& which, bool paused, Moment, Effects& out) {
  const uint32_t code = code::of(which.kind).start;
  const auto found = select(which, code);
  if (!found) return std::unexpected(found.error());
  Live& live = **found;
  if (live.egress.kind != Kind::Recording) return refuse(400, code, "Only a recording can be paused.");
  if (!is_live(live.egress.status)) return refuse(409, code, "The recording is stopping.");
  if (live.egress.paused == paused) return live.egress;
  if (live.egress.status == Status::Starting) return refuse(409, code, "The recording has not started yet.");
  live.egress.paused = paused;
  if (!paused) ++live.egress.next_part;  // what follows a pause is a part of its own
  if (worker_ && live.given) {
    const EgressId& id = live.egress.id;
    out.emplace_back(SendCommand{worker_->id, paused ? Command(Pause{id}) : Command(Resume{id})});
  }
  changed(live, out);
  return live.egress;
}

std::expected<Egress, Refusal> Studio::update(const Selector& which, const std::optional<Layout>& layout,
                                              std::optional<Theme> theme, Moment, Effects& out) {
  const uint32_t code = code::of(which.kind).start;
  const auto found = select(which, code);
  if (!found) return std::unexpected(found.error());
  Live& live = **found;
  if (!is_composed(live.egress.kind)) return refuse(400, code, "Only what is composed has a layout.");
  if (!is_live(live.egress.status)) {
    return refuse(409, code, "The " + std::string(spoken_name(which.kind)) + " is stopping.");
  }
  Config next = live.egress.config;
  next.layout = layout.value_or(next.layout);
  next.theme = theme.value_or(next.theme);
  if (std::exchange(live.egress.config, next) == next) return live.egress;
  if (worker_ && live.given) out.emplace_back(SendCommand{worker_->id, Update{live.egress.id, live.egress.config}});
  changed(live, out);
  return live.egress;
}

std::expected<Egress, Refusal> Studio::change_outputs(const Selector& which, std::vector<Output> add,
                                                      const std::vector<std::string>& remove, Moment, Effects& out) {
  const auto found = select(which, code::kBadOutputs);
  if (!found) return std::unexpected(found.error());
  Live& live = **found;
  if (!is_live(live.egress.status)) return refuse(409, code::kBadOutputs, "The livestream is stopping.");
  std::vector<Output> next = live.outputs;
  ChangeOutputs command{.id = live.egress.id, .add = {}, .remove = {}};
  for (const std::string& name : remove) {
    const auto it = std::ranges::find_if(next, [&](const Output& o) { return o.id == name || o.url == name; });
    if (it == next.end()) return refuse(404, code::kBadOutputs, "There is no output '" + name + "'.");
    command.remove.push_back(it->id);
    next.erase(it);
  }
  for (Output& output : add) {
    output.id = rng_.text(kOutputIdSize);
    next.push_back(output);
    command.add.push_back(std::move(output));
  }
  if (next.size() > kMaxOutputs) {
    return refuse(400, code::kBadOutputs, "outputs must have at most " + std::to_string(kMaxOutputs) + " entries");
  }
  if (next.empty()) return refuse(400, code::kBadOutputs, "A livestream needs an output: stop it instead.");
  std::erase_if(live.egress.outputs,
                [&](const OutputStatus& o) { return std::ranges::count(command.remove, o.id) > 0; });
  for (const Output& o : command.add) {
    know_key(o);
    live.egress.outputs.push_back({o.id, o.url, OutputState::Connecting, ""});
  }
  live.outputs = std::move(next);
  if (worker_ && live.given) out.emplace_back(SendCommand{worker_->id, std::move(command)});
  changed(live, out);
  return live.egress;
}

// --- the room -------------------------------------------------------------------------------------------------------

void Studio::on_session_started(const SessionId& session, Moment at, Effects& out) {
  session_ = session;
  for (auto& [id, live] : live_) {
    if (live.phase != Phase::Waiting) continue;
    live.phase = Phase::Running;
    live.deadline = Timestamp::never();
  }
  if (worker_needed()) want_worker(at, out);
}

void Studio::on_session_ended(Moment at, Effects& out) {
  session_.reset();
  close_room_at_ = Timestamp::never();
  for (auto& [id, live] : live_) {
    if (live.phase == Phase::Running) begin_stop(live, at, out);
  }
  respawn_at_ = Timestamp::never();
  sweep(out);
}

void Studio::on_participant_entered(const ParticipantId& participant) {
  for (auto& [id, live] : live_) {
    if (live.egress.target && live.egress.target->participant == participant) live.target_gone_at = Timestamp::never();
  }
}

void Studio::on_participant_exited(const ParticipantId& participant, Moment at) {
  for (auto& [id, live] : live_) {
    if (!live.egress.target || live.egress.target->participant != participant) continue;
    if (live.phase == Phase::Running) live.target_gone_at = at.now + settings_.target_absence;
  }
}

// --- restarts of the server -----------------------------------------------------------------------------------------

void Studio::recover(Egress egress, std::vector<Output> outputs, int last_part, Moment at, Effects& out) {
  PARLEY_CHECK(!is_over(egress.status) && !find_live(egress.id));
  egress.next_part = std::max(egress.next_part, last_part + 1);
  for (const Output& output : outputs) know_key(output);
  const EgressId id = egress.id;
  Live& live = live_.emplace(id, Live{.egress = std::move(egress), .outputs = std::move(outputs)}).first->second;
  if (live.egress.status == Status::Stopping) {
    finalise(live, at, out);
  } else {
    ++live.egress.restarts;
    live.phase = Phase::Waiting;
    live.deadline = at.now + settings_.revive_grace;
    changed(live, out);
  }
  sweep(out);
}

std::vector<Output> Studio::secrets(const EgressId& id) const {
  const auto it = live_.find(id);
  return it == live_.end() ? std::vector<Output>() : it->second.outputs;
}

// --- looking --------------------------------------------------------------------------------------------------------

/// One of three letters would blot out words; a real one has twenty and more.
void Studio::know_key(const Output& output) {
  constexpr size_t kShortest = 4;
  if (output.stream_key.size() >= kShortest) keys_.insert(output.stream_key);
}

Studio::Live* Studio::find_live(const EgressId& id) {
  const auto it = live_.find(id);
  return it == live_.end() ? nullptr : &it->second;
}

const Egress* Studio::find(const EgressId& id) const {
  const auto it = live_.find(id);
  return it == live_.end() ? nullptr : &it->second.egress;
}

std::vector<Egress> Studio::egresses() const {
  std::vector<Egress> out;
  for (const auto& [id, live] : live_) out.push_back(live.egress);
  return out;
}

void Studio::set_status(Live& live, Status status, Effects& out) {
  live.egress.status = status;
  changed(live, out);
  out.emplace_back(Publish{live.egress});
}

void Studio::changed(const Live& live, Effects& out) const {
  out.emplace_back(Keep{live.egress});
  out.emplace_back(Announce{live.egress});
}

}  // namespace parley::egress
