// Native participants in a room of the real server: what one shows and says the other sees and hears.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "guest.hpp"

namespace parley::test {
namespace {

using testing::Contains;

#define EVENTUALLY(condition) ASSERT_TRUE(eventually([&] { return (condition); })) << #condition << Guest::histories()

class Meetings : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = new ServerProcess(); }
  static void TearDownTestSuite() {
    delete server;
    server = nullptr;
  }
  void SetUp() override { room = server->make_room(); }

  std::unique_ptr<Guest> guest(const std::string& id, std::vector<int> tones = {}) {
    return std::make_unique<Guest>(Guest::config(*server, room, id), std::move(tones));
  }
  static testing::AssertionResult joins(Guest& guest) {
    const auto result = guest.meeting->join().get(kPatience);
    if (result) return testing::AssertionSuccess();
    return testing::AssertionFailure() << result.error().code << " " << result.error().message;
  }

  static ServerProcess* server;
  std::string room;
};
ServerProcess* Meetings::server = nullptr;

class Codecs : public Meetings, public testing::WithParamInterface<VideoCodec> {};

TEST_P(Codecs, TwoParticipantsSeeAndHearEachOther) {
  auto ann = guest("ann", {800}), bob = guest("bob", {440});
  const VideoOptions options{.codec = GetParam()};
  // Before joining and after: both are on.
  auto ann_camera = *ann->meeting->publishCamera(options);
  auto ann_mic = *ann->meeting->publishMic();
  ASSERT_TRUE(joins(*ann));
  ASSERT_TRUE(joins(*bob));
  auto bob_camera = *bob->meeting->publishCamera(options);
  auto bob_mic = *bob->meeting->publishMic();
  {
    Performer a(ann_camera, ann_mic, kRed, 440), b(bob_camera, bob_mic, kBlue, 800, 1280, 720);
    EVENTUALLY(bob->sees("ann", kRed) && bob->hears("ann", 440));
    EVENTUALLY(ann->sees("bob", kBlue) && ann->hears("bob", 800));
    a.set_colour(kGreen);
    EVENTUALLY(bob->sees("ann", kGreen));
    // The top layer comes once the path has shown that it carries it.
    EVENTUALLY(ann->of("bob").camera.width() == 1280);
    ann->meeting->setQuality("bob", StreamKind::Video, Quality::Low);
    EVENTUALLY(ann->of("bob").camera.width() == 320);
    EXPECT_TRUE(ann->sees("bob", kBlue));
  }
  EVENTUALLY(bob->meeting->activeSpeakerId() == "");
  const auto stats = ann->meeting->stats().get(kPatience);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->transport.protocol, "udp");
  size_t streams = 0;
  for (const StreamStats& stream : stats->streams) {
    EXPECT_GT(stream.packets, 10u) << stream.participantId << name(stream.kind);
    if (stream.participantId == "bob" && stream.kind == StreamKind::Video) {
      EXPECT_GT(stream.frames, 10u);
      EXPECT_GE(stream.keyFrames, 1u);
      EXPECT_EQ(stream.codec, GetParam() == VideoCodec::Vp8 ? "VP8" : "H264");
    }
    ++streams;
  }
  EXPECT_EQ(streams, 4u);
  ASSERT_TRUE(ann->meeting->leave().get(kPatience));
  EVENTUALLY(bob->told("- ann 1101"));
  EXPECT_TRUE(ann->told("left 1101"));
}
INSTANTIATE_TEST_SUITE_P(, Codecs, testing::Values(VideoCodec::Vp8, VideoCodec::H264),
                         [](const auto& codec) { return codec.param == VideoCodec::Vp8 ? "Vp8" : "H264"; });

