#include <gmock/gmock.h>

#include "transport/connection.hpp"
#include "transport/two_halves.hpp"

// The client half against the server half.
namespace parley::transport {
namespace {

using test::TwoHalves;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uint8_t kMicrophone = TwoHalves::kMicrophone;
constexpr uint8_t kCamera = TwoHalves::kCamera;
constexpr uint8_t kSeatAudio = TwoHalves::kSeatAudio;
constexpr uint8_t kSeatVideo = TwoHalves::kSeatVideo;
constexpr TimeDelta kSecond = TimeDelta::seconds(1);

class ConnectionHalves : public testing::TestWithParam<bool> {};

TEST_P(ConnectionHalves, ConnectInEitherDtlsRole) {
  TwoHalves halves({.server_is_dtls_client = GetParam()});
  for (int i = 0; i < 5; ++i) halves.run();
  for (TwoHalves::Side* side : {&halves.client, &halves.server}) {
    EXPECT_EQ(side->connection->state(), ConnectionState::Connected);
    ASSERT_THAT(side->facts_of<StateChanged>(), SizeIs(1));
    EXPECT_EQ(side->facts_of<StateChanged>()[0].state, ConnectionState::Connected);
    EXPECT_TRUE(side->connection->path());
    EXPECT_EQ(side->dropped, 0u);
  }
  EXPECT_EQ(halves.client.connection->path(), halves.client.path);
  EXPECT_TRUE(halves.client.connection->is_valid(halves.client.path));
}

INSTANTIATE_TEST_SUITE_P(ServerIsDtlsClient, ConnectionHalves, testing::Bool());

TEST(ConnectionClient, SaysNothingToAndTakesNothingFromStrangers) {
  TwoHalves halves;
  halves.connect();
  ASSERT_TRUE(halves.client.connection->send(halves.packet(kMicrophone, 1), halves.now, halves.client.sent));
  halves.exchange();
  ASSERT_TRUE(halves.server.connection->send(halves.packet(kSeatAudio, 1), halves.now, halves.server.sent));
  const Bytes sent = halves.server.sent.bytes(halves.server.sent.entries()[0]);
  std::vector<uint8_t> copy(sent.begin(), sent.end());
  Path stranger = halves.client.path;
  stranger.remote.port = 1;
  Output out{halves.client.sent, halves.client.facts};
  const auto received = halves.client.connection->receive(copy, stranger, halves.now, out);
  EXPECT_EQ(received.error(), Drop::UnknownPath);
}

TEST(ConnectionClient, NothingIsSentBeforeItIsConnected) {
  TwoHalves halves;
  EXPECT_FALSE(halves.client.connection->send(halves.packet(kMicrophone, 1), halves.now, halves.client.sent));
  EXPECT_TRUE(halves.client.sent.empty());
  EXPECT_FALSE(halves.client.connection->path());
}

TEST(ConnectionClient, LayersAreStreamsOfTheirOwnNamedUntilTheServerReports) {
  TwoHalves halves;
  halves.connect();
  const auto send_layers = [&](uint16_t number) {
    for (const uint8_t layer : {0, 1, 2}) {
      EXPECT_TRUE(
          halves.client.connection->send(halves.packet(kCamera, number, layer), halves.now, halves.client.sent));
    }
    halves.exchange();
    return halves.server.received;
  };
  const auto first = send_layers(10);
  ASSERT_THAT(first, SizeIs(3));
  const char* rids[] = {"q", "h", "f"};
  for (uint8_t layer = 0; layer < 3; ++layer) {
    EXPECT_EQ(first[layer].line, kCamera);
    EXPECT_EQ(first[layer].layer, layer);
    EXPECT_EQ(first[layer].packet.mid, "1");
    EXPECT_EQ(first[layer].packet.rid, rids[layer]);
    EXPECT_EQ(first[layer].packet.payload.size(), halves.payload.size());
  }
  EXPECT_NE(first[0].packet.ssrc, first[1].packet.ssrc);
  halves.run(kSecond);  // the server's receiver report
  const auto second = send_layers(11);
  ASSERT_THAT(second, SizeIs(3));
  for (uint8_t layer = 0; layer < 3; ++layer) {
    EXPECT_EQ(second[layer].layer, layer);
    EXPECT_THAT(second[layer].packet.mid, IsEmpty());
    EXPECT_THAT(second[layer].packet.rid, IsEmpty());
  }
  EXPECT_FALSE(halves.client.connection->send(halves.packet(kCamera, 1, 3), halves.now, halves.client.sent));
}

TEST(ConnectionClient, RetransmissionsOfALayerFindIt) {
  TwoHalves halves;
  halves.connect();
  for (const uint16_t number : {20, 21}) {
    halves.client.connection->send(halves.packet(kCamera, number, 2), halves.now, halves.client.sent);
  }
  halves.exchange();
  halves.run(kSecond);  // the media stream is reported on, the repair stream never was there
  ASSERT_TRUE(halves.client.connection->retransmit(halves.packet(kCamera, 21, 2), halves.now, halves.client.sent));
  halves.exchange();
  ASSERT_THAT(halves.server.received, SizeIs(1));
  EXPECT_TRUE(halves.server.received[0].repaired);
  EXPECT_EQ(halves.server.received[0].layer, 2);
  EXPECT_EQ(halves.server.received[0].packet.sequence_number, 21);
  EXPECT_EQ(halves.server.received[0].packet.repaired_rid, "f");
}

TEST(ConnectionClient, FactsNameTheLayer) {
  TwoHalves halves;
  halves.connect();
  for (const uint16_t number : {1, 2, 6}) {
    halves.client.connection->send(halves.packet(kCamera, number, 1), halves.now, halves.client.sent);
  }
  halves.exchange();
  halves.run(TimeDelta::millis(30));
  const auto losses = halves.client.facts_of<LossReported>();
  ASSERT_THAT(losses, SizeIs(1));
  EXPECT_EQ(losses[0].line, kCamera);
  EXPECT_EQ(losses[0].layer, 1);
  EXPECT_EQ(std::vector<uint16_t>(losses[0].lost.begin(), losses[0].lost.end()), (std::vector<uint16_t>{3, 4, 5}));
  halves.server.connection->request_key_frame(kCamera, 1, halves.now, halves.server.sent);
  halves.exchange();
  ASSERT_THAT(halves.client.facts_of<KeyFrameWanted>(), SizeIs(1));
  EXPECT_EQ(halves.client.facts_of<KeyFrameWanted>()[0].line, kCamera);
  EXPECT_EQ(halves.client.facts_of<KeyFrameWanted>()[0].layer, 1);
}

TEST(ConnectionClient, EachLayerHasItsOwnClock) {
  TwoHalves halves;
  halves.connect();
  for (const uint8_t layer : {0, 1, 2}) {
    halves.client.connection->send(halves.packet(kCamera, 1, layer), halves.now, halves.client.sent);
  }
  halves.exchange();
  for (const uint8_t layer : {0, 1}) {
    halves.client.connection->set_clock(kCamera, {halves.now, 1000u * (layer + 1)}, layer);
  }
  halves.run(kSecond);
  const auto reports = halves.server.facts_of<SourceReport>();
  ASSERT_THAT(reports, SizeIs(2)) << "the third layer has no clock yet";
  for (const uint8_t layer : {0, 1}) {
    EXPECT_EQ(reports[layer].line, kCamera);
    EXPECT_EQ(reports[layer].layer, layer);
    EXPECT_EQ(reports[layer].rtp_timestamp, 1000u * (layer + 1) + 90'000);
  }
}

TEST(ConnectionClient, StatsAreByLayer) {
  TwoHalves halves;
  halves.connect();
  for (uint16_t i = 0; i < 3; ++i) {
    halves.client.connection->send(halves.packet(kCamera, i, 2), halves.now, halves.client.sent);
  }
  halves.exchange();
  std::vector<LineStats> stats;
  halves.client.connection->append_stats(stats);
  int layers = 0;
  for (const LineStats& s : stats) {
    if (s.line != kCamera) continue;
    ++layers;
    EXPECT_TRUE(s.sending);
    EXPECT_EQ(s.packets, s.layer == 2 ? 3u : 0u);
  }
  EXPECT_EQ(layers, 3);
}

class ConnectionSeats : public testing::TestWithParam<bool> {};

TEST_P(ConnectionSeats, AreFoundByAnnouncedSsrcOrByMid) {
  TwoHalves halves({.announced = GetParam()});
  halves.connect();
  for (const uint16_t number : {5, 6}) {
    for (const uint8_t line : {kSeatAudio, kSeatVideo}) {
      ASSERT_TRUE(halves.server.connection->send(halves.packet(line, number), halves.now, halves.server.sent));
    }
    halves.exchange();
    ASSERT_THAT(halves.client.received, SizeIs(2));
    EXPECT_EQ(halves.client.received[0].line, kSeatAudio);
    EXPECT_EQ(halves.client.received[1].line, kSeatVideo);
    EXPECT_EQ(halves.client.received[1].packet.sequence_number, number);
    halves.run(kSecond);
  }
  ASSERT_TRUE(halves.server.connection->retransmit(halves.packet(kSeatVideo, 6), halves.now, halves.server.sent));
  halves.exchange();
  ASSERT_THAT(halves.client.received, SizeIs(1));
  EXPECT_TRUE(halves.client.received[0].repaired);
}

INSTANTIATE_TEST_SUITE_P(Announced, ConnectionSeats, testing::Bool());

TEST(ConnectionClient, ReportsWhatItReceivesAndMisses) {
  TwoHalves halves;
  halves.connect();
  for (const uint16_t number : {5, 6, 9}) {
    halves.server.connection->send(halves.packet(kSeatVideo, number), halves.now, halves.server.sent);
  }
  halves.exchange();
  for (int i = 0; i < 10; ++i) halves.run(TimeDelta::millis(30));
  const auto losses = halves.server.facts_of<LossReported>();
  ASSERT_FALSE(losses.empty());
  EXPECT_EQ(losses[0].line, kSeatVideo);
  EXPECT_EQ(losses[0].lost.size(), 2u);
  halves.client.connection->request_key_frame(kSeatVideo, 0, halves.now, halves.client.sent);
  halves.exchange();
  EXPECT_THAT(halves.server.facts_of<KeyFrameWanted>(), SizeIs(1));
  halves.run(kSecond);
  EXPECT_GT(halves.server.connection->send_loss(), 0.3) << "2 of 5";
}

TEST(ConnectionClient, RestartsIceWithTheNextAnswer) {
  TwoHalves halves;
  halves.connect();
  halves.offerer->restart_ice();
  auto [server, client] = halves.negotiate();
  halves.server.connection->update(server);
  halves.client.connection->update(client);
  EXPECT_TRUE(halves.client.connection->path()) << "the old path carries on";
  for (int i = 0; i < 3; ++i) halves.run(TimeDelta::millis(60));
  EXPECT_TRUE(halves.client.connection->send(halves.packet(kMicrophone, 1), halves.now, halves.client.sent));
  halves.exchange();
  EXPECT_THAT(halves.server.received, SizeIs(1));
  halves.run(kSecond * 35);
  EXPECT_EQ(halves.client.connection->state(), ConnectionState::Connected);
}

TEST(ConnectionClient, ClosingTellsTheServer) {
  TwoHalves halves;
  halves.connect();
  halves.client.connection->close(halves.now, halves.client.sent);
  halves.exchange();
  EXPECT_EQ(halves.server.connection->state(), ConnectionState::Failed);
}

}  // namespace
}  // namespace parley::transport
