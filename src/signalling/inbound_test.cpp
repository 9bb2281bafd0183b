#include "signalling/inbound.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.hpp"

namespace parley::signalling {
namespace {

constexpr UtcTime kUtc = UtcTime::from_ms(1'700'000'000'000);

Timestamp at_ms(int64_t ms) { return Timestamp::from_us(ms * 1000); }

std::string join(uint32_t id = 1) {
  wire::ClientMessage m;
  m.set_id(id);
  m.mutable_join()->set_room_id("abcd-efgh-ijkl");
  return m.SerializeAsString();
}

std::string pin(uint32_t id, size_t padding = 0) {
  wire::ClientMessage m;
  m.set_id(id);
  m.mutable_pin()->set_participant_id(std::string(padding, 'x'));
  return m.SerializeAsString();
}

class InboundTest : public ::testing::Test {
 protected:
  Inbound::Outcome receive(const std::string& frame, int64_t ms = 0) {
    return inbound_.receive(as_bytes(frame), true, at_ms(ms), kUtc);
  }
  void join_first() { ASSERT_TRUE(receive(join()).request); }

  Inbound inbound_{at_ms(0)};
};

TEST_F(InboundTest, PassesAJoinAndThenRequests) {
  const auto first = receive(join(7));
  ASSERT_TRUE(first.request);
  EXPECT_EQ(first.request->id(), 7u);
  EXPECT_EQ(first.request->join().room_id(), "abcd-efgh-ijkl");
  EXPECT_FALSE(first.reply || first.close);
  const auto second = receive(pin(8));
  ASSERT_TRUE(second.request);
  EXPECT_TRUE(second.request->has_pin());
  EXPECT_EQ(inbound_.stats().messages, 2u);
}

TEST_F(InboundTest, WantsJoinOrResumeFirst) {
  const auto outcome = receive(pin(1));
  EXPECT_FALSE(outcome.request);
  ASSERT_TRUE(outcome.close);
  EXPECT_EQ(outcome.close->code, CloseCode::Policy);
  EXPECT_EQ(inbound_.stats().out_of_order, 1u);

  Inbound resumed(at_ms(0));
  wire::ClientMessage m;
  m.mutable_resume()->set_resume_key("k");
  EXPECT_TRUE(resumed.receive(as_bytes(m.SerializeAsString()), true, at_ms(0), kUtc).request);
}

TEST_F(InboundTest, RefusesASecondJoinUnlessTheFirstWasRefused) {
  join_first();
  EXPECT_EQ(receive(join()).close->code, CloseCode::Policy);
  inbound_.allow_join_again(at_ms(5));
  EXPECT_TRUE(receive(join()).request);
}

TEST_F(InboundTest, AnswersPingsItself) {
  wire::ClientMessage ping;
  ping.set_id(3);
  ping.mutable_ping()->set_client_time_ms(42);
  for (const bool joined : {false, true}) {
    if (joined) join_first();
    const auto outcome = receive(ping.SerializeAsString());
    ASSERT_TRUE(outcome.reply);
    EXPECT_FALSE(outcome.request || outcome.close);
    EXPECT_EQ(outcome.reply->reply_to(), 3u);
    EXPECT_EQ(outcome.reply->seq(), 0u);
    EXPECT_EQ(outcome.reply->pong().client_time_ms(), 42);
    EXPECT_EQ(outcome.reply->pong().server_time_ms(), kUtc.ms());
  }
}

TEST_F(InboundTest, ClosesOnWhatIsNoMessage) {
  EXPECT_EQ(receive("\xff\xff\xff").close->code, CloseCode::BadData);
  EXPECT_EQ(receive(std::string(Inbound::kMaxFrame + 1, '\0')).close->code, CloseCode::TooBig);
  EXPECT_EQ(inbound_.receive(as_bytes("hello"), false, at_ms(0), kUtc).close->code, CloseCode::Unsupported);
  EXPECT_EQ(inbound_.stats().malformed, 1u);
  EXPECT_EQ(inbound_.stats().oversized, 1u);
  EXPECT_EQ(inbound_.stats().text_frames, 1u);
}

TEST_F(InboundTest, RefusesTextThatIsNotUtf8) {
  wire::ClientMessage m;
  m.mutable_join()->set_room_id("ok");
  std::string frame = m.SerializeAsString();
  frame.back() = '\xff';
  EXPECT_EQ(receive(frame).close->code, CloseCode::BadData);
}

TEST_F(InboundTest, AnswersARequestOfANewerClient) {
  join_first();
  const std::string unknown("\x08\x05\xfa\x3f\x00", 5);  // id 5; field 1023, empty
  const auto outcome = receive(unknown);
  ASSERT_TRUE(outcome.reply);
  EXPECT_EQ(outcome.reply->reply_to(), 5u);
  EXPECT_TRUE(outcome.reply->has_error());
  EXPECT_FALSE(outcome.request || outcome.close);
  const auto silent = receive("");
  EXPECT_FALSE(silent.request || silent.reply || silent.close);
  EXPECT_EQ(inbound_.stats().empty, 2u);
}

TEST_F(InboundTest, DropsWhatComesTooFast) {
  join_first();
  for (int64_t i = 1; i < Inbound::kMessageBurst; ++i) ASSERT_TRUE(receive(pin(1)).request) << i;
  const auto outcome = receive(pin(9));
  EXPECT_FALSE(outcome.request || outcome.close);
  ASSERT_TRUE(outcome.reply);
  EXPECT_EQ(outcome.reply->reply_to(), 9u);
  EXPECT_FALSE(receive(pin(0)).reply);  // nobody waits for this one
  EXPECT_EQ(inbound_.stats().too_fast, 2u);
  // A second refills kMessagesPerSecond.
  for (int64_t i = 0; i < Inbound::kMessagesPerSecond; ++i) ASSERT_TRUE(receive(pin(1), 1000).request) << i;
  EXPECT_FALSE(receive(pin(1), 1000).request);
}

TEST_F(InboundTest, ClosesWhenRefusalsDoNotHelp) {
  join_first();
  for (int64_t i = 1; i < Inbound::kMessageBurst; ++i) receive(pin(1));
  for (int i = 0; i < Inbound::kMaxRefusals; ++i) ASSERT_FALSE(receive(pin(1)).close) << i;
  EXPECT_EQ(receive(pin(1)).close->code, CloseCode::Policy);
}

TEST_F(InboundTest, LimitsBytesToo) {
  join_first();
  const std::string large = pin(1, Inbound::kMaxFrame - 16);
  int passed = 0;
  while (receive(large).request) ++passed;
  EXPECT_EQ(passed, 1);  // the Join's bytes are missing from the second
  EXPECT_TRUE(receive(large, 1000).request);
}

TEST_F(InboundTest, ClosesASocketOnWhichNobodyJoins) {
  EXPECT_EQ(inbound_.next_deadline(), at_ms(0) + Inbound::kJoinDeadline);
  EXPECT_FALSE(inbound_.on_deadline(at_ms(14'999)));
  EXPECT_EQ(inbound_.on_deadline(at_ms(15'000))->code, CloseCode::Policy);
  EXPECT_EQ(inbound_.stats().silent, 1u);
  Inbound joined(at_ms(0));
  ASSERT_TRUE(joined.receive(as_bytes(join()), true, at_ms(1), kUtc).request);
  EXPECT_TRUE(joined.next_deadline().is_never());
}

TEST_F(InboundTest, SurvivesRandomBytes) {
  Rng rng(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string frame(rng.below(64), '\0');
    rng.fill({reinterpret_cast<uint8_t*>(frame.data()), frame.size()});
    Inbound fresh(at_ms(0));
    const auto outcome = fresh.receive(as_bytes(frame), true, at_ms(0), kUtc);
    if (!outcome.request) continue;
    EXPECT_TRUE(outcome.request->has_join() || outcome.request->has_resume());
  }
}

}  // namespace
}  // namespace parley::signalling
