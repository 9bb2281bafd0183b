#include "room/pubsub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "room/codes.hpp"

namespace parley::room {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const ParticipantId kPat("pat"), kSam("sam"), kKim("kim");
constexpr MemberNumber kOne(1), kTwo(2);

wire::PubSubMessage message(const std::string& text, const std::string& topic = "CHAT") {
  wire::PubSubMessage out;
  out.set_topic(topic);
  out.set_message(text);
  out.set_sender_id("pat");
  return out;
}

std::vector<std::string> history(PubSub& pubsub, const ParticipantId& reader, uint32_t limit = 0) {
  const auto old = pubsub.subscribe(MemberNumber(50), reader, "CHAT", limit);
  EXPECT_TRUE(old);
  std::vector<std::string> texts;
  for (const wire::PubSubMessage& kept : *old) texts.push_back(kept.message());
  return texts;
}

TEST(PubSubTest, KeepsHistoryOldestFirstAndHonoursTheLimit) {
  PubSub pubsub(100);
  for (const char* text : {"1", "2", "3"}) EXPECT_TRUE(pubsub.keep(message(text), {}));
  EXPECT_TRUE(pubsub.keep(message("elsewhere", "OTHER"), {}));
  EXPECT_THAT(history(pubsub, kSam), ElementsAre("1", "2", "3"));
  EXPECT_THAT(history(pubsub, kSam, 2), ElementsAre("2", "3"));
}

TEST(PubSubTest, PrivateHistoryIsForItsPeople) {
  PubSub pubsub(100);
  pubsub.keep(message("to all"), {});
  pubsub.keep(message("to sam"), {"sam"});
  pubsub.keep(message("to all again"), {});
  EXPECT_THAT(history(pubsub, kSam), ElementsAre("to all", "to sam", "to all again"));
  EXPECT_THAT(history(pubsub, kPat), ElementsAre("to all", "to sam", "to all again"));  // the sender
  EXPECT_THAT(history(pubsub, kKim), ElementsAre("to all", "to all again"));
  EXPECT_THAT(history(pubsub, kKim, 2), ElementsAre("to all", "to all again"));  // what is not for her does not count
}

TEST(PubSubTest, DropsTheOldestOfTheWholeRoom) {
  PubSub pubsub(3);
  pubsub.keep(message("a", "FIRST"), {});
  for (const char* text : {"1", "2", "3"}) pubsub.keep(message(text), {});
  EXPECT_EQ(pubsub.kept(), 3u);
  EXPECT_EQ(pubsub.topics(), 1u);  // FIRST lost its only message, and nobody listens to it
  pubsub.keep(message("4"), {});
  EXPECT_THAT(history(pubsub, kSam), ElementsAre("2", "3", "4"));
}

TEST(PubSubTest, BoundsTheBytesAndTheReply) {
  PubSub pubsub(1'000'000);
  const size_t enough = PubSub::kMaxHistoryBytes / PubSub::kMaxMessageSize + 10;
  for (size_t i = 0; i < enough; ++i) pubsub.keep(message(std::string(PubSub::kMaxMessageSize, 'x')), {});
  EXPECT_LT(pubsub.kept() * PubSub::kMaxMessageSize, PubSub::kMaxHistoryBytes);
  EXPECT_GT(pubsub.kept(), enough - 20);
  const size_t replied = history(pubsub, kSam).size();
  EXPECT_LE(replied * PubSub::kMaxMessageSize, PubSub::kMaxReplyBytes);
  EXPECT_GE((replied + 2) * PubSub::kMaxMessageSize, PubSub::kMaxReplyBytes);
}

TEST(PubSubTest, AHistoryOfNoneKeepsNothing) {
  PubSub pubsub(0);
  EXPECT_TRUE(pubsub.keep(message("1"), {}));
  EXPECT_THAT(history(pubsub, kSam), IsEmpty());
}

TEST(PubSubTest, ListenersComeAndGo) {
  PubSub pubsub(10);
  ASSERT_TRUE(pubsub.subscribe(kOne, kPat, "CHAT", 0));
  ASSERT_TRUE(pubsub.subscribe(kOne, kPat, "CHAT", 0));  // twice is once
  ASSERT_TRUE(pubsub.subscribe(kTwo, kSam, "CHAT", 0));
  ASSERT_TRUE(pubsub.subscribe(kTwo, kSam, "WB", 0));
  EXPECT_THAT(pubsub.listeners("CHAT"), ElementsAre(kOne, kTwo));
  EXPECT_THAT(pubsub.listeners("nothing"), IsEmpty());
  EXPECT_TRUE(pubsub.unsubscribe(kOne, "CHAT"));
  EXPECT_FALSE(pubsub.unsubscribe(kOne, "CHAT"));
  EXPECT_FALSE(pubsub.unsubscribe(kOne, "WB"));
  EXPECT_THAT(pubsub.listeners("CHAT"), ElementsAre(kTwo));
  pubsub.forget(kTwo);
  pubsub.forget(kTwo);
  EXPECT_EQ(pubsub.topics(), 0u);
}

TEST(PubSubTest, BoundsSubscriptionsAndTopics) {
  PubSub pubsub(10'000);
  for (size_t i = 0; i < PubSub::kMaxSubscriptions; ++i) {
    ASSERT_TRUE(pubsub.subscribe(kOne, kPat, "T" + std::to_string(i), 0));
  }
  const auto one_more = pubsub.subscribe(kOne, kPat, "one more", 0);
  ASSERT_FALSE(one_more);
  EXPECT_EQ(one_more.error().code, code::kPubSubSubscribe);
  EXPECT_TRUE(pubsub.subscribe(kOne, kPat, "T0", 0));
  for (size_t i = pubsub.topics(); i < PubSub::kMaxTopics; ++i) {
    ASSERT_TRUE(pubsub.keep(message("x", "K" + std::to_string(i)), {}));
  }
  EXPECT_FALSE(pubsub.keep(message("x", "one more"), {}));
  EXPECT_FALSE(pubsub.subscribe(kTwo, kSam, "one more", 0));
  EXPECT_TRUE(pubsub.keep(message("x", "T0"), {}));
  EXPECT_TRUE(pubsub.subscribe(kTwo, kSam, "T0", 0));
  EXPECT_FALSE(pubsub.subscribe(kTwo, kSam, "", 0));
  EXPECT_FALSE(pubsub.subscribe(kTwo, kSam, std::string(PubSub::kMaxTopicSize + 1, 't'), 0));
}

TEST(PubSubTest, ChecksWhatIsPublished) {
  const auto refused = [](auto change) {
    wire::PubSubPublish request;
    request.set_topic("CHAT");
    request.set_message("hello");
    change(request);
    const auto sound = PubSub::check(request);
    return sound ? 0 : sound.error().code;
  };
  EXPECT_EQ(refused([](auto&) {}), 0u);
  EXPECT_EQ(refused([](auto& r) { r.set_payload_json("{\"a\":1}"); }), 0u);
  EXPECT_EQ(refused([](auto& r) { r.set_message(""); }), 0u);
  EXPECT_EQ(refused([](auto& r) { r.set_topic(""); }), code::kPubSubPublish);
  EXPECT_EQ(refused([](auto& r) { r.set_topic(std::string(PubSub::kMaxTopicSize + 1, 't')); }), code::kPubSubPublish);
  EXPECT_EQ(refused([](auto& r) { r.set_message(std::string(PubSub::kMaxMessageSize + 1, 'm')); }),
            code::kPubSubPublish);
  EXPECT_EQ(refused([](auto& r) { r.set_payload_json("7"); }), code::kPubSubPublish);
  EXPECT_EQ(
      refused([](auto& r) { r.set_payload_json("{\"a\":\"" + std::string(PubSub::kMaxPayloadSize, 'p') + "\"}"); }),
      code::kPubSubPublish);
  EXPECT_EQ(refused([](auto& r) {
              for (size_t i = 0; i <= PubSub::kMaxRecipients; ++i) r.add_send_only("p");
            }),
            code::kPubSubPublish);
}

}  // namespace
}  // namespace parley::room
