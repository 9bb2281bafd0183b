#include "egress/job_json.hpp"

#include <type_traits>

#include "egress/value_json.hpp"

namespace parley::egress {
namespace {

using Json = nlohmann::json;
using Need = FieldReader::Need;

constexpr size_t kMaxToken = 8192;
constexpr int64_t kMaxSide = 16384;  // pixels, far above what any codec of ours makes

// --- jobs -----------------------------------------------------------------------------------------------------------

Json json_of(const Job& job) {
  Json out = {{"id", job.id.value()}, {"kind", name_of(job.kind)},     {"folder", job.folder},
              {"part", job.part},     {"config", json_of(job.config)}, {"fileFormat", name_of(job.file_format)},
              {"paused", job.paused}};
  if (!job.outputs.empty()) out["outputs"] = json_of(job.outputs);
  if (job.target) out["target"] = json_of(*job.target);
  return out;
}

std::string read_folder(FieldReader& r) {
  std::string folder = r.text("folder");
  if (!folder.starts_with('/')) r.fail(r.path_of("folder"), "must be an absolute path");
  return folder;
}

Job read_job(FieldReader r) {
  Job job;
  job.id = EgressId(r.text("id", {.max = kMaxId}));
  job.kind = r.word<Kind>("kind");
  job.folder = read_folder(r);
  job.part = static_cast<int>(r.integer("part", 1, kMaxPart, 1));
  job.file_format = r.word<FileFormat>("fileFormat", FileFormat::Mp4);
  if (const Json* config = r.object("config", Need::Optional)) job.config = read_config(r.child("config", *config));
  job.outputs = read_outputs(r, "outputs");
  job.paused = r.boolean("paused");
  const bool targeted = job.kind == Kind::ParticipantRecording || job.kind == Kind::TrackRecording;
  const Json* target = r.object("target", targeted ? Need::Required : Need::Optional);
  if (target) job.target = read_target(r.child("target", *target), job.kind);
  return job;
}

EgressId read_id(FieldReader& r) { return EgressId(r.text("id", {.max = kMaxId})); }

// --- commands -------------------------------------------------------------------------------------------------------

struct CommandWriter {
  Json operator()(const Join& c) const {
    return {{"command", "join"}, {"signalUrl", c.signal_url}, {"token", c.token}, {"roomId", c.room.value()}};
  }
  Json operator()(const Start& c) const { return {{"command", "start"}, {"egress", json_of(c.job)}}; }
  Json operator()(const Stop& c) const { return {{"command", "stop"}, {"id", c.id.value()}}; }
  Json operator()(const Pause& c) const { return {{"command", "pause"}, {"id", c.id.value()}}; }
  Json operator()(const Resume& c) const { return {{"command", "resume"}, {"id", c.id.value()}}; }
  Json operator()(const Update& c) const {
    return {{"command", "update"}, {"id", c.id.value()}, {"config", json_of(c.config)}};
  }
  Json operator()(const ChangeOutputs& c) const {
    return {{"command", "outputs"}, {"id", c.id.value()}, {"add", json_of(c.add)}, {"remove", c.remove}};
  }
};

Command read_command(FieldReader& r) {
  const std::string name = r.text("command");
  if (name == "join") {
    return Join{r.text("signalUrl", {.max = kMaxUrl}), r.text("token", {.max = kMaxToken}),
                RoomId(r.text("roomId", {.max = kMaxId}))};
  }
  if (name == "start") {
    const Json* job = r.object("egress", Need::Required);
    return job ? Start{read_job(r.child("egress", *job))} : Start{};
  }
  if (name == "stop") return Stop{read_id(r)};
  if (name == "pause") return Pause{read_id(r)};
  if (name == "resume") return Resume{read_id(r)};
  if (name == "update") {
    Update update{.id = read_id(r), .config = {}};
    if (const Json* c = r.object("config", Need::Required)) update.config = read_config(r.child("config", *c));
    return update;
  }
  if (name == "outputs") return ChangeOutputs{read_id(r), read_outputs(r, "add"), r.texts("remove", 1024, kMaxId)};
  r.fail("command", "is unknown: " + name.substr(0, kMaxId));
  return {};
}

// --- facts ----------------------------------------------------------------------------------------------------------

struct FactWriter {
  Json with_id(const char* fact, const EgressId& id) const { return {{"fact", fact}, {"id", id.value()}}; }
  Json operator()(const Joined&) const { return {{"fact", "joined"}}; }
  Json operator()(const Started& f) const { return {{"fact", "started"}, {"id", f.id.value()}, {"at", f.at.ms()}}; }
  Json operator()(const Playable& f) const { return with_id("playable", f.id); }
  Json operator()(const OutputChanged& f) const {
    return {{"fact", "output"},
            {"id", f.id.value()},
            {"output", f.output},
            {"state", name_of(f.state)},
            {"message", f.message}};
  }
  Json operator()(const Progress& f) const {
    return {{"fact", "progress"}, {"id", f.id.value()}, {"seconds", f.seconds}, {"bytes", f.bytes}};
  }
  Json operator()(const Paused& f) const { return with_id("paused", f.id); }
  Json operator()(const Resumed& f) const { return with_id("resumed", f.id); }
  Json operator()(const Finished& f) const {
    return {{"fact", "finished"}, {"id", f.id.value()}, {"files", json_of(f.files)}};
  }
  Json operator()(const Failed& f) const {
    return {{"fact", "failed"}, {"id", f.id.value()}, {"code", f.code}, {"message", f.message}};
  }
  Json operator()(const Left& f) const { return {{"fact", "left"}, {"reason", f.reason}}; }
  Json operator()(const Stats& f) const {
    return {{"fact", "stats"},
            {"cpuCores", f.cpu_cores},
            {"memoryBytes", f.memory_bytes},
            {"pictures", f.pictures},
            {"latePictures", f.late_pictures}};
  }
};

Stats read_stats(FieldReader& r) {
  return {.cpu_cores = r.real("cpuCores", 0.0),
          .memory_bytes = r.integer("memoryBytes", 0, INT64_MAX, 0),
          .pictures = r.integer("pictures", 0, INT64_MAX, 0),
          .late_pictures = r.integer("latePictures", 0, INT64_MAX, 0)};
}

Fact read_fact(FieldReader& r) {
  const std::string name = r.text("fact");
  if (name == "joined") return Joined{};
  if (name == "started") return Started{read_id(r), UtcTime::from_ms(r.integer("at", 0, kMaxTime))};
  if (name == "playable") return Playable{read_id(r)};
  if (name == "output") {
    return OutputChanged{read_id(r), r.text("output", {.max = kMaxId}), r.word<OutputState>("state"),
                         r.text("message", {.min = 0, .max = kMaxText})};
  }
  if (name == "progress") return Progress{read_id(r), r.real("seconds"), r.integer("bytes", 0, INT64_MAX)};
  if (name == "paused") return Paused{read_id(r)};
  if (name == "resumed") return Resumed{read_id(r)};
  if (name == "finished") return Finished{read_id(r), read_files(r)};
  if (name == "failed") {
    return Failed{read_id(r), r.text("code", {.max = 64}), r.text("message", {.min = 0, .max = kMaxText})};
  }
  if (name == "left") return Left{r.text("reason", {.min = 0, .max = kMaxText})};
  if (name == "stats") return read_stats(r);
  r.fail("fact", "is unknown: " + name.substr(0, kMaxId));
  return {};
}

// --- tasks ----------------------------------------------------------------------------------------------------------

Json json_of(const std::vector<MergeInput>& inputs) {
  Json list = Json::array();
  for (const MergeInput& i : inputs) list.push_back({{"path", i.path}, {"offsetMs", i.offset.ms()}});
  return list;
}

std::vector<MergeInput> read_inputs(FieldReader& r, const char* name) {
  constexpr int64_t kLongest = int64_t{366} * 24 * 3600 * 1000;
  std::vector<MergeInput> out;
  r.each(name, kMaxFiles, [&](FieldReader& i) {
    out.push_back({i.text("path"), TimeDelta::millis(i.integer("offsetMs", 0, kLongest, 0))});
  });
  return out;
}

struct TaskWriter {
  Json operator()(const Finalise& t) const { return {{"task", "finalise"}, {"egress", json_of(t.job)}}; }
  Json operator()(const Merge& t) const {
    return {{"task", "merge"}, {"id", t.id.value()},      {"folder", t.folder},
            {"file", t.file},  {"left", json_of(t.left)}, {"right", json_of(t.right)}};
  }
  Json operator()(const Capture& t) const {
    Json out = {{"task", "capture"}, {"id", t.id.value()}, {"folder", t.folder}, {"source", t.source},
                {"file", t.file},    {"width", t.width},   {"height", t.height}};
    if (t.at) out["at"] = *t.at;
    return out;
  }
  Json operator()(const Upload& t) const { return in_bucket("upload", t); }
  Json operator()(const Erase& t) const { return in_bucket("erase", t); }

