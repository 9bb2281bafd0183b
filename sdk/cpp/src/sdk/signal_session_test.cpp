#include "sdk/signal_session.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sdk/backoff.hpp"

namespace parley::sdk {
namespace {

/// A server by script: reads what the session sends, and says what a test wants.
class ScriptedServer : public testing::Test {
 protected:
  void SetUp() override { session.emplace(rng, 1); }

  template <class T>
  std::vector<T> take() {
    std::vector<T> out;
    std::erase_if(events, [&](SessionEvent& event) {
      auto* wanted = std::get_if<T>(&event);
      if (wanted) out.push_back(std::move(*wanted));
      return wanted != nullptr;
    });
    return out;
  }
  /// The messages that were sent since last time, on the newest socket.
  std::vector<wire::ClientMessage> sent() {
    std::vector<wire::ClientMessage> out;
    for (const SendFrame& frame : take<SendFrame>()) {
      EXPECT_EQ(frame.socket, socket);
      EXPECT_TRUE(out.emplace_back().ParseFromString(frame.frame));
    }
    return out;
  }
  void say(wire::ServerMessage message) {
    const std::string frame = message.SerializeAsString();
    session->on_frame(socket, as_bytes(frame), now, events);
  }
  /// Opens the socket that the session asked for.
  void open() {
    const auto asked = take<OpenSocket>();
    ASSERT_EQ(asked.size(), 1u);
    socket = asked[0].socket;
    session->on_open(socket, now, events);
  }
  void start() {
    wire::Join join;
    join.set_room_id("room");
    session->start(join, now, events);
    open();
  }
  uint32_t join_id() {
    const auto messages = sent();
    EXPECT_EQ(messages.size(), 1u);
    EXPECT_TRUE(messages.at(0).has_join());
    return messages.at(0).id();
  }
  wire::ServerMessage joined(uint32_t reply_to) {
    wire::ServerMessage message;
    message.set_seq(++seq);
    message.set_reply_to(reply_to);
    message.mutable_joined()->set_participant_id("me");
    message.mutable_joined()->set_resume_key("key");
    message.mutable_joined()->set_ping_interval_ms(10'000);
    message.mutable_joined()->set_grace_period_ms(30'000);
    return message;
  }
  void enter() {
    start();
    say(joined(join_id()));
    ASSERT_EQ(take<JoinAnswered>().size(), 1u);
  }
  wire::ServerMessage speaker(const std::string& id) {
    wire::ServerMessage message;
    message.set_seq(++seq);
    message.mutable_speaker_changed()->set_participant_id(id);
    return message;
  }
  void cut() { session->on_closed(socket, "The connection was cut.", now, events); }
  /// Lets time pass to the session's next deadline.
  void pass() {
    now = session->next_deadline();
    session->on_deadline(now, events);
  }
  uint32_t ask() {
    wire::ClientMessage message;
    message.mutable_end_meeting();
    return session->request(message, now, events).value();
  }

  Rng rng{7};
  Timestamp now = Timestamp::from_us(1'000'000);
  std::optional<SignalSession> session;
  SessionEvents events;
  uint32_t socket = 0;
  uint64_t seq = 0;
};

TEST_F(ScriptedServer, JoinsInOneRoundTrip) {
  start();
  const uint32_t id = join_id();
  say(joined(id));
  const auto answers = take<JoinAnswered>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].result->participant_id(), "me");
  EXPECT_TRUE(session->connected());
}

TEST_F(ScriptedServer, AJoinThatIsRefusedClosesTheSocketAndGivesTheServersCode) {
  start();
  wire::ServerMessage message;
  message.set_reply_to(join_id());
  message.mutable_error()->set_code(4002);
  message.mutable_error()->set_message("The token has expired.");
  say(message);
  const auto answers = take<JoinAnswered>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].result.error().code, 4002);
  EXPECT_EQ(answers[0].result.error().message, "The token has expired.");
  EXPECT_EQ(take<CloseSocket>().size(), 1u);
  EXPECT_TRUE(session->next_deadline().is_never());
}

TEST_F(ScriptedServer, AServerThatCannotBeReachedOrDoesNotAnswerFailsTheJoin) {
  session->start({}, now, events);
  socket = take<OpenSocket>().at(0).socket;
  session->on_closed(socket, "Nobody listens there.", now, events);
  EXPECT_EQ(take<JoinAnswered>().at(0).result.error().message, "Nobody listens there.");

  session.emplace(rng, 5);
  start();
  EXPECT_EQ(session->next_deadline(), now + SignalSession::kReplyTimeout);
  pass();
  EXPECT_EQ(take<JoinAnswered>().at(0).result.error().code, kCannotJoin);
}

