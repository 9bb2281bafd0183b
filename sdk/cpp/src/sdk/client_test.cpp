#include "sdk/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dtls/identity.hpp"

namespace parley::sdk {
namespace {

using testing::ElementsAre;

/// A client and a server by script; time passes only when a test lets it.
class ClientTest : public testing::Test {
 protected:
  void begin(Mode mode) {
    Client::Config config;
    config.token = "token";
    config.meeting_id = "room";
    config.self.displayName = "Ann";
    config.self.mode = mode;
    config.media.identity = dtls::Identity::generate(UtcTime::from_ms(1'790'000'000'000), rng);
    config.media.hosts = {{.address = {IpAddress::v4(0x7f000001), 5000}}};
    client.emplace(config, rng, out);
  }
  /// What the client sent since last time. Opens sockets that it asks for unless `refuse`.
  std::vector<wire::ClientMessage> sent(bool refuse = false) {
    std::vector<wire::ClientMessage> messages;
    for (int round = 0; round < 4; ++round) {
      for (SessionEvent& event : std::exchange(out.sockets, {})) {
        if (const auto* open = std::get_if<OpenSocket>(&event)) {
          socket = open->socket;
          if (refuse) {
            client->on_socket_closed(socket, "Nobody is there.", now);
          } else {
            client->on_socket_open(socket, now);
          }
        } else if (const auto* frame = std::get_if<SendFrame>(&event)) {
          EXPECT_TRUE(messages.emplace_back().ParseFromString(frame->frame));
        }
      }
    }
    return messages;
  }
  wire::ClientMessage only() {
    const auto messages = sent();
    EXPECT_EQ(messages.size(), 1u);
    return messages.empty() ? wire::ClientMessage() : messages[0];
  }
  void say(wire::ServerMessage message, uint32_t reply_to = 0) {
    message.set_seq(++seq);
    message.set_reply_to(reply_to);
    const std::string frame = message.SerializeAsString();
    client->on_socket_frame(socket, as_bytes(frame), now);
  }
  wire::ServerMessage joined(const std::string& id = "me") {
    wire::ServerMessage message;
    wire::Joined& body = *message.mutable_joined();
    body.set_room_id("room");
    body.set_session_id("session");
    body.set_participant_id(id);
    body.set_resume_key("key");
    body.set_grace_period_ms(20'000);
    body.add_permissions("allow_join");
    body.mutable_room()->add_participants()->set_participant_id("bob");
    return message;
  }
  wire::ServerMessage error(uint32_t code) {
    wire::ServerMessage message;
    message.mutable_error()->set_code(code);
    message.mutable_error()->set_message("because");
    return message;
  }
  void join() {
    begin(Mode::SignallingOnly);
    client->join(now);
    say(joined(), only().id());
    told();
  }
  /// The state changes and the kinds of what else was told.
  std::vector<std::string> told() {
    std::vector<std::string> names;
    for (const Told& one : std::exchange(out.told, {})) {
      if (const auto* state = std::get_if<StateTold>(&one)) {
        static const char* kNames[] = {"idle", "connecting", "waiting", "connected", "reconnecting", "over", "failed"};
        names.emplace_back(kNames[static_cast<int>(state->state)]);
      } else if (const auto* finished = std::get_if<JoinFinished>(&one)) {
        names.push_back(finished->result ? "joined" : "refused " + std::to_string(finished->result.error().code));
      } else if (const auto* over = std::get_if<MeetingOver>(&one)) {
        names.push_back("left " + std::to_string(over->reason.code));
      } else if (const auto* answered = std::get_if<Answered>(&one)) {
        names.push_back("answer " + std::to_string(answered->token) +
                        (answered->result ? "" : " " + std::to_string(answered->result.error().code)));
      } else if (std::holds_alternative<MessageArrived>(one)) {
        names.emplace_back("message");
      } else if (const auto* ended = std::get_if<SourceEnded>(&one)) {
        names.push_back(ended->error ? "ended " + std::to_string(ended->error->code) : "ended by " + ended->by);
      } else if (const auto* problem = std::get_if<ErrorTold>(&one)) {
        names.push_back("error " + std::to_string(problem->error.code));
      }
    }
    return names;
  }
  void pass(TimeDelta time) {
    const Timestamp end = now + time;
    while (client->next_deadline() <= end) {
      now = std::max(now, client->next_deadline());
      client->on_deadline(now);
      if (!out.sockets.empty()) return;
    }
    now = end;
  }
  void lose() { client->on_socket_closed(socket, "The connection was cut.", now); }

  Rng rng{11};
  Timestamp now = Timestamp::from_us(5'000'000);
  ClientOutput out;
  std::optional<Client> client;
  uint32_t socket = 0;
  uint64_t seq = 0;
};

TEST_F(ClientTest, TheJoinSaysEverythingAtOnce) {
  begin(Mode::SendAndRecv);
  client->publish(StreamKind::Audio, {}, now);
  client->publish(StreamKind::Share, {.paused = true, .display_surface = "window"}, now);
  client->join(now);
  const wire::ClientMessage message = only();
  const wire::Join& join = message.join();
  EXPECT_EQ(join.token(), "token");
  EXPECT_EQ(join.display_name(), "Ann");
  EXPECT_EQ(join.device().sdk_type(), "cpp");
  ASSERT_EQ(join.publishes_size(), 2);
  EXPECT_EQ(join.publishes(1).source(), wire::SHARE);
  EXPECT_TRUE(join.publishes(1).paused());
  EXPECT_EQ(join.publishes(1).display_surface(), "window");
  EXPECT_EQ(join.offer().sends_size(), 4);
  EXPECT_EQ(join.offer().seats_size(), MediaSession::kDefaultMainSeats + MediaSession::kInitialShareSeats);
  EXPECT_THAT(join.offer().sdp(), testing::HasSubstr("a=simulcast:send q;h;f"));
}

TEST_F(ClientTest, AnAnswerThatIsNoUseFailsTheJoin) {
  begin(Mode::SendAndRecv);
  client->join(now);
  auto message = joined();
  message.mutable_joined()->set_answer_sdp("v=nonsense");
  say(message, only().id());
  EXPECT_THAT(told(), ElementsAre("connecting", "refused 3044", "failed", "left 1103"));
}

TEST_F(ClientTest, RefusalsAndUnreachableServersFailTheJoin) {
  begin(Mode::SignallingOnly);
  client->join(now);
  say(error(4002), only().id());
  EXPECT_THAT(told(), ElementsAre("connecting", "refused 4002", "failed", "left 1103"));
  begin(Mode::SignallingOnly);
  client->join(now);
  sent(true);
  EXPECT_THAT(told(), ElementsAre("connecting", "refused 3047", "failed", "left 1103"));
  client->join(now);
  EXPECT_THAT(told(), ElementsAre("refused 3054"));
}

TEST_F(ClientTest, ACutSocketIsResumedWithoutAnybodyLeaving) {
  join();
  lose();
  EXPECT_THAT(told(), ElementsAre("reconnecting"));
  client->request({}, 7, now);
  EXPECT_THAT(told(), ElementsAre("answer 7 3065"));
  pass(TimeDelta::seconds(1));
  const wire::ClientMessage resume = only();
  ASSERT_TRUE(resume.has_resume());
  wire::ServerMessage message;
  message.mutable_resumed()->set_replayed(true);
  say(message, resume.id());
  EXPECT_THAT(told(), ElementsAre("connected"));
  EXPECT_EQ(client->room().others().size(), 1u);
}

TEST_F(ClientTest, AnExpiredSessionIsJoinedAgainAsTheSameParticipant) {
  join();
  client->subscribe("CHAT", 0, 1, now);
  wire::ServerMessage subscribed;
  subscribed.mutable_subscribed()->add_messages()->set_id("old");
  subscribed.mutable_subscribed()->mutable_messages(0)->set_topic("CHAT");
  say(subscribed, only().id());
  told();
  lose();
  pass(TimeDelta::seconds(1));
  say(error(3047), only().id());
  const wire::ClientMessage again = only();
  ASSERT_TRUE(again.has_join());
  EXPECT_EQ(again.join().participant_id(), "me");
  seq = 0;  // A new session counts anew.
  say(joined(), again.id());
  EXPECT_THAT(told(), ElementsAre("reconnecting", "connected"));
  const wire::ClientMessage resubscribe = only();
  ASSERT_EQ(resubscribe.pubsub_subscribe().topic(), "CHAT");
  subscribed.mutable_subscribed()->add_messages()->set_id("missed");
  subscribed.mutable_subscribed()->mutable_messages(1)->set_topic("CHAT");
  say(subscribed, resubscribe.id());
  EXPECT_THAT(told(), ElementsAre("message")) << "only the one that was missed";
}

TEST_F(ClientTest, JoiningAgainGoesOnUntilTheServerIsBackButNotForEver) {
  join();
  lose();
  pass(TimeDelta::seconds(1));
  say(error(3047), only().id());
  int attempts = 0;
  const Timestamp began = now;
  while (!client->over()) {
    sent(true);
    pass(TimeDelta::seconds(10));
    ASSERT_LT(++attempts, 200);
  }
  EXPECT_GT(attempts, 20);
  EXPECT_GE(now - began, Client::kRejoinFor);
  EXPECT_THAT(told(), ElementsAre("reconnecting", "error 3044", "failed", "left 1102"));
}

TEST_F(ClientTest, WhatTheServerSaysOfTheTokenEndsIt) {
  join();
  lose();
  pass(TimeDelta::seconds(1));
  say(error(3047), only().id());
  say(error(4002), only().id());
  EXPECT_THAT(told(), ElementsAre("reconnecting", "error 4002", "failed", "left 1103"));
}

TEST_F(ClientTest, LeavingAnswersWhatIsUnderWay) {
  join();
  client->request({}, 3, now);
  client->leave(now);
  EXPECT_EQ(sent().back().body_case(), wire::ClientMessage::kLeave);
  EXPECT_THAT(told(), ElementsAre());
  wire::ServerMessage left;
  left.mutable_left();
  say(left);
  EXPECT_THAT(told(), ElementsAre("answer 3 3056", "over", "left 1101"));
  client->leave(now);
  EXPECT_TRUE(client->next_deadline().is_never());
}

TEST_F(ClientTest, WhoIsRemovedIsOut) {
  join();
  wire::ServerMessage left;
  left.mutable_left()->mutable_reason()->set_code(1002);
  say(left);
  EXPECT_THAT(told(), ElementsAre("over", "left 1002"));
  EXPECT_TRUE(client->room().others().empty());
}

TEST_F(ClientTest, ASourceThatTheServerRefusesOrAModeratorEndsIsOff) {
  join();
  client->publish(StreamKind::Video, {}, now);
  say(error(3066), only().id());
  EXPECT_THAT(told(), ElementsAre("ended 3066"));
  EXPECT_FALSE(client->publishes(StreamKind::Video));
  client->publish(StreamKind::Audio, {}, now);
  sent();
  wire::ServerMessage forced;
  forced.mutable_remote_media_forced()->set_participant_id("mod");
  say(forced);
  EXPECT_THAT(told(), ElementsAre("ended by mod"));
  EXPECT_TRUE(client->room().self().streams.empty());
}

TEST_F(ClientTest, WishesAreSentForThoseWhoAreThereAndAgainAfterAResume) {
  join();
  client->set_handled({"bob", StreamKind::Video}, true, now);
  client->set_handled({"stranger", StreamKind::Video}, true, now);
  client->wishes().set_quality({"bob", StreamKind::Video}, Quality::Low, now);
  pass(TimeDelta::seconds(1));
  const wire::ClientMessage wish = only();
  EXPECT_EQ(wish.receive().participant_id(), "bob");
  EXPECT_EQ(wish.receive().quality(), wire::LOW);
  EXPECT_FALSE(wish.receive().paused());
  lose();
  client->set_handled({"bob", StreamKind::Video}, true, now);
  EXPECT_GT(client->next_deadline(), now) << "nobody can be told now: no timer that never rests";
  pass(TimeDelta::seconds(1));
  wire::ServerMessage message;
  message.mutable_resumed()->set_replayed(true);
  say(message, only().id());
  EXPECT_EQ(only().receive().quality(), wire::LOW);
}

}  // namespace
}  // namespace parley::sdk
