#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "room/scenario.hpp"

namespace parley::room {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Body = wire::ServerMessage;

wire::ClientMessage say(const std::string& text, bool persist, std::vector<std::string> send_only = {}) {
  wire::ClientMessage message;
  wire::PubSubPublish& body = *message.mutable_pubsub_publish();
  body.set_topic("CHAT");
  body.set_message(text);
  body.set_payload_json("{\"k\":1}");
  body.set_persist(persist);
  for (std::string& id : send_only) body.add_send_only(std::move(id));
  return message;
}

wire::ClientMessage subscribe(uint32_t limit = 0) {
  wire::ClientMessage message;
  message.mutable_pubsub_subscribe()->set_topic("CHAT");
  message.mutable_pubsub_subscribe()->set_old_message_limit(limit);
  return message;
}

std::vector<std::string> heard(const Client& client) {
  std::vector<std::string> texts;
  for (const wire::ServerMessage& message : client.got(Body::kPubsubMessages)) {
    for (const auto& item : message.pubsub_messages().messages()) texts.push_back(item.message());
  }
  return texts;
}

std::vector<std::string> old(const wire::ServerMessage& reply) {
  EXPECT_TRUE(reply.has_subscribed());
  std::vector<std::string> texts;
  for (const auto& item : reply.subscribed().messages()) texts.push_back(item.message());
  return texts;
}

TEST(RoomMessagesTest, SubscribersHearAndOthersDoNot) {
  Scenario play;
  Client& pat = play.join("pat", {.display_name = "Pat"});
  Client& sam = play.join("sam", {.mode = wire::SIGNALLING_ONLY});  // PubSub works in every mode
  Client& eve = play.join("eve");
  play.ask(pat, subscribe());
  play.ask(sam, subscribe());
  EXPECT_TRUE(play.ask(pat, say("hello", false)).has_ok());
  EXPECT_THAT(heard(pat), ElementsAre("hello"));
  EXPECT_THAT(heard(sam), ElementsAre("hello"));
  EXPECT_THAT(heard(eve), IsEmpty());
  const wire::PubSubMessage message = sam.got(Body::kPubsubMessages)[0].pubsub_messages().messages(0);
  EXPECT_EQ(message.sender_id(), "pat");
  EXPECT_EQ(message.sender_name(), "Pat");
  EXPECT_EQ(message.topic(), "CHAT");
  EXPECT_EQ(message.payload_json(), "{\"k\":1}");
  EXPECT_EQ(message.timestamp_ms(), play.utc.ms());
  EXPECT_FALSE(message.id().empty());
  wire::ClientMessage unsubscribe;
  unsubscribe.mutable_pubsub_unsubscribe()->set_topic("CHAT");
  EXPECT_TRUE(play.ask(sam, unsubscribe).has_ok());
  EXPECT_EQ(play.ask(sam, unsubscribe).error().code(), code::kPubSubUnsubscribe);
  play.ask(pat, say("again", false));
  EXPECT_THAT(heard(sam), ElementsAre("hello"));
}

TEST(RoomMessagesTest, LateJoinersReadWhatWasKept) {
  Scenario play;
  Client& pat = play.join("pat");
  play.ask(pat, say("kept 1", true));
  play.ask(pat, say("gone", false));
  play.ask(pat, say("kept 2", true));
  ASSERT_THAT(play.all<MessagePersisted>(), SizeIs(2));
  EXPECT_EQ(play.all<MessagePersisted>()[0].message.message(), "kept 1");
  Client& late = play.join("late");
  EXPECT_THAT(old(play.ask(late, subscribe())), ElementsAre("kept 1", "kept 2"));
  EXPECT_THAT(old(play.ask(late, subscribe(1))), ElementsAre("kept 2"));
}

TEST(RoomMessagesTest, PrivateMessagesArePrivateLiveAndLater) {
  Scenario play;
  Client& pat = play.join("pat");
  Client& sam = play.join("sam");
  Client& eve = play.join("eve");
  for (Client* client : {&pat, &sam, &eve}) play.ask(*client, subscribe());
  play.ask(pat, say("psst", true, {"sam", "later"}));
  EXPECT_THAT(heard(sam), ElementsAre("psst"));
  EXPECT_THAT(heard(pat), ElementsAre("psst"));
  EXPECT_THAT(heard(eve), IsEmpty());
  EXPECT_THAT(play.all<MessagePersisted>()[0].send_only, ElementsAre("sam", "later"));
  EXPECT_THAT(old(play.ask(play.join("later"), subscribe())), ElementsAre("psst"));
  EXPECT_THAT(old(play.ask(play.join("other"), subscribe())), IsEmpty());
}

TEST(RoomMessagesTest, TheHistoryIsTheSessions) {
  Scenario play;
  Client& pat = play.join("pat");
  play.ask(pat, say("old", true));
  wire::ClientMessage leave;
  leave.mutable_leave();
  play.ask(pat, leave);
  EXPECT_THAT(old(play.ask(play.join("pat"), subscribe())), IsEmpty());
}

TEST(RoomMessagesTest, LeaversStopListening) {
  Scenario play;
  Client& pat = play.join("pat");
  Client& sam = play.join("sam");
  play.ask(sam, subscribe());
  Client& again = play.join("sam");
  play.ask(pat, say("hello", false));
  EXPECT_THAT(heard(sam), IsEmpty());
  EXPECT_THAT(heard(again), IsEmpty());  // has not subscribed yet
}

TEST(RoomMessagesTest, WhatIsWrongIsRefused) {
  Scenario play;
  Client& pat = play.join("pat");
  wire::ClientMessage message = say("x", true);
  message.mutable_pubsub_publish()->set_payload_json("not json");
  EXPECT_EQ(play.ask(pat, message).error().code(), code::kPubSubPublish);
  message = subscribe();
  message.mutable_pubsub_subscribe()->set_topic("");
  EXPECT_EQ(play.ask(pat, message).error().code(), code::kPubSubSubscribe);
  EXPECT_THAT(play.all<MessagePersisted>(), IsEmpty());
}

TEST(RoomMessagesTest, TopicsAreBoundedForPublishersToo) {
  Scenario play;
  Client& pat = play.join("pat");
  for (size_t i = 0; i < PubSub::kMaxTopics; ++i) {
    play.pass(TimeDelta::seconds(1));
    wire::ClientMessage message = say("x", true);
    message.mutable_pubsub_publish()->set_topic("T" + std::to_string(i));
    ASSERT_TRUE(play.ask(pat, message).has_ok());
  }
  EXPECT_EQ(play.ask(pat, say("x", true)).error().code(), code::kPubSubPublish);
  EXPECT_TRUE(play.ask(pat, say("x", false)).has_ok());  // what is not kept needs no topic
}

TEST(RoomMessagesTest, OneCannotFloodTheRoom) {
  Scenario play;
  Client& pat = play.join("pat");
  Client& sam = play.join("sam");
  play.ask(sam, subscribe());
  for (int i = 0; i < kMessageBurst; ++i) ASSERT_TRUE(play.ask(pat, say("x", false)).has_ok());
  EXPECT_EQ(play.ask(pat, say("x", false)).error().code(), code::kPubSubPublish);
  wire::ClientMessage data;
  data.mutable_send_data()->set_payload("x");
  EXPECT_EQ(play.ask(pat, data).error().code(), code::kSendFailed);  // one allowance for both
  EXPECT_TRUE(play.ask(sam, data).has_ok());                         // and one for each participant
  play.pass(TimeDelta::seconds(1));
  for (int i = 0; i < kMessageRate; ++i) ASSERT_TRUE(play.ask(pat, say("x", false)).has_ok());
  EXPECT_EQ(play.ask(pat, say("x", false)).error().code(), code::kPubSubPublish);
}

TEST(RoomMessagesTest, DataGoesToTheOthersWhoSend) {
  Scenario play;
  Client& pat = play.join("pat");
  Client& sam = play.join("sam");
  Client& viewer = play.join("viewer", {.mode = wire::RECV_ONLY});
  wire::ClientMessage message;
  wire::SendData& data = *message.mutable_send_data();
  data.set_payload(std::string("\0\xff", 2));
  data.set_unreliable(true);
  EXPECT_TRUE(play.ask(pat, message).has_ok());
  ASSERT_THAT(sam.got(Body::kDataReceived), SizeIs(1));
  const wire::DataReceived received = sam.got(Body::kDataReceived)[0].data_received();
  EXPECT_EQ(received.from(), "pat");
  EXPECT_EQ(received.payload(), std::string("\0\xff", 2));
  EXPECT_TRUE(received.unreliable());
  EXPECT_FALSE(received.is_text());
  EXPECT_EQ(received.timestamp_ms(), play.utc.ms());
  EXPECT_THAT(pat.got(Body::kDataReceived), IsEmpty());
  EXPECT_THAT(viewer.got(Body::kDataReceived), IsEmpty());
  EXPECT_EQ(play.ask(viewer, message).error().code(), code::kNotInThisMode);
  data.set_payload(std::string(15 * 1024, 'x'));
  EXPECT_TRUE(play.ask(pat, message).has_ok());
  data.set_payload(std::string(15 * 1024 + 1, 'x'));
  EXPECT_EQ(play.ask(pat, message).error().code(), code::kPayloadTooLarge);
}

}  // namespace
}  // namespace parley::room
