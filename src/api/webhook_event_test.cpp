#include "api/webhook_event.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "store/memory/memory_store.hpp"

namespace parley::api {
namespace {

using nlohmann::json;
using Type = WebhookEvent::Type;

TEST(WebhookEvent, FiltersByNameAndBeginning) {
  EXPECT_TRUE(wants({}, "session-started"));
  EXPECT_TRUE(wants({"session*"}, "session-started"));
  EXPECT_TRUE(wants({"*"}, "participant-left"));
  EXPECT_TRUE(wants({"x", "session-started"}, "session-started"));
  EXPECT_FALSE(wants({"session-ended"}, "session-started"));
  EXPECT_FALSE(wants({"participant*"}, "session-started"));
  EXPECT_FALSE(wants({"session"}, "session-started"));
}

TEST(WebhookEvent, HasVideoSdksShape) {
  WebhookEvent event{.room = RoomId("r"),
                     .session = SessionId("s"),
                     .start = UtcTime::from_ms(0),
                     .end = UtcTime::from_ms(1500),
                     .participant = ParticipantId("p"),
                     .participant_name = "P \xff"};
  EXPECT_EQ(json::parse(webhook_body(event)), json::parse(R"({"webhookType": "session-started",
                            "data": {"meetingId": "r", "sessionId": "s", "start": "1970-01-01T00:00:00.000Z"}})"));
  event.type = Type::SessionEnded;
  EXPECT_EQ(json::parse(webhook_body(event))["data"]["end"], "1970-01-01T00:00:01.500Z");
  event.type = Type::ParticipantLeft;
  const json left = json::parse(webhook_body(event));
  EXPECT_EQ(left["webhookType"], "participant-left");
  EXPECT_EQ(left["data"]["participantId"], "p");
  EXPECT_EQ(left["data"]["participantName"], "P \ufffd");
}

TEST(WebhookEvent, FillsTheOutboxWhenTheRoomWantsIt) {
  auto store = store::open_memory_store();
  store::RoomRecord room{.id = RoomId("r"), .record_id = "x"};
  ASSERT_TRUE(store->rooms().insert(room));
  WebhookEvent event{.type = Type::ParticipantJoined, .room = room.id, .session = SessionId("s")};
  EXPECT_FALSE(enqueue(*store, event, UtcTime::from_ms(5)).value());
  room.webhook = {"https://x", {"session*"}};
  ASSERT_TRUE(store->rooms().update(room));
  EXPECT_FALSE(enqueue(*store, event, UtcTime::from_ms(5)).value());
  event.type = Type::SessionStarted;
  EXPECT_TRUE(enqueue(*store, event, UtcTime::from_ms(5)).value());
  const auto due = store->deliveries().due(UtcTime::from_ms(5), 10).value();
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].url, "https://x");
  EXPECT_EQ(due[0].body, webhook_body(event));
  event.room = RoomId("gone");
  EXPECT_FALSE(enqueue(*store, event, UtcTime::from_ms(5)).value());
}

}  // namespace
}  // namespace parley::api