TEST_F(ScriptedServer, AKnockWaitsAsLongAsItTakes) {
  start();
  const uint32_t id = join_id();
  wire::ServerMessage message;
  message.set_seq(++seq);
  message.set_reply_to(id);
  message.mutable_entry_pending();
  say(message);
  EXPECT_EQ(take<EntryPending>().size(), 1u);
  EXPECT_TRUE(session->next_deadline().is_never());
  now += TimeDelta::seconds(3600);
  say(joined(id));
  EXPECT_TRUE(take<JoinAnswered>().at(0).result);
}

TEST_F(ScriptedServer, RepliesFindTheirRequestInAnyOrder) {
  enter();
  const uint32_t first = ask(), second = ask();
  EXPECT_EQ(sent().size(), 2u);
  for (const uint32_t id : {second, first}) {
    wire::ServerMessage message;
    message.set_seq(++seq);
    message.set_reply_to(id);
    if (id == first) {
      message.mutable_error()->set_code(4008);
    } else {
      message.mutable_ok();
    }
    say(message);
    say(message);  // Once more: it changes nothing.
  }
  const auto replies = take<Replied>();
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_EQ(replies[0].id, second);
  EXPECT_TRUE(replies[0].result);
  EXPECT_EQ(replies[1].id, first);
  EXPECT_EQ(replies[1].result.error().code, 4008);
}

TEST_F(ScriptedServer, ARequestWithoutAnswerTimesOutAndTooManyAreRefused) {
  enter();
  for (size_t i = 0; i < SignalSession::kMaxPending; ++i) ask();
  wire::ClientMessage message;
  EXPECT_EQ(session->request(message, now, events).error().code, kInProgress);
  now += SignalSession::kReplyTimeout;
  session->on_deadline(now, events);
  const auto replies = take<Replied>();
  ASSERT_EQ(replies.size(), SignalSession::kMaxPending);
  EXPECT_EQ(replies[0].result.error().code, kTimeout);
}

TEST_F(ScriptedServer, ALostSocketIsResumedAndNothingComesTwiceOrIsMissed) {
  enter();
  say(speaker("a"));
  const uint32_t lost_request = ask();
  cut();
  EXPECT_EQ(take<SocketLost>().size(), 1u);
  const auto replies = take<Replied>();
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].id, lost_request);
  EXPECT_EQ(replies[0].result.error().code, kReconnecting);
  EXPECT_EQ(session->request({}, now, events).error().code, kReconnecting);

  take<SendFrame>();
  const uint64_t last_seq = seq;
  const wire::ServerMessage missed = speaker("b");
  pass();
  open();
  const auto messages = sent();
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].resume().resume_key(), "key");
  EXPECT_EQ(messages[0].resume().last_seq(), last_seq);
  wire::ServerMessage resumed;
  resumed.set_seq(seq + 1);  // It is told before what it announces, which has lower numbers.
  resumed.set_reply_to(messages[0].id());
  resumed.mutable_resumed()->set_replayed(true);
  say(resumed);
  EXPECT_EQ(take<SessionResumed>().size(), 1u);
  EXPECT_TRUE(session->connected());
  EXPECT_EQ(take<Received>().size(), 1u) << "of before the cut";
  say(missed);
  say(missed);
  EXPECT_EQ(take<Received>().size(), 1u);
}

TEST_F(ScriptedServer, ResumingGoesOnWithBackoffUntilTheGracePeriodIsOver) {
  enter();
  cut();
  std::vector<int64_t> waits;
  while (take<SessionExpired>().empty()) {
    const Timestamp before = now;
    pass();
    if (!take<OpenSocket>().empty()) {
      waits.push_back((now - before).ms());
      socket = session->next_socket() - 1;
      session->on_closed(socket, "refused", now, events);
    }
    ASSERT_LT(waits.size(), 100u);
  }
  ASSERT_GT(waits.size(), 5u);
  EXPECT_LT(waits[0], 300);
  EXPECT_GT(waits[4], 2000);
  EXPECT_GE(now - Timestamp::from_us(1'000'000), TimeDelta::seconds(30));
  EXPECT_LE(now - Timestamp::from_us(1'000'000), TimeDelta::seconds(31));
}

TEST_F(ScriptedServer, AServerThatKnowsNoResumeKeyEndsTheSession) {
  enter();
  cut();
  pass();
  open();
  wire::ServerMessage message;
  message.set_reply_to(sent().at(0).id());
  message.mutable_error()->set_code(3047);
  say(message);
  EXPECT_EQ(take<SessionExpired>().at(0).error.code, 3047);
}

