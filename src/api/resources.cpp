#include "api/resources.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

#include <nlohmann/json.hpp>

namespace parley::api {
namespace {

/// One node is one region; the field is kept for applications that read it.
constexpr const char* kRegion = "local";

Json time_or_null(const std::optional<UtcTime>& time) { return time ? Json(iso_time(*time)) : Json(nullptr); }

Json timelog(const store::ParticipantRecord& p) {
  Json out = Json::array();
  for (const store::Interval& i : p.timelog)
    out.push_back({{"start", iso_time(i.start)}, {"end", time_or_null(i.end)}});
  return out;
}

/// When a source was on, from its switches: [{start, end}].
Json spans(const store::ParticipantRecord& p, const std::string& kind) {
  Json out = Json::array();
  bool open = false;
  for (const store::Activity& a : p.activities) {
    if (a.kind != kind || a.on == open) continue;
    if (a.on) {
      out.push_back({{"start", iso_time(a.at)}, {"end", nullptr}});
    } else {
      out.back()["end"] = iso_time(a.at);
    }
    open = a.on;
  }
  // Whoever left took it along.
  if (open && !p.timelog.empty() && p.timelog.back().end) out.back()["end"] = iso_time(*p.timelog.back().end);
  return out;
}

Json mode_history(const store::ParticipantRecord& p) {
  Json out = Json::array();
  for (const store::Activity& a : p.activities) {
    if (a.kind == "mode") out.push_back({{"mode", a.value}, {"time", iso_time(a.at)}});
  }
  return out;
}

std::string csv_field(const std::string& text) {
  std::string out = "\"";
  // A cell that starts like this is a formula to spreadsheet programs.
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos) out += '\'';
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

Json webhook_summary(const std::vector<store::Delivery>& deliveries) {
  Json data = Json::array();
  int64_t succeeded = 0;
  for (const store::Delivery& d : deliveries) {
    const bool success = d.state == store::DeliveryState::Delivered;
    succeeded += success ? 1 : 0;
    data.push_back({{"type", d.type}, {"success", success}, {"attempts", d.attempts}, {"statusCode", d.last_status}});
  }
  return {{"totalCount", deliveries.size()}, {"successCount", succeeded}, {"data", std::move(data)}};
}

std::string iso_time(UtcTime time) {
  int64_t seconds = time.ms() / 1000;
  int64_t millis = time.ms() % 1000;
  if (millis < 0) {
    millis += 1000;
    --seconds;
  }
  const std::time_t t = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&t, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(millis));
  return text.data();
}

Json room_resource(const store::RoomRecord& room, const std::string& base_url) {
  Json out = {{"roomId", room.id.value()},
              {"customRoomId", room.custom_room_id.empty() ? Json(nullptr) : Json(room.custom_room_id)},
              {"userId", room.user_id},
              {"disabled", room.disabled},
              {"createdAt", iso_time(room.created_at)},
              {"updatedAt", iso_time(room.updated_at)},
              {"id", room.record_id}};
  if (room.webhook) out["webhook"] = {{"endPoint", room.webhook->end_point}, {"events", room.webhook->events}};
  if (room.auto_close) {
    const bool deactivate = room.auto_close->type == store::AutoCloseType::SessionEndAndDeactivate;
    out["autoCloseConfig"] = {{"type", deactivate ? "session-end-and-deactivate" : "session-ends"},
                              {"duration", room.auto_close->duration_minutes}};
  }
  if (!room.allowed_participant_ids.empty()) out["allowedParticipantIds"] = room.allowed_participant_ids;
  if (!room.auto_start.recording_json.empty()) {
    out["autoStartConfig"]["recording"] = Json::parse(room.auto_start.recording_json, nullptr, false);
  }
  if (!room.auto_start.hls_json.empty()) {
    out["autoStartConfig"]["hls"] = Json::parse(room.auto_start.hls_json, nullptr, false);
  }
  if (const store::MultiComposition& multi = room.multi_composition; multi != store::MultiComposition()) {
    out["multiComposition"] = {{"recording", multi.recording}, {"hls", multi.hls}, {"rtmp", multi.livestream}};
  }
  if (!room.geo_fence.empty()) out["geoFence"] = room.geo_fence;
  out["links"] = {{"get_room", base_url + "/v2/rooms/" + room.id.value()},
                  {"get_session", base_url + "/v2/sessions?roomId=" + room.id.value()}};
  return out;
}

Json participant_summary(const store::ParticipantRecord& p) {
  return {{"participantId", p.participant.value()}, {"name", p.name}, {"timelog", timelog(p)}};
}

Json participant_resource(const store::ParticipantRecord& p) {
  Json out = participant_summary(p);
  out["initTime"] = p.timelog.empty() ? Json(nullptr) : Json(iso_time(p.timelog.front().start));
  out["mode"] = p.mode;
  out["changeModeHistory"] = mode_history(p);
  out["events"] = {{"mic", spans(p, "mic")},
                   {"webcam", spans(p, "webcam")},
                   {"screenShare", spans(p, "screenShare")},
                   {"screenShareAudio", spans(p, "screenShareAudio")}};
  out["deviceInfo"] = {{"sdkType", p.device.sdk_type},
                       {"sdkVersion", p.device.sdk_version},
                       {"platform", p.device.platform},
                       {"userAgent", p.device.user_agent}};
  out["metaData"] = p.meta_data_json.empty() ? Json(nullptr) : Json::parse(p.meta_data_json, nullptr, false);
  if (out["metaData"].is_discarded()) out["metaData"] = nullptr;
  return out;
}

Json session_resource(const store::SessionRecord& session, const std::string& custom_room_id,
                      const std::vector<store::ParticipantRecord>& participants,
                      const std::vector<store::Delivery>& deliveries, const std::string& base_url) {
  Json people = Json::array();
  for (const store::ParticipantRecord& p : participants) people.push_back(participant_summary(p));
  const std::string self = base_url + "/v2/sessions/" + session.id.value();
  return {{"id", session.id.value()},
          {"roomId", session.room.value()},
          {"customRoomId", custom_room_id.empty() ? Json(nullptr) : Json(custom_room_id)},
          {"start", iso_time(session.start)},
          {"end", time_or_null(session.end)},
          {"status", session.end ? "ended" : "ongoing"},
          {"region", kRegion},
          {"participants", std::move(people)},
          {"activeDuration", session.end ? Json((*session.end - session.start).ms() / 1000) : Json(nullptr)},
          {"chatLink", self + "/chat"},
          {"webhook", webhook_summary(deliveries)},
          {"links",
           {{"get_room", base_url + "/v2/rooms/" + session.room.value()},
            {"get_session", self},
            {"get_participants", self + "/participants"}}}};
}

Json page_info(store::Paging paging, int64_t total) {
  const int64_t last = total == 0 ? 1 : (total + paging.per_page - 1) / paging.per_page;
  return {{"currentPage", paging.page}, {"perPage", paging.per_page}, {"lastPage", last}, {"total", total}};
}

Json quality_point(const store::QualitySample& s) {
  return {{"time", iso_time(s.at)},
          {"participantId", s.participant.value()},
          {"sendAudioPacketLost", s.send_audio.packets_lost},
          {"recvAudioPacketLost", s.receive_audio.packets_lost},
          {"sendVideoPacketLost", s.send_video.packets_lost},
          {"recvVideoPacketLost", s.receive_video.packets_lost},
          {"averageAudioRtt", s.rtt_ms},
          {"averageVideoRtt", s.rtt_ms},
          {"averageAudioJitter", s.send_audio.jitter_ms},
          {"averageVideoJitter", s.send_video.jitter_ms},
          {"averageSendAudioBitrate", s.send_audio.bitrate_kbps},
          {"averageRecvAudioBitrate", s.receive_audio.bitrate_kbps},
          {"averageSendVideoBitrate", s.send_video.bitrate_kbps},
          {"averageRecvVideoBitrate", s.receive_video.bitrate_kbps},
          {"qualityScore", {{"audio", s.audio_score}, {"video", s.video_score}}}};
}

std::string chat_csv(const std::vector<store::ChatRecord>& messages) {
  std::string out = "timestamp,topic,senderId,senderName,message,payload\r\n";
  for (const store::ChatRecord& m : messages) {
    out += iso_time(m.at);
    for (const std::string* field : {&m.topic, &m.sender_id, &m.sender_name, &m.message, &m.payload_json}) {
      out += ',' + csv_field(*field);
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace parley::api