TEST_F(Meetings, ByTcpWhereUdpIsClosed) {
  auto config = Guest::config(*server, room, "ann");
  config.preferredProtocol = Protocol::TcpOnly;
  Guest ann(config);
  auto bob = guest("bob");
  ASSERT_TRUE(joins(ann));
  auto camera = *bob->meeting->publishCamera();
  ASSERT_TRUE(joins(*bob));
  Performer performer(camera, nullptr, kGreen, 0);
  EVENTUALLY(ann.sees("bob", kGreen));
  EXPECT_EQ(ann.meeting->stats().get(kPatience)->transport.protocol, "tcp");
}

TEST_F(Meetings, AShareWithItsSoundIsAStreamOfItsOwn) {
  auto ann = guest("ann"), bob = guest("bob");
  ASSERT_TRUE(joins(*ann));
  ASSERT_TRUE(joins(*bob));
  auto camera = *ann->meeting->publishCamera();
  auto share = *ann->meeting->publishShare({.displaySurface = "window"});
  EXPECT_EQ(ann->meeting->publishShare().error().code, kAlreadyInState);
  Performer face(camera, nullptr, kRed, 0, 320, 180), screen(share, nullptr, kBlue, 0, 800, 600);
  EVENTUALLY(bob->sees("ann", kRed) && bob->of("ann").screen.sees(kBlue));
  EVENTUALLY(bob->meeting->activePresenterId() == "ann");
  EXPECT_EQ(bob->of("ann").screen.width(), 800);
  const auto participants = bob->meeting->participants();
  ASSERT_EQ(participants.size(), 1u);
  EXPECT_EQ(participants[0].displayName, "Name of ann");
  for (const Stream& stream : participants[0].streams) {
    if (stream.kind == StreamKind::Share) {
      EXPECT_EQ(stream.displaySurface, "window");
    }
  }
  share->stop();
  EVENTUALLY(bob->told("off ann share"));
  EXPECT_FALSE(share->push(picture(kRed, 320, 240, 0)).ok());
  EXPECT_TRUE(ann->meeting->publishShare().ok());
}

TEST_F(Meetings, APictureThatIsTurnedAndTurnedBackArrivesSo) {
  auto ann = guest("ann"), bob = guest("bob");
  bob->listens = false;
  auto camera = *ann->meeting->publishCamera();
  ASSERT_TRUE(joins(*ann));
  ASSERT_TRUE(joins(*bob));
  std::atomic<int> rotation = -1;
  bob->meeting->handleVideo("ann", StreamKind::Video, {.onVideo = [&](const VideoFrame& f) { rotation = f.rotation; }});
  int step = 0;
  const auto arrives = [&](int wanted) {
    VideoFrame frame = picture(kRed, 320, 180, ++step);
    frame.rotation = wanted;
    (void)camera->push(frame);
    return rotation == wanted;
  };
  for (const int wanted : {0, 90, 0, 270, 180, 0}) {
    ASSERT_TRUE(eventually([&] { return arrives(wanted); })) << wanted << " is " << rotation;
  }
  bob->meeting->handleVideo("ann", StreamKind::Video, {});
}

TEST_F(Meetings, WhoCannotSendHearsAndMayBePromoted) {
  auto config = Guest::config(*server, room, "ann");
  config.mode = Mode::SignallingOnly;
  Guest ann(config);
  auto bob = guest("bob");
  auto camera = *bob->meeting->publishCamera();
  ASSERT_TRUE(joins(ann));
  ASSERT_TRUE(joins(*bob));
  EXPECT_EQ(ann.meeting->publishCamera().error().code, kNotInThisMode);
  Performer performer(camera, nullptr, kRed, 0, 320, 180);
  ASSERT_TRUE(ann.meeting->changeMode(Mode::RecvOnly).get(kPatience));
  EVENTUALLY(ann.sees("bob", kRed));
  ASSERT_TRUE(ann.meeting->changeMode(Mode::SendAndRecv).get(kPatience));
  EVENTUALLY(bob->told("mode ann 0"));
  auto own = ann.meeting->publishCamera();
  ASSERT_TRUE(own.ok());
  Performer second(*own, nullptr, kGreen, 0, 320, 180);
  EVENTUALLY(bob->sees("ann", kGreen));
  ASSERT_TRUE(ann.meeting->changeMode(Mode::SignallingOnly).get(kPatience));
  EXPECT_TRUE((*own)->ended());
  EVENTUALLY(bob->told("off ann video"));
}