TEST_F(ScriptedServer, AClosingServerIsGivenItsTimeButNotAnyTime) {
  enter();
  wire::ServerMessage message;
  message.set_seq(++seq);
  message.mutable_server_closing()->set_retry_after_ms(3'600'000);
  say(message);
  cut();
  EXPECT_EQ(session->next_deadline(), now + SignalSession::kMaxRetryAfter);
}

TEST_F(ScriptedServer, ThreeMissedPongsAreALostSocket) {
  enter();
  for (int i = 0; i < 3; ++i) {
    pass();
    ASSERT_EQ(sent().at(0).body_case(), wire::ClientMessage::kPing);
  }
  pass();
  EXPECT_EQ(take<SocketLost>().size(), 1u);
  EXPECT_EQ(take<CloseSocket>().at(0).socket, socket);
}

TEST_F(ScriptedServer, APongKeepsTheSocketAlive) {
  enter();
  for (int i = 0; i < 20; ++i) {
    pass();
    wire::ServerMessage pong;
    pong.mutable_pong();
    say(pong);
  }
  EXPECT_TRUE(take<SocketLost>().empty());
}

TEST_F(ScriptedServer, AfterANetworkChangeADeadSocketIsFoundSoon) {
  enter();
  session->probe(now, events);
  EXPECT_EQ(sent().size(), 1u);
  pass();
  EXPECT_EQ(now - Timestamp::from_us(1'000'000), SignalSession::kProbeTimeout);
  EXPECT_EQ(take<SocketLost>().size(), 1u);
}

TEST_F(ScriptedServer, LeavingWaitsForTheServersWordButNotLong) {
  enter();
  session->leave(now, events);
  EXPECT_TRUE(sent().at(0).has_leave());
  EXPECT_TRUE(take<LeaveDone>().empty());
  wire::ServerMessage left;
  left.mutable_left()->mutable_reason()->set_code(1101);
  say(left);
  EXPECT_EQ(take<LeaveDone>().size(), 1u);

  session.emplace(rng, 9);
  seq = 0;
  enter();
  session->leave(now, events);
  EXPECT_EQ(session->next_deadline(), now + SignalSession::kLeaveTimeout);
  pass();
  EXPECT_EQ(take<LeaveDone>().size(), 1u);
}

TEST_F(ScriptedServer, BeingRemovedIsTold) {
  enter();
  wire::ServerMessage left;
  left.set_seq(++seq);
  left.mutable_left()->mutable_reason()->set_code(1002);
  say(left);
  EXPECT_EQ(take<LeftRoom>().at(0).reason.code, kLeftRemoved);
  EXPECT_EQ(session->request({}, now, events).error().code, kNotJoined);
}

TEST_F(ScriptedServer, BytesThatAreNoMessageAreCountedAndChangeNothing) {
  enter();
  const std::string junk("\xff\xff\xff\x01garbage", 11);
  session->on_frame(socket, as_bytes(junk), now, events);
  session->on_frame(socket + 1, as_bytes(junk), now, events);  // of a socket that is gone
  EXPECT_EQ(session->malformed(), 1u);
  EXPECT_TRUE(take<Received>().empty());
  EXPECT_TRUE(session->connected());
}

/// wire/vectors holds what the browser SDK's tests read, too: each message, in any state, is taken without harm.
TEST_F(ScriptedServer, TakesEveryGoldenMessageOfTheServer) {
  std::ifstream file(PARLEY_VECTORS "/server.json");
  const auto vectors = nlohmann::json::parse(file);
  ASSERT_GT(vectors.size(), 20u);
  size_t told = 0;
  for (const auto& vector : vectors) {
    session.emplace(rng, 100);
    seq = 0;
    enter();
    events.clear();
    const std::string hex = vector.at("hex");
    std::vector<uint8_t> bytes;
    for (size_t i = 0; i < hex.size(); i += 2) {
      bytes.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    session->on_frame(socket, bytes, now, events);
    told += events.empty() ? 0 : 1;
    EXPECT_EQ(session->malformed(), 0u) << vector.at("name");
  }
  EXPECT_GT(told, 10u);
}

TEST(Backoff, GrowsAndIsBounded) {
  Rng rng(3);
  for (int i = 0; i < 100; ++i) {
    EXPECT_GE(backoff(0, rng).ms(), 200);
    EXPECT_LE(backoff(0, rng).ms(), 260);
    EXPECT_GE(backoff(i, rng).ms(), std::min(5000, 200 << std::min(i, 10)));
    EXPECT_LE(backoff(1000, rng).ms(), 6500);
  }
}

}  // namespace
}  // namespace parley::sdk
