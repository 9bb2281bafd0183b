#include "egress/record_json.hpp"

#include <algorithm>

#include "egress/value_json.hpp"

namespace parley::egress {
namespace {

using Json = nlohmann::json;
using Need = FieldReader::Need;

constexpr std::string_view kStatusWords[] = {"starting", "started", "playable", "stopping", "stopped", "failed"};
constexpr std::string_view kStorageWords[] = {"local", "uploading", "bucket", "removing", "removed"};

/// The index of a word: -1 and an error if there is none.
template <size_t N>
int index_of(FieldReader& r, const char* name, const std::string_view (&words)[N]) {
  const std::string word = r.text(name);
  const auto it = std::ranges::find(words, word);
  if (it != std::end(words)) return static_cast<int>(it - std::begin(words));
  r.fail(r.path_of(name), "is unknown: " + word.substr(0, kMaxId));
  return 0;
}

Json statuses_json(const std::vector<OutputStatus>& outputs) {
  Json list = Json::array();
  for (const OutputStatus& o : outputs) {
    list.push_back({{"id", o.id}, {"url", o.url}, {"state", name_of(o.state)}, {"message", o.message}});
  }
  return list;
}

std::vector<OutputStatus> read_statuses(FieldReader& r) {
  std::vector<OutputStatus> out;
  r.each("outputs", kMaxOutputs, [&](FieldReader& o) {
    out.push_back({o.text("id", {.max = kMaxId}), o.text("url", {.max = kMaxUrl}), o.word<OutputState>("state"),
                   o.text("message", {.min = 0, .max = kMaxText})});
  });
  return out;
}

std::optional<UtcTime> read_time(FieldReader& r, const char* name) {
  const int64_t ms = r.integer(name, -1, kMaxTime, -1);
  return ms < 0 ? std::nullopt : std::optional(UtcTime::from_ms(ms));
}

void read_state(FieldReader& r, Egress& e) {
  e.status = static_cast<Status>(index_of(r, "status", kStatusWords));
  if (const Json* error = r.object("error", Need::Optional)) {
    FieldReader f = r.child("error", *error);
    e.error = Error{f.text("code", {.max = kMaxId}), f.text("message", {.min = 0, .max = 2 * kMaxText})};
  }
  e.paused = r.boolean("paused");
  e.created_at = UtcTime::from_ms(r.integer("createdAt", 0, kMaxTime));
  e.started_at = read_time(r, "startedAt");
  e.ended_at = read_time(r, "endedAt");
  e.files = read_files(r);
  e.storage = static_cast<Storage>(index_of(r, "storage", kStorageWords));
  e.storage_error = r.text("storageError", {.min = 0, .max = 2 * kMaxText});
  e.next_part = static_cast<int>(r.integer("nextPart", 1, kMaxPart));
  e.restarts = static_cast<int>(r.integer("restarts", 0, INT32_MAX, 0));
}

void read_wishes(FieldReader& r, Egress& e) {
  e.file_format = r.word<FileFormat>("fileFormat");
  if (const Json* config = r.object("config", Need::Required)) e.config = read_config(r.child("config", *config));
  e.outputs = read_statuses(r);
  if (const Json* target = r.object("target", Need::Optional))
    e.target = read_target(r.child("target", *target), e.kind);
  e.webhook_url = r.text("webhookUrl", {.min = 0, .max = kMaxUrl});
  e.dir_path = r.text("dirPath", {.min = 0, .max = kMaxUrl});
  e.metadata = r.text("metadata", {.min = 0, .max = 16 * kMaxText});
  const int64_t wait = r.integer("closeRoomAfter", -1, INT32_MAX, -1);
  if (wait >= 0) e.close_room_after_s = static_cast<int>(wait);
}

Egress read_egress(FieldReader& r) {
  Egress e;
  e.id = EgressId(r.text("id", {.max = kMaxId}));
  e.kind = r.word<Kind>("kind");
  e.room = RoomId(r.text("room", {.max = kMaxId}));
  e.session = SessionId(r.text("session", {.min = 0, .max = kMaxId}));
  read_state(r, e);
  read_wishes(r, e);
  return e;
}

}  // namespace

std::string_view storage_name(Storage storage) { return kStorageWords[static_cast<size_t>(storage)]; }

std::string status_word(Status status) { return std::string(kStatusWords[static_cast<size_t>(status)]); }

Parsed<Status> parse_status(std::string_view word) {
  const auto it = std::ranges::find(kStatusWords, word);
  if (it == std::end(kStatusWords)) return std::unexpected("status is unknown");
  return static_cast<Status>(it - std::begin(kStatusWords));
}

std::string to_record_json(const Egress& e) {
  Json out = {{"id", e.id.value()},
              {"kind", name_of(e.kind)},
              {"room", e.room.value()},
              {"session", e.session.value()},
              {"status", status_word(e.status)},
              {"paused", e.paused},
              {"createdAt", e.created_at.ms()},
              {"fileFormat", name_of(e.file_format)},
              {"config", json_of(e.config)},
              {"outputs", statuses_json(e.outputs)},
              {"files", json_of(e.files)},
              {"storage", storage_name(e.storage)},
              {"nextPart", e.next_part},
              {"restarts", e.restarts},
              {"webhookUrl", e.webhook_url},
              {"dirPath", e.dir_path},
              {"metadata", e.metadata}};
  if (!e.storage_error.empty()) out["storageError"] = e.storage_error;
  if (e.error) out["error"] = {{"code", e.error->code}, {"message", e.error->message}};
  if (e.started_at) out["startedAt"] = e.started_at->ms();
  if (e.ended_at) out["endedAt"] = e.ended_at->ms();
  if (e.target) out["target"] = json_of(*e.target);
  if (e.close_room_after_s) out["closeRoomAfter"] = *e.close_room_after_s;
  return dump(out);
}

Parsed<Egress> parse_record_json(std::string_view json) { return parse_json<Egress>(json, read_egress); }

std::string to_secrets_json(const std::vector<Output>& outputs) {
  return outputs.empty() ? "" : dump({{"outputs", json_of(outputs)}});
}

Parsed<std::vector<Output>> parse_secrets_json(std::string_view json) {
  if (json.empty()) return std::vector<Output>();
  return parse_json<std::vector<Output>>(json, [](FieldReader& r) { return read_outputs(r, "outputs"); });
}

}  // namespace parley::egress