TEST_F(Meetings, MorePeopleThanSeatsAreAllHeard) {
  auto config = Guest::config(*server, room, "ear");
  config.initialSeats = 1;
  config.decodeThreads = 2;
  const std::vector<int> tones = {300, 500, 700, 900, 1100, 1300};
  Guest ear(config, tones);
  ASSERT_TRUE(joins(ear));
  std::vector<std::unique_ptr<Guest>> speakers;
  std::vector<std::unique_ptr<Performer>> voices;
  for (size_t i = 0; i < tones.size(); ++i) {
    speakers.push_back(guest("s" + std::to_string(i)));
    speakers.back()->listens = false;
    ASSERT_TRUE(joins(*speakers.back()));
    voices.push_back(std::make_unique<Performer>(nullptr, *speakers.back()->meeting->publishMic(), kRed, tones[i]));
  }
  for (size_t i = 0; i < tones.size(); ++i) EVENTUALLY(ear.hears("s" + std::to_string(i), tones[i]));
}

TEST_F(Meetings, EncodedFramesGoThroughWithoutACodec) {
  auto ann = guest("ann"), relay = guest("relay"), eye = guest("eye");
  relay->listens = false;
  auto camera = *ann->meeting->publishCamera();
  ASSERT_TRUE(joins(*ann));
  ASSERT_TRUE(joins(*relay));
  ASSERT_TRUE(joins(*eye));
  auto out = *relay->meeting->publishCamera({.encoded = true});
  EXPECT_EQ(out->push(picture(kRed, 320, 180, 0)).error().code, kBadParameter);
  out->onKeyFrameWanted([&](int) { relay->meeting->requestKeyFrame("ann", StreamKind::Video); });
  std::atomic<int> frames = 0;
  relay->meeting->handleVideo("ann", StreamKind::Video, {.onEncoded = [&](const EncodedVideoFrame& frame) {
                                ++frames;
                                EncodedVideoFrame copy = frame;
                                (void)out->pushEncoded(copy);
                              }});
  Performer performer(camera, nullptr, kBlue, 0, 320, 180);
  EVENTUALLY(frames > 10);
  EVENTUALLY(eye->sees("relay", kBlue));
  relay->meeting->handleVideo("ann", StreamKind::Video, {});
}

TEST_F(Meetings, WhatNobodyHandlesIsNotReceived) {
  auto ann = guest("ann"), bob = guest("bob");
  bob->listens = false;
  auto camera = *ann->meeting->publishCamera();
  ASSERT_TRUE(joins(*ann));
  ASSERT_TRUE(joins(*bob));
  Performer performer(camera, nullptr, kRed, 0, 320, 180);
  const auto packets = [&]() -> uint64_t {
    const auto stats = bob->meeting->stats().get(kPatience);
    for (const StreamStats& stream : stats->streams) {
      if (stream.participantId == "ann" && stream.kind == StreamKind::Video) return stream.packets;
    }
    return 0;
  };
  EVENTUALLY(camera->counts().sent > 30);
  const uint64_t before = packets();
  const uint64_t sent = camera->counts().sent;
  EVENTUALLY(camera->counts().sent > sent + 30);
  EXPECT_LE(packets(), before + 3) << "some were on their way";
  Eye eye;
  bob->meeting->handleVideo("ann", StreamKind::Video, {.onVideo = [&](const VideoFrame& f) { eye.see(f); }});
  EVENTUALLY(eye.sees(kRed));
  bob->meeting->pause("ann", StreamKind::Video);
  bob->meeting->handleVideo("ann", StreamKind::Video, {});
}

