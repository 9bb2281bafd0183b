#include "server/control_plane.hpp"

#include "room/codes.hpp"
#include "server/control_plane_fixture.hpp"

namespace parley::server {
namespace {

using ::testing::IsEmpty;

// --- joining ------------------------------------------------------------------------------------------------------

TEST_F(ControlPlaneTest, JoinsInOneRoundTripWithTheAnswer) {
  Person ann = connect();
  send(ann, join("ann", wire::SEND_AND_RECV));
  EXPECT_THAT(ann.socket->received, IsEmpty());  // the store is asked first
  records_.answer(now());
  ASSERT_EQ(ann.socket->received.size(), 1u);
  const wire::ServerMessage& reply = ann.socket->received[0];
  EXPECT_EQ(reply.reply_to(), 1u);
  EXPECT_EQ(reply.seq(), 1u);
  EXPECT_EQ(reply.joined().participant_id(), "ann");
  EXPECT_EQ(reply.joined().custom_room_id(), "daily");
  EXPECT_NE(reply.joined().answer_sdp().find("192.0.2.1 50000"), std::string::npos);
  EXPECT_EQ(reply.joined().ping_interval_ms(), 5000u);
  EXPECT_EQ(reply.joined().grace_period_ms(), 30000u);
  EXPECT_FALSE(reply.joined().resume_key().empty());
  const auto opened = media_.take<engine::OpenConnection>();
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_EQ(opened[0].description.lines.size(), 4u);
}

TEST_F(ControlPlaneTest, ALiveRoomIsFoundWithoutTheStoreByEitherName) {
  arrive("ann");
  wire::ClientMessage by_custom = join("bob");
  by_custom.mutable_join()->set_room_id("daily");
  Person bob = connect();
  send(bob, by_custom);
  EXPECT_THAT(records_.lookups, IsEmpty());
  EXPECT_TRUE(bob.socket->take(wire::ServerMessage::kJoined));
  EXPECT_EQ(plane_.stats().rooms, 1u);
  EXPECT_EQ(plane_.stats().participants, 2u);
}

TEST_F(ControlPlaneTest, RefusesWithVideoSdksCodes) {
  wire::ClientMessage bad = join("ann");
  bad.mutable_join()->set_token("x.y.z");
  EXPECT_EQ(refusal(bad), auth::kBadToken);
  bad = join("ann");
  bad.mutable_join()->set_room_id("none");
  EXPECT_EQ(refusal(bad), 4003u);
  bad.mutable_join()->set_room_id("");
  EXPECT_EQ(refusal(bad), 4003u);
  bad = join("ann", wire::SEND_AND_RECV);
  bad.mutable_join()->mutable_offer()->set_sdp("v=0\r\nnonsense");
  EXPECT_EQ(refusal(bad), room::code::kBadParameter);
  bad = join("ann", wire::SEND_AND_RECV);
  bad.mutable_join()->mutable_offer()->mutable_sends(0)->set_mid("77");
  EXPECT_EQ(refusal(bad), room::code::kBadParameter);
  bad = join("ann", wire::SEND_AND_RECV);
  bad.mutable_join()->mutable_offer()->mutable_seats(0)->set_audio_mid("0");
  EXPECT_EQ(refusal(bad), room::code::kBadParameter);
  EXPECT_EQ(plane_.stats().rooms, 0u);
  EXPECT_EQ(plane_.stats().refused_joins, 6u);
  EXPECT_THAT(media_.commands, IsEmpty());
}

TEST_F(ControlPlaneTest, ADisabledRoomCannotBeJoined) {
  store::RoomRecord record = records_.store->rooms().find("daily").value().value();
  record.disabled = true;
  ASSERT_TRUE(records_.store->rooms().update(record));
  EXPECT_EQ(refusal(join("ann")), room::code::kRoomDisabled);
}

TEST_F(ControlPlaneTest, ARefusedClientMayTryAgainOnItsSocket) {
  Person ann = connect();
  wire::ClientMessage bad = join("ann");
  bad.mutable_join()->set_token("x");
  send(ann, bad);
  EXPECT_TRUE(ann.socket->take(wire::ServerMessage::kError));
  send(ann, join("ann"));
  records_.answer(now());
  EXPECT_TRUE(ann.socket->take(wire::ServerMessage::kJoined));
}

TEST_F(ControlPlaneTest, ASocketThatClosesWhileTheStoreIsAskedLeavesNothing) {
  Person ann = connect();
  send(ann, join("ann"));
  plane_.on_socket_closed(ann.id, now());
  records_.answer(now());
  EXPECT_EQ(plane_.stats().rooms, 0u);
  Person bob = connect();
  send(bob, join("bob"));
  wire::ClientMessage leave;
  leave.mutable_leave();
  send(bob, leave);
  EXPECT_TRUE(bob.socket->closed);
  records_.answer(now());
}

TEST_F(ControlPlaneTest, ASocketOnWhichNobodyJoinsIsClosed) {
  Person silent = connect();
  pass(TimeDelta::seconds(14));
  EXPECT_FALSE(silent.socket->closed);
  pass(TimeDelta::seconds(2));
  EXPECT_EQ(silent.socket->closed->code, signalling::CloseCode::Policy);
}

TEST_F(ControlPlaneTest, TheSameIdAgainEvictsTheFirst) {
  Person first = arrive("ann", wire::SEND_AND_RECV);
  Person second = arrive("ann", wire::SEND_AND_RECV);
  EXPECT_EQ(first.socket->need(wire::ServerMessage::kLeft).left().reason().code(), room::code::kDuplicateId);
  EXPECT_TRUE(first.socket->closed);
  EXPECT_FALSE(second.socket->closed);
  EXPECT_EQ(media_.take<engine::CloseConnection>().size(), 1u);
  plane_.on_socket_closed(first.id, now());
  EXPECT_EQ(plane_.stats().participants, 1u);
}

// --- losing and resuming ------------------------------------------------------------------------------------------

wire::ClientMessage resume_with(const std::string& key, uint64_t last_seq) {
  wire::ClientMessage message;
  message.set_id(1);
  message.mutable_resume()->set_resume_key(key);
  message.mutable_resume()->set_last_seq(last_seq);
  return message;
}

TEST_F(ControlPlaneTest, AResumeReplaysWhatWasMissed) {
  Person ann = arrive("ann");
  plane_.on_socket_closed(ann.id, now());
  Person bob = arrive("bob");
  Person again = connect();
  send(again, resume_with(ann.resume_key, 1));
  ASSERT_GE(again.socket->received.size(), 2u);
  EXPECT_TRUE(again.socket->received[0].resumed().replayed());
  EXPECT_EQ(again.socket->received[0].seq(), 0u);
  EXPECT_EQ(again.socket->received[1].seq(), 2u);
  EXPECT_EQ(again.socket->received[1].participant_joined().participant().participant_id(), "bob");
  EXPECT_EQ(plane_.stats().participants, 2u);
  EXPECT_EQ(plane_.stats().resumes, 1u);
}

TEST_F(ControlPlaneTest, AResumeThatMissedTooMuchGetsTheState) {
  Person ann = arrive("ann");
  arrive("bob");
  plane_.on_socket_closed(ann.id, now());
  Person again = connect();
  send(again, resume_with(ann.resume_key, 1000));  // a number that was never sent
  const wire::ServerMessage& reply = again.socket->received.at(0);
  EXPECT_FALSE(reply.resumed().replayed());
  EXPECT_GT(reply.seq(), 0u);
  EXPECT_EQ(reply.resumed().room().participants(0).participant_id(), "bob");
}

TEST_F(ControlPlaneTest, AResumeTakesOverFromADeadSocket) {
  Person ann = arrive("ann");
  Person again = connect();
  send(again, resume_with(ann.resume_key, 1));
  EXPECT_TRUE(ann.socket->closed);
  plane_.on_socket_closed(ann.id, now());
  pass(TimeDelta::seconds(60));
  EXPECT_EQ(plane_.stats().participants, 1u);
}

TEST_F(ControlPlaneTest, AnUnknownKeyResumesNothing) {
  Person ann = arrive("ann");
  for (const std::string& key : {std::string("1-x"), std::string(), ann.resume_key + "x"}) {
    EXPECT_EQ(refusal(resume_with(key, 0)), room::code::kSignallingLost);
  }
}

TEST_F(ControlPlaneTest, WhoDoesNotComeBackLeaves) {
  Person ann = arrive("ann", wire::SEND_AND_RECV);
  Person bob = arrive("bob");
  plane_.on_socket_closed(ann.id, now());
  pass(TimeDelta::seconds(29));
  EXPECT_EQ(plane_.stats().participants, 2u);
  pass(TimeDelta::seconds(2));
  EXPECT_EQ(plane_.stats().participants, 1u);
  EXPECT_EQ(bob.socket->need(wire::ServerMessage::kParticipantLeft).participant_left().reason().code(),
            room::code::kSignallingLost);
  EXPECT_EQ(media_.take<engine::CloseConnection>().size(), 1u);
  EXPECT_EQ(refusal(resume_with(ann.resume_key, 1)), room::code::kSignallingLost);
}

TEST_F(ControlPlaneTest, AGuestWhoKnocksAndGoesIsForgotten) {
  arrive("ann");
  wire::ClientMessage knock = join("guest", wire::SEND_AND_RECV);
  knock.mutable_join()->set_token(token({.ask_join = true}));
  Person guest = connect();
  send(guest, knock);
  EXPECT_TRUE(guest.socket->take(wire::ServerMessage::kEntryPending));
  EXPECT_EQ(plane_.stats().guests, 1u);
  EXPECT_EQ(media_.take<engine::OpenConnection>().size(), 0u);  // negotiated, not opened
  plane_.on_socket_closed(guest.id, now());
  EXPECT_EQ(plane_.stats().guests, 0u);

  Person other = connect();
  send(other, knock);
  wire::ClientMessage leave;
  leave.mutable_leave();
  send(other, leave);
  EXPECT_TRUE(other.socket->closed);
  EXPECT_EQ(plane_.stats().guests, 0u);
}

TEST_F(ControlPlaneTest, AnAdmittedGuestGetsItsAnswer) {
  Person ann = arrive("ann");
  wire::ClientMessage knock = join("guest", wire::SEND_AND_RECV);
  knock.mutable_join()->set_token(token({.ask_join = true}));
  Person guest = connect();
  send(guest, knock);
  wire::ClientMessage admit;
  admit.mutable_respond_entry()->set_participant_id("guest");
  admit.mutable_respond_entry()->set_allow(true);
  send(ann, admit);
  const auto joined = guest.socket->take(wire::ServerMessage::kJoined);
  ASSERT_TRUE(joined);
  EXPECT_FALSE(joined->joined().answer_sdp().empty());
  EXPECT_EQ(media_.take<engine::OpenConnection>().size(), 1u);
}

// --- records, REST, the end ---------------------------------------------------------------------------------------

TEST_F(ControlPlaneTest, KeepsARecordOfTheSession) {
  Person ann = arrive("ann", wire::SEND_AND_RECV);
  wire::ClientMessage publish;
  publish.mutable_publish()->set_source(wire::AUDIO);
  publish.mutable_publish()->set_enabled(true);
  send(ann, publish);
  wire::ClientMessage chat;
  chat.mutable_pubsub_publish()->set_topic("CHAT");
  chat.mutable_pubsub_publish()->set_message("hello");
  chat.mutable_pubsub_publish()->set_persist(true);
  send(ann, chat);
  pass(TimeDelta::seconds(5));
  wire::ClientMessage leave;
  leave.mutable_leave();
  send(ann, leave);
  auto& sessions = records_.store->sessions();
  const auto list = sessions.list({}, {}).value();
  ASSERT_EQ(list.total, 1);
  EXPECT_TRUE(list.items[0].end);
  const auto record = sessions.find_participant(list.items[0].id, ParticipantId("ann")).value().value();
  EXPECT_EQ(record.name, "Name of ann");
  EXPECT_EQ(record.mode, "SEND_AND_RECV");
  EXPECT_TRUE(record.timelog[0].end);
  ASSERT_FALSE(record.activities.empty());
  EXPECT_EQ(record.activities[0].kind, "mic");
  EXPECT_EQ(records_.store->chat().list(list.items[0].id, 10).value().at(0).message, "hello");
  std::vector<std::string> events;
  for (const auto& event : records_.events) events.emplace_back(api::name_of(event.type));
  EXPECT_THAT(events, testing::UnorderedElementsAre("session-started", "participant-joined", "participant-left",
                                                    "session-ended"));
  EXPECT_EQ(plane_.stats().rooms, 0u);
}

TEST_F(ControlPlaneTest, RestEndsRemovesAndCloses) {
  Person ann = arrive("ann");
  Person bob = arrive("bob");
  const RoomId room("abcd-efgh-ijkl");
  plane_.remove_participant(room, ParticipantId("bob"), now());
  EXPECT_EQ(bob.socket->need(wire::ServerMessage::kLeft).left().reason().code(), room::code::kRemovedByApi);
  plane_.end_session(room, SessionId("another"), now());
  EXPECT_EQ(plane_.stats().participants, 1u);
  plane_.end_session(room, std::nullopt, now());
  EXPECT_EQ(ann.socket->need(wire::ServerMessage::kLeft).left().reason().code(), room::code::kEndedByApi);
  Person cid = arrive("cid");
  plane_.close_room(room, now());
  EXPECT_EQ(cid.socket->need(wire::ServerMessage::kLeft).left().reason().code(), room::code::kRoomClosed);
  for (const RoomId& unknown : {RoomId("none"), room}) {  // nobody is there: nothing happens
    plane_.end_session(unknown, std::nullopt, now());
    plane_.remove_participant(unknown, ParticipantId("ann"), now());
    plane_.close_room(unknown, now());
  }
  EXPECT_EQ(plane_.stats().rooms, 0u);
}

TEST_F(ControlPlaneTest, ALongestSessionMayDeactivateItsRoom) {
  store::RoomRecord record = records_.store->rooms().find("daily").value().value();
  record.auto_close = store::AutoClose{store::AutoCloseType::SessionEndAndDeactivate, 1};
  ASSERT_TRUE(records_.store->rooms().update(record));
  Person ann = arrive("ann");
  pass(TimeDelta::seconds(61));
  EXPECT_EQ(ann.socket->need(wire::ServerMessage::kLeft).left().reason().code(), room::code::kRoomClosed);
  EXPECT_TRUE(records_.store->rooms().find("daily").value()->disabled);
  EXPECT_EQ(refusal(join("bob")), room::code::kRoomDisabled);
}

TEST_F(ControlPlaneTest, TellsEverybodyThatTheServerStops) {
  Person ann = arrive("ann");
  Person unjoined = connect();
  plane_.shut_down(TimeDelta::seconds(2));
  for (const Person* person : {&ann, &unjoined}) {
    EXPECT_EQ(person->socket->need(wire::ServerMessage::kServerClosing).server_closing().retry_after_ms(), 2000u);
    EXPECT_EQ(person->socket->closed->code, signalling::CloseCode::GoingAway);
    plane_.on_socket_closed(person->id, now());
  }
  EXPECT_EQ(plane_.stats().sockets, 0u);
}

TEST_F(ControlPlaneTest, HostileFramesCloseOnlyTheirSocket) {
  Person ann = arrive("ann");
  Person hostile = connect();
  plane_.on_frame(hostile.id, as_bytes("\xff\xff"), true, now());
  EXPECT_TRUE(hostile.socket->closed);
  EXPECT_FALSE(ann.socket->closed);
  EXPECT_EQ(plane_.stats().inbound.malformed, 1u);
  plane_.on_frame(SocketId(999), as_bytes("x"), true, now());  // unknown socket
  plane_.on_socket_closed(SocketId(999), now());
}

}  // namespace
}  // namespace parley::server
