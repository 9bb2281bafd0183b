#include "egress/value_json.hpp"

#include "egress/job_json.hpp"

namespace parley::egress {
namespace {

using Json = nlohmann::json;
using Need = FieldReader::Need;

constexpr int64_t kMaxSide = 16384;  // pixels, far above what any codec of ours makes

}  // namespace

Json json_of(const Config& c) {
  return {
      {"layout",
       {{"type", name_of(c.layout.type)}, {"priority", name_of(c.layout.priority)}, {"gridSize", c.layout.grid_size}}},
      {"theme", name_of(c.theme)},
      {"mode", name_of(c.mode)},
      {"quality", name_of(c.quality)},
      {"orientation", name_of(c.orientation)},
      {"frameRate", c.frame_rate}};
}

Config read_config(FieldReader r) {
  Config c;
  if (const Json* layout = r.object("layout", Need::Optional)) {
    FieldReader l = r.child("layout", *layout);
    c.layout.type = l.word<LayoutType>("type", c.layout.type);
    c.layout.priority = l.word<Priority>("priority", c.layout.priority);
    c.layout.grid_size = static_cast<int>(l.integer("gridSize", 1, kMaxGridSize, c.layout.grid_size));
  }
  c.theme = r.word<Theme>("theme", c.theme);
  c.mode = r.word<Mode>("mode", c.mode);
  c.quality = r.word<Quality>("quality", c.quality);
  c.orientation = r.word<Orientation>("orientation", c.orientation);
  c.frame_rate = static_cast<int>(r.integer("frameRate", 25, 30, c.frame_rate));
  if (c.frame_rate != 25 && c.frame_rate != 30) r.fail(r.path_of("frameRate"), "must be 25 or 30");
  return c;
}

Json json_of(const std::vector<Output>& outputs) {
  Json list = Json::array();
  for (const Output& o : outputs) list.push_back({{"id", o.id}, {"url", o.url}, {"streamKey", o.stream_key}});
  return list;
}

std::vector<Output> read_outputs(FieldReader& r, const char* name) {
  std::vector<Output> out;
  r.each(name, kMaxOutputs, [&](FieldReader& o) {
    out.push_back({o.text("id", {.max = kMaxId}), o.text("url", {.max = kMaxUrl}),
                   o.text("streamKey", {.min = 0, .max = kMaxKey})});
  });
  return out;
}

Json json_of(const Target& target) {
  Json out = {{"participantId", target.participant.value()}};
  if (target.track) out["kind"] = name_of(*target.track);
  return out;
}

Target read_target(FieldReader t, Kind kind) {
  Target target{ParticipantId(t.text("participantId", {.max = kMaxId})), std::nullopt};
  if (kind == Kind::TrackRecording) target.track = t.word<TrackKind>("kind");
  return target;
}

/// Files are named by what came over a pipe: none may be outside of its folder.
std::string read_relative(FieldReader& r, const char* name) {
  std::string path = r.text(name);
  const bool leaves = path.starts_with('/') || ('/' + path + '/').find("/../") != std::string::npos;
  if (leaves) r.fail(r.path_of(name), "must be a path inside of the folder");
  return path;
}

Json json_of(const std::vector<File>& files) {
  Json list = Json::array();
  for (const File& f : files) {
    list.push_back({{"path", f.path},
                    {"size", f.size},
                    {"duration", f.duration},
                    {"width", f.width},
                    {"height", f.height},
                    {"format", f.format}});
  }
  return list;
}

std::vector<File> read_files(FieldReader& r) {
  std::vector<File> out;
  r.each("files", kMaxFiles, [&](FieldReader& f) {
    out.push_back({.path = read_relative(f, "path"),
                   .size = f.integer("size", 0, INT64_MAX),
                   .duration = f.real("duration"),
                   .width = static_cast<int>(f.integer("width", 0, kMaxSide, 0)),
                   .height = static_cast<int>(f.integer("height", 0, kMaxSide, 0)),
                   .format = f.text("format", {.max = 16})});
  });
  return out;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace parley::egress