TEST_F(Meetings, MessagesReachThoseWhoSubscribed) {
  auto ann = guest("ann"), bob = guest("bob");
  ASSERT_TRUE(joins(*ann));
  ASSERT_TRUE(ann->meeting->publish("CHAT", "early", {.persist = true, .payloadJson = R"({"n":1})"}).get(kPatience));
  ASSERT_TRUE(joins(*bob));
  std::mutex mutex;
  std::vector<PubSubMessage> got;
  const auto handler = [&](const PubSubMessage& message) {
    const std::lock_guard lock(mutex);
    got.push_back(message);
  };
  const auto old = bob->meeting->subscribe("CHAT", handler).get(kPatience);
  ASSERT_TRUE(old);
  ASSERT_EQ(old->size(), 1u);
  EXPECT_EQ((*old)[0].message, "early");
  EXPECT_EQ((*old)[0].payloadJson, R"({"n":1})");
  EXPECT_EQ((*old)[0].senderName, "Name of ann");
  ASSERT_TRUE(ann->meeting->publish("CHAT", "live").get(kPatience));
  EVENTUALLY((std::lock_guard(mutex), got.size() == 1));
  EXPECT_EQ(got[0].message, "live");
  ASSERT_TRUE(bob->meeting->unsubscribe("CHAT").get(kPatience));
  ASSERT_TRUE(ann->meeting->sendText("hello").get(kPatience));
  ASSERT_TRUE(ann->meeting->sendData({'x', 'y'}).get(kPatience));
  EVENTUALLY(bob->told("data ann hello text") && bob->told("data ann xy bytes"));
  EXPECT_EQ(ann->meeting->sendText(std::string(16 * 1024, 'x')).get(kPatience).error().code, kPayloadTooLarge);
  EXPECT_EQ(ann->meeting->publish("CHAT", "x", {.payloadJson = "no json"}).get(kPatience).error().code, 4087);
}

TEST_F(Meetings, ModeratorsRule) {
  auto ann = guest("ann"), bob = guest("bob");
  ASSERT_TRUE(joins(*ann));
  ASSERT_TRUE(joins(*bob));
  auto mic = *bob->meeting->publishMic();
  EVENTUALLY(ann->told("on bob audio"));
  ASSERT_TRUE(ann->meeting->switchRemote("bob", StreamKind::Audio, false).get(kPatience));
  EVENTUALLY(bob->told("forced audio by ann"));
  EXPECT_TRUE(mic->ended());
  ASSERT_TRUE(ann->meeting->switchRemote("bob", StreamKind::Video, true).get(kPatience));
  EVENTUALLY(bob->told("webcam wanted by ann"));
  ASSERT_TRUE(bob->meeting->respondMediaRequest("ann", StreamKind::Video, true).get(kPatience));
  ASSERT_TRUE(bob->meeting->publishCamera().ok());
  EVENTUALLY(ann->told("answer of bob video yes") && ann->told("on bob video"));
  ASSERT_TRUE(ann->meeting->pin("bob", PinTarget::Cam).get(kPatience));
  EVENTUALLY(bob->told("pin bob cam by ann"));
  EXPECT_TRUE(bob->meeting->localParticipant().pin.cam);
  ASSERT_TRUE(ann->meeting->unpin("bob").get(kPatience));
  EVENTUALLY(bob->told("pin bob by ann"));
  EXPECT_EQ(ann->meeting->remove("nobody").get(kPatience).error().code, 4066);
  ASSERT_TRUE(ann->meeting->remove("bob").get(kPatience));
  EVENTUALLY(bob->told("left 1002"));
  EXPECT_EQ(bob->meeting->state(), MeetingState::Disconnected);
  EXPECT_EQ(bob->meeting->publish("CHAT", "x").get(kPatience).error().code, kNotJoined);
  ASSERT_TRUE(ann->meeting->end().get(kPatience));
  EVENTUALLY(ann->told("left 1008"));
}

