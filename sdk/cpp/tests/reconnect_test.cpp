// What is lost comes back: sockets, and whole servers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cuttable_proxy.hpp"
#include "guest.hpp"
#include "media_relay.hpp"

namespace parley::test {
namespace {

#define EVENTUALLY(condition) ASSERT_TRUE(eventually([&] { return (condition); })) << #condition << Guest::histories()

testing::AssertionResult joins(Guest& guest) {
  const auto result = guest.meeting->join().get(kPatience);
  if (result) return testing::AssertionSuccess();
  return testing::AssertionFailure() << result.error().code << " " << result.error().message;
}

TEST(Reconnecting, ACutSocketIsResumedWhileMediaGoOnAndNoMessageIsLost) {
  ServerProcess server;
  const std::string room = server.make_room();
  CuttableProxy proxy(server.port());
  auto config = Guest::config(server, room, "ann");
  config.serverUrl = "http://127.0.0.1:" + std::to_string(proxy.port());
  Guest ann(config, {440});
  Guest bob(Guest::config(server, room, "bob"));
  auto camera = *bob.meeting->publishCamera();
  auto mic = *bob.meeting->publishMic();
  ASSERT_TRUE(joins(ann));
  ASSERT_TRUE(joins(bob));
  std::mutex mutex;
  std::vector<std::string> got;
  ASSERT_TRUE(ann.meeting
                  ->subscribe("CHAT",
                              [&](const PubSubMessage& message) {
                                const std::lock_guard lock(mutex);
                                got.push_back(message.message);
                              })
                  .get(kPatience));
  Performer performer(camera, mic, kRed, 440, 320, 180);
  EVENTUALLY(ann.sees("bob", kRed) && ann.hears("bob", 440));
  for (int round = 0; round < 3; ++round) {
    proxy.cut();
    EVENTUALLY(ann.meeting->state() == MeetingState::Reconnecting && bob.told("away ann"));
    EXPECT_EQ(ann.meeting->publish("CHAT", "x").get(kPatience).error().code, kReconnecting);
    ASSERT_TRUE(bob.meeting->publish("CHAT", "round " + std::to_string(round)).get(kPatience));
    performer.set_colour(round % 2 == 0 ? kBlue : kGreen);
    EVENTUALLY(ann.sees("bob", round % 2 == 0 ? kBlue : kGreen));  // without signalling
    EXPECT_EQ(ann.meeting->state(), MeetingState::Reconnecting);
    proxy.mend();
    EVENTUALLY(ann.meeting->state() == MeetingState::Connected);
    EVENTUALLY((std::lock_guard(mutex), got.size() == static_cast<size_t>(round) + 1));
  }
  EXPECT_THAT(got, testing::ElementsAre("round 0", "round 1", "round 2"));
  EXPECT_EQ(ann.count("+ bob"), 1u);
  EXPECT_EQ(bob.count("+ ann"), 1u) << "she never left";
  EXPECT_EQ(proxy.accepted(), 4);
}

TEST(Reconnecting, ABrokenMediaPathIsMendedByAnIceRestartWithinTheSession) {
  const std::string port = std::to_string(free_port());
  ServerProcess server({"--media-port", port, "--announced-ip", "127.0.0.2"});
  MediaRelay relay("127.0.0.2", static_cast<uint16_t>(std::stoi(port)));
  const std::string room = server.make_room();
  Guest ann(Guest::config(server, room, "ann"), {440}), bob(Guest::config(server, room, "bob"));
  auto camera = *bob.meeting->publishCamera();
  auto mic = *bob.meeting->publishMic();
  ASSERT_TRUE(joins(ann));
  ASSERT_TRUE(joins(bob));
  Performer performer(camera, mic, kRed, 440, 320, 180);
  EVENTUALLY(ann.sees("bob", kRed) && ann.hears("bob", 440));
  ASSERT_EQ(relay.usernames(), 2u);
  const std::string session = ann.meeting->sessionId();

  relay.cut();
  EVENTUALLY(ann.meeting->state() == MeetingState::Reconnecting && bob.meeting->state() == MeetingState::Reconnecting);
  const int seen = ann.of("bob").camera.frames();
  performer.set_colour(kBlue);
  EVENTUALLY(relay.usernames() >= 4);  // both try again with new credentials
  EXPECT_LE(ann.of("bob").camera.frames(), seen + 2) << "nothing passes";
  relay.mend();
  EVENTUALLY(ann.meeting->state() == MeetingState::Connected && bob.meeting->state() == MeetingState::Connected);
  EVENTUALLY(ann.sees("bob", kBlue) && ann.hears("bob", 440));
  EXPECT_EQ(ann.meeting->sessionId(), session);
  EXPECT_EQ(ann.count("+ bob"), 1u) << "nobody left";
  EXPECT_EQ(ann.count("- bob 1101") + bob.count("- ann 1101"), 0u);
  EXPECT_FALSE(camera->ended());
}

TEST(Reconnecting, ARestartedServerIsJoinedAgainWithEverythingThatWasOn) {
  ServerProcess server;
  const std::string room = server.make_room();
  Guest ann(Guest::config(server, room, "ann"), {700}), bob(Guest::config(server, room, "bob"), {440});
  auto camera = *ann.meeting->publishCamera();
  auto mic = *bob.meeting->publishMic();
  ASSERT_TRUE(joins(ann));
  ASSERT_TRUE(joins(bob));
  Performer picture(camera, nullptr, kRed, 0, 320, 180), voice(nullptr, mic, kRed, 700);
  EVENTUALLY(bob.sees("ann", kRed) && ann.hears("bob", 700));
  server.kill();
  EVENTUALLY(ann.meeting->state() == MeetingState::Reconnecting && bob.meeting->state() == MeetingState::Reconnecting);
  picture.set_colour(kGreen);
  server.start();
  EVENTUALLY(ann.meeting->state() == MeetingState::Connected && bob.meeting->state() == MeetingState::Connected);
  EVENTUALLY(bob.sees("ann", kGreen));
  EVENTUALLY(ann.hears("bob", 700));
  EXPECT_FALSE(camera->ended());
  EXPECT_EQ(ann.meeting->localParticipant().id, "ann");
}

}  // namespace
}  // namespace parley::test
