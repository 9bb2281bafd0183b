#include "server/control_plane.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <fstream>

#include "auth/token.hpp"
#include "room/codes.hpp"
#include "store/memory/memory_store.hpp"

namespace parley::server {
namespace {

using ::testing::IsEmpty;

const std::string kSecret(32, 's');
constexpr UtcTime kEpoch = UtcTime::from_ms(1'700'000'000'000);

/// An offer that a browser made: microphone on mid 0, camera on 1, main seats on the pairs 2/3, 4/5, ….
wire::Offer recorded_offer(const std::string& name, int seats) {
  const auto sources = std::filesystem::path(__FILE__).parent_path().parent_path();
  std::ifstream file(sources / "transport" / "testdata" / (name + ".sdp"), std::ios::binary);
  wire::Offer offer;
  offer.set_sdp(std::string(std::istreambuf_iterator<char>(file), {}));
  for (int i = 0; i < 2; ++i) {
    auto* send = offer.add_sends();
    send->set_mid(std::to_string(i));
    send->set_source(i == 0 ? wire::AUDIO : wire::VIDEO);
  }
  for (int i = 0; i < seats; ++i) {
    auto* seat = offer.add_seats();
    seat->set_seat(static_cast<uint32_t>(i + 1));
    seat->set_audio_mid(std::to_string(2 + 2 * i));
    seat->set_video_mid(std::to_string(3 + 2 * i));
  }
  return offer;
}

struct FakeSocket final : SignalSocket {
  void send(signalling::Frame frame) override {
    wire::ServerMessage message;
    EXPECT_TRUE(message.ParseFromString(*frame));
    if (message.has_error()) last_error = message.error().message();
    received.push_back(std::move(message));
  }
  void close(const signalling::Close& close) override { closed = close; }
  /// The same, which must be there.
  wire::ServerMessage need(wire::ServerMessage::BodyCase body) {
    const auto message = take(body);
    EXPECT_TRUE(message) << "no message of kind " << body;
    return message.value_or(wire::ServerMessage());
  }
  /// The first message since the last call that has this body.
  std::optional<wire::ServerMessage> take(wire::ServerMessage::BodyCase body) {
    while (!received.empty()) {
      wire::ServerMessage message = std::move(received.front());
      received.pop_front();
      if (message.body_case() == body) return message;
    }
    return std::nullopt;
  }
  std::deque<wire::ServerMessage> received;
  std::optional<signalling::Close> closed;
  std::string last_error;
};

struct FakeMedia final : MediaPlane {
  uint8_t shard_count() const override { return 2; }
  void send(ShardIndex shard, engine::Command command) override { commands.emplace_back(shard, std::move(command)); }
  std::vector<transport::LocalCandidate> candidates(ShardIndex shard) const override {
    const auto port = static_cast<uint16_t>(50000 + shard.value());
    return {{transport::LocalCandidate::Kind::UdpHost, "192.0.2.1", port}};
  }
  transport::Fingerprint fingerprint() const override { return {"sha-256", std::vector<uint8_t>(32, 1)}; }
  template <typename T>
  std::vector<T> take() {
    std::vector<T> out;
    for (const auto& [shard, command] : commands) {
      if (const T* wanted = std::get_if<T>(&command)) out.push_back(*wanted);
    }
    return out;
  }
  Commands commands;
};

/// Carries everything out at once, but answers look-ups only when the test says so.
struct FakeRecords final : Records {
  void find_room(std::string name, Found then) override { lookups.emplace_back(std::move(name), std::move(then)); }
  void write(std::function<store::Result<void>(store::Store&)> job) override {
    const auto done = job(*store);
    EXPECT_TRUE(done) << done.error().message;
  }
  void publish(api::WebhookEvent event) override { events.push_back(std::move(event)); }
  void answer(room::Moment at) {
    for (auto& [name, then] : std::exchange(lookups, {})) then(store->rooms().find(name), at);
  }
  std::vector<std::pair<std::string, Found>> lookups;
  std::vector<api::WebhookEvent> events;
  std::unique_ptr<store::Store> store = store::open_memory_store();
};

class ControlPlaneTest : public ::testing::Test {
 protected:
  ControlPlaneTest() {
    EXPECT_TRUE(keys_.add("key", kSecret));
    EXPECT_TRUE(
        records_.store->rooms().insert({.id = RoomId("abcd-efgh-ijkl"), .record_id = "x", .custom_room_id = "daily"}));
  }

  struct Person {
    SocketId id;
    FakeSocket* socket = nullptr;  // kept by `all_sockets_`
    std::string resume_key;
  };

  room::Moment now() const { return {Timestamp::from_us(us_), kEpoch + TimeDelta::micros(us_)}; }
  void pass(TimeDelta time) {
    const int64_t until = us_ + time.us();
    while (plane_.next_deadline() <= Timestamp::from_us(until)) {
      us_ = std::max(us_, plane_.next_deadline().us());
      plane_.on_deadline(now());
    }
    us_ = until;
  }
  Person connect() {
    Person person{SocketId(++last_socket_), &all_sockets_.emplace_back(), ""};
    plane_.on_socket_open(person.id, *person.socket, now());
    return person;
  }
  void send(const Person& person, const wire::ClientMessage& message) {
    plane_.on_frame(person.id, as_bytes(message.SerializeAsString()), true, now());
  }
  std::string token(auth::Permissions permissions = {.allow_join = true, .allow_mod = true}) {
    return auth::issue({.apikey = "key", .permissions = permissions, .expires_at = kEpoch + TimeDelta::seconds(36000)},
                       kSecret);
  }
  wire::ClientMessage join(const std::string& id, wire::Mode mode = wire::SIGNALLING_ONLY) {
    wire::ClientMessage message;
    message.set_id(1);
    wire::Join& join = *message.mutable_join();
    join.set_token(token());
    join.set_room_id("abcd-efgh-ijkl");
    join.set_participant_id(id);
    join.set_display_name("Name of " + id);
    join.set_mode(mode);
    if (mode != wire::SIGNALLING_ONLY) *join.mutable_offer() = recorded_offer("chrome_session_1_first", 1);
    return message;
  }
  Person arrive(const std::string& id, wire::Mode mode = wire::SIGNALLING_ONLY) {
    Person person = connect();
    send(person, join(id, mode));
    records_.answer(now());
    const auto joined = person.socket->take(wire::ServerMessage::kJoined);
    EXPECT_TRUE(joined) << id << ": " << person.socket->last_error;
    if (joined) person.resume_key = joined->joined().resume_key();
    return person;
  }
  uint32_t refusal(const wire::ClientMessage& message) {
    Person person = connect();
    send(person, message);
    records_.answer(now());
    const auto error = person.socket->take(wire::ServerMessage::kError);
    return error ? error->error().code() : 0;
  }

  int64_t us_ = 1'000'000;
  uint64_t last_socket_ = 0;
  std::deque<FakeSocket> all_sockets_;
  auth::KeyRing keys_;
  FakeMedia media_;
  FakeRecords records_;
  ControlPlane plane_{{.room_shard_limit = 2}, keys_, media_, records_, Rng(1)};
};

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