TEST_F(Meetings, GuestsKnock) {
  auto ann = guest("ann");
  ASSERT_TRUE(joins(*ann));
  auto config = Guest::config(*server, room, "bob");
  config.token = ServerProcess::token(R"(["ask_join"])");
  Guest denied(config);
  auto answer = denied.meeting->join();
  EVENTUALLY(ann->told("knock bob Name of bob") && denied.told("pending"));
  ASSERT_TRUE(ann->meeting->respondEntry("bob", false).get(kPatience));
  EXPECT_FALSE(answer.get(kPatience).ok());
  EXPECT_EQ(denied.meeting->state(), MeetingState::Failed);
  Guest allowed(config);
  answer = allowed.meeting->join();
  EVENTUALLY(ann->count("knock bob Name of bob") == 2);
  ASSERT_TRUE(ann->meeting->respondEntry("bob", true).get(kPatience));
  ASSERT_TRUE(answer.get(kPatience).ok());
  EVENTUALLY(ann->told("+ bob"));
  // Who may not, is told so.
  EXPECT_EQ(allowed.meeting->remove("ann").get(kPatience).error().code, 4066);
}

TEST_F(Meetings, WhatCannotBeJoinedSaysWhy) {
  const auto code = [&](MeetingConfig config) {
    Meeting meeting(config);
    return meeting.join().get(kPatience).error();
  };
  const auto good = Guest::config(*server, room, "ann");
  auto config = good;
  config.token = "not.a.token";
  EXPECT_EQ(code(config).code, 4002);
  config = good;
  config.meetingId = "none-none-none";
  EXPECT_EQ(code(config).code, 4003);
  config = good;
  config.serverUrl = "ftp://x";
  EXPECT_EQ(code(config).code, kBadParameter);
  config = good;
  config.metaDataJson = "[1]";
  EXPECT_EQ(code(config).code, kBadParameter);
  config = good;
  config.serverUrl = "http://localhost:" + std::to_string(free_port());
  EXPECT_EQ(code(config).code, kCannotJoin);
  EXPECT_THAT(code(config).message, testing::HasSubstr("cannot be reached"));
  config = good;
  config.serverUrl = "https://localhost:" + std::to_string(server->port());
  EXPECT_EQ(code(config).code, kCannotJoin);
  EXPECT_THAT(code(config).message, testing::HasSubstr("secure"));
}

TEST_F(Meetings, WaitingForItselfFailsInsteadOfHanging) {
  struct Waiting : Guest {
    using Guest::Guest;
    void onJoined() override { note("code " + std::to_string(meeting->publish("CHAT", "x").get().error().code)); }
  };
  Waiting ann(Guest::config(*server, room, "ann"));
  ASSERT_TRUE(joins(ann));
  EVENTUALLY(ann.told("code " + std::to_string(kInProgress)));
  EXPECT_EQ(ann.meeting->join().get(kPatience).error().code, kAlreadyInState);
}

TEST(Tls, OnlyTrustedServersAreJoined) {
  ServerProcess server({"--open-room"}, true);
  auto config = Guest::config(server, "", "ann");
  config.meetingId = "open";
  config.caFile.clear();
  Meeting stranger(config);
  const auto refused = stranger.join().get(kPatience);
  EXPECT_EQ(refused.error().code, kCannotJoin);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("secure"));
  config.caFile = server.ca_file();
  Meeting trusting(config);
  // The room is not there, which only the server can have said.
  EXPECT_EQ(trusting.join().get(kPatience).error().code, 4003);
  config.caFile = "/none.pem";
  EXPECT_THAT(Meeting(config).join().get(kPatience).error().message, testing::HasSubstr("/none.pem"));
}

}  // namespace
}  // namespace parley::test
