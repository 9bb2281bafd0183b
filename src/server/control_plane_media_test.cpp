// Offers and shard events, see control_plane_media.cpp.
#include "room/codes.hpp"
#include "server/control_plane_fixture.hpp"

namespace parley::server {
namespace {

using ::testing::IsEmpty;

// --- media --------------------------------------------------------------------------------------------------------

TEST_F(ControlPlaneTest, PublishingConnectsPeopleToEachOther) {
  Person ann = arrive("ann", wire::SEND_AND_RECV);
  Person bob = arrive("bob", wire::SEND_AND_RECV);
  const ConnectionId ann_media = media_.take<engine::OpenConnection>()[0].id;
  const ConnectionId bob_media = media_.take<engine::OpenConnection>()[1].id;
  media_.commands.clear();
  wire::ClientMessage publish;
  publish.mutable_publish()->set_source(wire::VIDEO);
  publish.mutable_publish()->set_enabled(true);
  send(ann, publish);
  const auto enabled = media_.take<engine::EnableTrack>();
  ASSERT_EQ(enabled.size(), 1u);
  EXPECT_EQ(enabled[0].track, (TrackId{ann_media, 1}));
  EXPECT_TRUE(enabled[0].enabled);
  // The subscription was made when the seat was given, or is made now; once in all.
  send(bob, publish);
  bool subscribed = false;
  for (const auto& s : media_.take<engine::Subscribe>())
    subscribed |= s.receiver == bob_media && s.source.connection == ann_media;
  const auto seats = bob.socket->take(wire::ServerMessage::kParticipantUpdated);
  EXPECT_TRUE(seats);
  EXPECT_TRUE(subscribed || !media_.take<engine::EnableTrack>().empty());
  plane_.on_media_events(ShardIndex(0), {engine::TrackStarted{{ann_media, 1}, rtp::Codec::Vp8}}, now());
  const auto update = bob.socket->take(wire::ServerMessage::kParticipantUpdated);
  ASSERT_TRUE(update);
  EXPECT_EQ(update->participant_updated().participant().streams(0).codec(), "VP8");
}

TEST_F(ControlPlaneTest, RenegotiatesForMoreSeats) {
  Person ann = arrive("ann", wire::SEND_AND_RECV);
  wire::ClientMessage message;
  message.set_id(5);
  *message.mutable_renegotiate()->mutable_offer() = recorded_offer("chrome_session_2_more_seats", 2);
  send(ann, message);
  const auto reply = ann.socket->take(wire::ServerMessage::kNegotiated);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->reply_to(), 5u);
  EXPECT_NE(reply->negotiated().answer_sdp().find("a=mid:5"), std::string::npos);
  const auto updates = media_.take<engine::UpdateConnection>();
  ASSERT_EQ(updates.size(), 1u);
  EXPECT_EQ(updates[0].description.lines.size(), 6u);
}

TEST_F(ControlPlaneTest, ABadRenegotiationChangesNothing) {
  Person ann = arrive("ann", wire::SEND_AND_RECV);
  wire::ClientMessage message;
  message.set_id(5);
  message.mutable_renegotiate()->mutable_offer()->set_sdp("nonsense");
  send(ann, message);
  EXPECT_EQ(ann.socket->need(wire::ServerMessage::kError).error().code(), room::code::kBadParameter);
  EXPECT_THAT(media_.take<engine::UpdateConnection>(), IsEmpty());
}

TEST_F(ControlPlaneTest, ChangingTheModeOpensAndClosesMedia) {
  Person ann = arrive("ann");
  wire::ClientMessage change;
  change.set_id(2);
  change.mutable_change_mode()->set_mode(wire::SEND_AND_RECV);
  *change.mutable_change_mode()->mutable_offer() = recorded_offer("chrome_session_1_first", 1);
  send(ann, change);
  EXPECT_EQ(media_.take<engine::OpenConnection>().size(), 1u);
  const auto reply = ann.socket->take(wire::ServerMessage::kNegotiated);
  ASSERT_TRUE(reply);
  EXPECT_FALSE(reply->negotiated().answer_sdp().empty());
  wire::ClientMessage back;
  back.set_id(3);
  back.mutable_change_mode()->set_mode(wire::SIGNALLING_ONLY);
  send(ann, back);
  EXPECT_EQ(media_.take<engine::CloseConnection>().size(), 1u);
}

TEST_F(ControlPlaneTest, ARoomSpillsOverToTheNextShard) {
  for (const char* id : {"a", "b", "c"}) arrive(id, wire::SEND_AND_RECV);
  std::vector<uint8_t> shards;
  for (const auto& [shard, command] : media_.commands) {
    if (std::get_if<engine::OpenConnection>(&command)) shards.push_back(shard.value());
  }
  EXPECT_EQ(shards, (std::vector<uint8_t>{0, 0, 1}));  // the limit here is two
}

TEST_F(ControlPlaneTest, MediaStateAndQualityReachTheRoom) {
  Person ann = arrive("ann", wire::SEND_AND_RECV);
  Person bob = arrive("bob");
  const ConnectionId connection = media_.take<engine::OpenConnection>()[0].id;
  using State = engine::ConnectionState;
  plane_.on_media_events(ShardIndex(0), {engine::ConnectionStateChanged{connection, State::Connected, ""}}, now());
  EXPECT_EQ(ann.socket->need(wire::ServerMessage::kMediaState).media_state().state(), wire::MediaState::CONNECTED);
  plane_.on_media_events(ShardIndex(0), {engine::ConnectionReport{.id = connection, .rtt = TimeDelta::millis(30)}},
                         now());
  EXPECT_EQ(bob.socket->need(wire::ServerMessage::kQualityChanged).quality_changed().quality(), 5u);
  for (int i = 0; i < 6; ++i) {
    pass(TimeDelta::seconds(2));
    plane_.on_media_events(ShardIndex(0), {engine::ConnectionReport{.id = connection, .rtt = TimeDelta::millis(30)}},
                           now());
  }
  const auto sessions = records_.store->sessions().list({}, {}).value();
  EXPECT_EQ(records_.store->samples().list(sessions.items[0].id, ParticipantId("ann"), 10).value().size(), 1u);
  plane_.on_media_events(ShardIndex(0), {engine::ConnectionReport{.id = ConnectionId(99)}}, now());  // long gone
}

TEST_F(ControlPlaneTest, MediaThatEndAfterEverybodysSocketsConcernNobodyAnyMore) {
  Person ann = arrive("ann", wire::SEND_AND_RECV);
  const ConnectionId connection = media_.take<engine::OpenConnection>()[0].id;
  plane_.shut_down(TimeDelta::seconds(2));
  plane_.on_socket_closed(ann.id, now());
  using State = engine::ConnectionState;
  plane_.on_media_events(ShardIndex(0), {engine::ConnectionStateChanged{connection, State::Failed, "gone"}}, now());
  pass(TimeDelta::seconds(60));
  EXPECT_EQ(plane_.stats().sockets, 0u);
}

TEST_F(ControlPlaneTest, TheLoudestIsTheActiveSpeakerUntilSilence) {
  Person ann = arrive("ann", wire::SEND_AND_RECV);
  Person bob = arrive("bob", wire::SEND_AND_RECV);
  const auto opened = media_.take<engine::OpenConnection>();
  wire::ClientMessage publish;
  publish.mutable_publish()->set_source(wire::AUDIO);
  publish.mutable_publish()->set_enabled(true);
  send(bob, publish);
  const TrackId voice{opened[1].id, 0};
  for (int i = 0; i < 5; ++i) {
    plane_.on_media_events(ShardIndex(0), {engine::SpeechReport{{{voice, 5, 5, 5, 20}}}}, now());
    pass(TimeDelta::millis(200));
  }
  EXPECT_EQ(ann.socket->need(wire::ServerMessage::kSpeakerChanged).speaker_changed().participant_id(), "bob");
  pass(TimeDelta::seconds(6));  // no report: nobody speaks
  EXPECT_EQ(ann.socket->need(wire::ServerMessage::kSpeakerChanged).speaker_changed().participant_id(), "");
}

}  // namespace
}  // namespace parley::server
