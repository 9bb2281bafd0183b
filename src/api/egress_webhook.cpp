#include "api/egress_webhook.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "api/webhook_event.hpp"
#include "egress/names.hpp"

namespace parley::api {
namespace {

/// The file as the fields that VideoSDK's webhook has, and all of them as REST shows them.
void add_files(Json& data, const egress::Egress& e, const LinkContext& context) {
  if (e.files.empty()) return;
  Json files = Json::array();
  for (const egress::File& file : e.files) files.push_back(file_resource(e, file, context));
  const Json& first = files.front();
  data["filePath"] = first["filePath"];
  data["fileUrl"] = first["fileUrl"];
  data["fileSize"] = first["size"];
  data["duration"] = first["meta"]["duration"];
  data["resolution"] = first["meta"]["resolution"];
  data["files"] = std::move(files);
}

}  // namespace

std::string webhook_body(const egress::Egress& e, const LinkContext& context) {
  Json data = {{"meetingId", e.room.value()}, {"sessionId", e.session.value()}, {"id", e.id.value()}};
  if (e.target) {
    data["participantId"] = e.target->participant.value();
    if (e.target->track) data["kind"] = name_of(*e.target->track);
  }
  if (e.started_at) data["start"] = iso_time(*e.started_at);
  if (e.ended_at) data["end"] = iso_time(*e.ended_at);
  if (e.error) data["error"] = {{"code", e.error->code}, {"message", e.error->message}};
  if (e.kind == egress::Kind::Hls) {
    data["playbackHlsUrl"] = playback_url(context.base_url, e.id);
    data["livestreamUrl"] = live_url(context.base_url, e.id);
    data["downstreamUrl"] = data["playbackHlsUrl"];
  } else {
    add_files(data, e, context);
  }
  if (!e.metadata.empty()) data["metadata"] = e.metadata;
  const Json body = {{"webhookType", event_name(e.kind, e.status)}, {"data", std::move(data)}};
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

store::Result<int> enqueue(store::Store& store, const egress::Egress& e, const LinkContext& context) {
  const auto room = store.rooms().find(e.room.value());
  if (!room) return std::unexpected(room.error());
  const std::string type = event_name(e.kind, e.status);
  std::vector<std::string> urls;
  if (*room && (*room)->webhook && wants((*room)->webhook->events, type)) urls.push_back((*room)->webhook->end_point);
  if (!e.webhook_url.empty() && std::ranges::find(urls, e.webhook_url) == urls.end()) urls.push_back(e.webhook_url);
  for (const std::string& url : urls) {
    const auto added = store.deliveries().add({.room = e.room,
                                               .session = e.session,
                                               .type = type,
                                               .url = url,
                                               .body = webhook_body(e, context),
                                               .created_at = context.now,
                                               .next_attempt_at = context.now});
    if (!added) return std::unexpected(added.error());
  }
  return static_cast<int>(urls.size());
}

}  // namespace parley::api
