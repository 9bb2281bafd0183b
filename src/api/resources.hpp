#pragma once

#include <nlohmann/json_fwd.hpp>

#include "api/message.hpp"
#include "store/store.hpp"

/// Records as the JSON that clients see.
namespace parley::api {

using Json = nlohmann::ordered_json;

/// "2026-02-03T04:05:06.789Z"
std::string iso_time(UtcTime time);

Json room_resource(const store::RoomRecord& room, const std::string& base_url);
Json session_resource(const store::SessionRecord& session, const std::string& custom_room_id,
                      const std::vector<store::ParticipantRecord>& participants,
                      const std::vector<store::Delivery>& deliveries, const std::string& base_url);
/// `participantId`, `name`, `timelog`.
Json participant_summary(const store::ParticipantRecord& participant);
/// The summary and what it did: events, device, mode and its changes.
Json participant_resource(const store::ParticipantRecord& participant);
/// `{totalCount, successCount, data: [{type, success, attempts, statusCode}]}`
Json webhook_summary(const std::vector<store::Delivery>& deliveries);
Json page_info(store::Paging paging, int64_t total);
Json quality_point(const store::QualitySample& sample);
/// Persisted chat as CSV (RFC 4180): timestamp, topic, senderId, senderName, message, payload.
std::string chat_csv(const std::vector<store::ChatRecord>& messages);

}  // namespace parley::api
