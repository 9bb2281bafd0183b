#include "api/egress_resource.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "egress/names.hpp"
#include "egress/record_json.hpp"

namespace parley::api {
namespace {

Json time_or_null(const std::optional<UtcTime>& time) { return time ? Json(iso_time(*time)) : Json(nullptr); }

Json outputs_json(const egress::Egress& e) {
  Json list = Json::array();
  for (const egress::OutputStatus& o : e.outputs) {
    list.push_back({{"id", o.id}, {"url", o.url}, {"state", name_of(o.state)}, {"message", o.message}});
  }
  return list;
}

/// The composed picture or sound: an HLS's playlist is no file to download.
void add_files(Json& out, const egress::Egress& e, const LinkContext& context) {
  Json files = Json::array();
  for (const egress::File& file : e.files) files.push_back(file_resource(e, file, context));
  const bool targeted = e.target.has_value();
  if (!targeted) out["file"] = files.empty() ? Json(nullptr) : files.front();
  out["files"] = std::move(files);
}

void add_hls(Json& out, const egress::Egress& e, const LinkContext& context) {
  out["mode"] = name_of(e.config.mode);
  out["quality"] = name_of(e.config.quality);
  out["orientation"] = name_of(e.config.orientation);
  out["playbackHlsUrl"] = playback_url(context.base_url, e.id);
  out["livestreamUrl"] = live_url(context.base_url, e.id);
  out["downstreamUrl"] = out["playbackHlsUrl"];
  const bool known = e.started_at && e.ended_at;
  out["duration"] = known ? Json((*e.ended_at - *e.started_at).seconds_f()) : Json(nullptr);
}

Json config_json(const egress::Egress& e) { return Json::parse(egress::to_json(e.config)); }

}  // namespace

std::string playback_url(const std::string& base_url, const EgressId& egress) {
  return base_url + "/hls/" + egress.value() + "/index.m3u8";
}
std::string live_url(const std::string& base_url, const EgressId& egress) {
  return base_url + "/hls/" + egress.value() + "/live.m3u8";
}

std::string_view media_type(std::string_view path) {
  static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".mp4", "video/mp4"},   {".m4s", "video/iso.segment"}, {".webm", "video/webm"},
      {".mp3", "audio/mpeg"},  {".m4a", "audio/mp4"},         {".m3u8", "application/vnd.apple.mpegurl"},
      {".ts", "video/mp2t"},   {".jpg", "image/jpeg"},        {".png", "image/png"},
      {".webp", "image/webp"},
  };
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

Json file_resource(const egress::Egress& e, const egress::File& file, const LinkContext& context) {
  const bool sound_only = file.width == 0 || file.height == 0;
  Json resolution = sound_only ? Json(nullptr) : Json({{"width", file.width}, {"height", file.height}});
  const bool playlist = file.path.ends_with(".m3u8");
  return {{"fileUrl", playlist ? context.links.sign_folder(context.base_url, e.id, file.path, context.now)
                               : context.links.sign(context.base_url, e.id, file.path, context.now)},
          {"filePath", e.id.value() + "/" + file.path},
          {"size", file.size},
          {"type", sound_only ? "audio" : "video"},
          {"meta", {{"resolution", std::move(resolution)}, {"format", file.format}, {"duration", file.duration}}}};
}

Json egress_resource(const egress::Egress& e, const LinkContext& context) {
  Json out = {{"id", e.id.value()},
              {"roomId", e.room.value()},
              {"sessionId", e.session.value()},
              {"status", status_name(e.kind, e.status)},
              {"start", time_or_null(e.started_at)},
              {"end", time_or_null(e.ended_at)},
              {"createdAt", iso_time(e.created_at)},
              {"region", "local"}};
  out["error"] = e.error ? Json({{"code", e.error->code}, {"message", e.error->message}}) : Json(nullptr);
  if (e.target) {
    out["participantId"] = e.target->participant.value();
    if (e.target->track) out["kind"] = name_of(*e.target->track);
  } else {
    out["config"] = config_json(e);
  }
  switch (e.kind) {
    case egress::Kind::Livestream: out["outputs"] = outputs_json(e); break;
    case egress::Kind::Hls: add_hls(out, e, context); break;
    default:
      out["fileFormat"] = name_of(e.file_format);
      out["paused"] = e.paused;
      out["restarts"] = e.restarts;
      add_files(out, e, context);
  }
  if (e.kind != egress::Kind::Livestream) {
    out["storage"] = storage_name(e.storage);
    out["storageError"] = e.storage_error.empty() ? Json(nullptr) : Json(e.storage_error);
  }
  if (!e.metadata.empty()) out["metadata"] = e.metadata;
  out["links"] = {{"get_room", context.base_url + "/v2/rooms/" + e.room.value()},
                  {"get_session", context.base_url + "/v2/sessions/" + e.session.value()}};
  return out;
}

}  // namespace parley::api