 private:
  template <typename T>
  static Json in_bucket(const char* name, const T& t) {
    return {{"task", name},
            {"id", t.id.value()},
            {"folder", t.folder},
            {"prefix", t.prefix},
            {"bucket",
             {{"endpoint", t.bucket.endpoint},
              {"name", t.bucket.name},
              {"region", t.bucket.region},
              {"accessKey", t.bucket.access_key},
              {"secretKey", t.bucket.secret_key}}}};
  }
};

Capture read_capture(FieldReader& r) {
  Capture t{.id = read_id(r),
            .folder = read_folder(r),
            .source = read_relative(r, "source"),
            .file = read_relative(r, "file"),
            .at = std::nullopt};
  // -1 cannot come over the line: it only tells that nothing came.
  if (const double at = r.real("at", -1.0); at >= 0) t.at = at;
  t.width = static_cast<int>(r.integer("width", 0, kMaxSide, 0));
  t.height = static_cast<int>(r.integer("height", 0, kMaxSide, 0));
  return t;
}

/// Upload and Erase.
template <typename T>
T read_in_bucket(FieldReader& r) {
  T t{.id = read_id(r), .folder = read_folder(r), .bucket = {}, .prefix = r.text("prefix", {.min = 0, .max = 1024})};
  const Json* bucket = r.object("bucket", Need::Required);
  if (!bucket) return t;
  FieldReader b = r.child("bucket", *bucket);
  t.bucket = {b.text("endpoint", {.max = kMaxUrl}), b.text("name", {.max = kMaxId}), b.text("region", {.max = kMaxId}),
              b.text("accessKey", {.max = kMaxKey}), b.text("secretKey", {.max = kMaxKey})};
  return t;
}

Task read_task(FieldReader& r) {
  const std::string name = r.text("task");
  if (name == "finalise") {
    const Json* job = r.object("egress", Need::Required);
    return job ? Finalise{read_job(r.child("egress", *job))} : Finalise{};
  }
  if (name == "merge") {
    return Merge{read_id(r), read_folder(r), read_relative(r, "file"), read_inputs(r, "left"), read_inputs(r, "right")};
  }
  if (name == "capture") return read_capture(r);
  if (name == "upload") return read_in_bucket<Upload>(r);
  if (name == "erase") return read_in_bucket<Erase>(r);
  r.fail("task", "is unknown: " + name.substr(0, kMaxId));
  return {};
}

// --- lines ----------------------------------------------------------------------------------------------------------

template <typename T, typename Read>
Parsed<T> parse(std::string_view line, Read read) {
  if (line.size() > kMaxLine) return std::unexpected("line is too long");
  return parse_json<T>(line, read);
}

}  // namespace

std::string to_line(const Command& command) { return dump(std::visit(CommandWriter(), command)); }
std::string to_line(const Fact& fact) { return dump(std::visit(FactWriter(), fact)); }
std::string to_line(const Task& task) { return dump(std::visit(TaskWriter(), task)); }

Parsed<Command> parse_command(std::string_view line) { return parse<Command>(line, read_command); }
Parsed<Fact> parse_fact(std::string_view line) { return parse<Fact>(line, read_fact); }
Parsed<Task> parse_task(std::string_view line) { return parse<Task>(line, read_task); }

std::string to_json(const Config& config) { return dump(json_of(config)); }
Parsed<Config> parse_config(std::string_view json) { return parse<Config>(json, read_config); }

}  // namespace parley::egress
