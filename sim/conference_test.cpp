#include "conference.hpp"

#include <gtest/gtest.h>

#include <algorithm>

// Both halves of the transport against each other: the client cores that the native SDK stands on, and the server.
namespace parley::sim {
namespace {

using Member = Conference::Member;
using State = transport::ConnectionState;

constexpr TimeDelta kSecond = TimeDelta::seconds(1);
constexpr uint64_t kFps = 29;  // 30, less what rounding to milliseconds takes
const Source::Config kVoice{.number = 1, .codec = rtp::Codec::Opus};
// 90, 180 and 360 kbit/s: all of it is within what a new connection is trusted with.
const Source::Config kCamera{
    .number = 2, .codec = rtp::Codec::Vp8, .layers = 3, .packets_per_frame = {1, 2, 4}, .packet_size = 375};
const Network kGood = symmetric({.delay = TimeDelta::millis(20)});

Member& publisher_in(Conference& conference, const Network& network, const Conference::Options& options = {},
                     const Source::Config& camera = kCamera) {
  Member& member = conference.join(options, network);
  conference.enable(member);
  member.client->publish(kAudioLine, kVoice);
  member.client->publish(kVideoLine, camera);
  return member;
}

void show(Conference& conference, Member& receiver, int seat, Member& publisher,
          const engine::Preference& preference = {}) {
  conference.seat(receiver, seat, publisher, preference);
  receiver.client->watch(seat_audio(seat), rtp::Codec::Opus);
  receiver.client->watch(seat_video(seat), rtp::Codec::Vp8);
}

const Sink::Stats& video_of(const Member& member, int seat = 0) {
  return member.client->sink(seat_video(seat)).stats();
}
const Sink::Stats& audio_of(const Member& member, int seat = 0) {
  return member.client->sink(seat_audio(seat)).stats();
}

TEST(Conference, ClientsAreConnectedAfterFourRoundTrips) {
  Conference conference(1);
  Member& member = conference.join({}, kGood);
  const Timestamp began = conference.now();
  ASSERT_TRUE(conference.run_until([&] { return member.client->state() == State::Connected; }, kSecond));
  // ICE 1, DTLS 2, and some milliseconds of the simulation's steps.
  EXPECT_LE(conference.now() - began, TimeDelta::millis(40 * 3 + 10));
  conference.run(TimeDelta::millis(100));
  const auto& event = std::get<engine::ConnectionStateChanged>(conference.events().back());
  EXPECT_EQ(event.state, engine::ConnectionState::Connected);
}

TEST(Conference, SoundAndPictureComeBothWays) {
  Conference conference(2);
  Member& a = publisher_in(conference, kGood);
  Member& b = publisher_in(conference, kGood);
  show(conference, a, 0, b);
  show(conference, b, 1, a);
  conference.run(kSecond * 10);
  for (const auto& [member, seat] : {std::pair(&a, 0), std::pair(&b, 1)}) {
    EXPECT_GE(video_of(*member, seat).decoded, 9u * kFps);
    EXPECT_EQ(video_of(*member, seat).broken, 0u);
    EXPECT_EQ(video_of(*member, seat).malformed, 0u);
    EXPECT_EQ(video_of(*member, seat).timestamp_jumps, 0u);
    EXPECT_LT(video_of(*member, seat).longest_freeze, TimeDelta::millis(200));
    EXPECT_GE(audio_of(*member, seat).decoded, 9u * 50);
    EXPECT_EQ(audio_of(*member, seat).broken, 0u);
    EXPECT_GT(member->client->stats().source_reports, 15u) << "for lip sync";
    EXPECT_EQ(member->client->stats().dropped, 0u);
    EXPECT_NEAR(static_cast<double>(member->client->connection().rtt().ms()), 40, 5);
  }
}

TEST(Conference, EachLayerArrivesByItsRid) {
  Conference conference(3);
  Member& publisher = publisher_in(conference, kGood);
  Member& receiver = conference.join({}, kGood);
  show(conference, receiver, 0, publisher, {.quality = engine::Quality::Low});
  conference.run(kSecond * 3);
  EXPECT_EQ(video_of(receiver).last->layer, 0);
  for (const auto& [quality, layer] : {std::pair(engine::Quality::Medium, 1), std::pair(engine::Quality::High, 2)}) {
    conference.execute(engine::SetPreference{receiver.id, seat_video(0), {.quality = quality}});
    ASSERT_TRUE(conference.run_until([&] { return video_of(receiver).last->layer == layer; }, kSecond * 3)) << layer;
    EXPECT_GT(publisher.client->stats().key_frames_wanted[layer], 0u) << "the request names the layer";
  }
  EXPECT_EQ(video_of(receiver).broken, 0u);
  std::vector<transport::LineStats> stats;
  publisher.client->connection().append_stats(stats);
  const auto sent = [&](uint8_t layer) {
    const auto found = std::ranges::find_if(
        stats, [&](const auto& s) { return s.sending && s.line == kVideoLine && s.layer == layer; });
    return found == stats.end() ? 0 : found->packets;
  };
  EXPECT_NEAR(static_cast<double>(sent(1)) / static_cast<double>(sent(0)), 2, 0.3);
  EXPECT_NEAR(static_cast<double>(sent(2)) / static_cast<double>(sent(0)), 4, 0.6);
}

TEST(Conference, OneStreamWithoutSimulcastIsKnownByItsSsrc) {
  Conference conference(4);
  Source::Config camera = kCamera;
  camera.layers = 1;
  Member& publisher = publisher_in(conference, kGood, {.rids = {}}, camera);
  Member& receiver = conference.join({}, kGood);
  show(conference, receiver, 0, publisher);
  conference.run(kSecond * 4);
  EXPECT_GE(video_of(receiver).decoded, 3u * kFps);
  EXPECT_EQ(video_of(receiver).broken, 0u);
}

struct Lossy {
  double loss;
  int delay_ms;
  double decoded_share;  ///< of the frames that the publisher made
  double heard_share;    ///< of the audio packets, which are repaired too
};
void PrintTo(const Lossy& p, std::ostream* out) { *out << p.loss * 100 << "% " << p.delay_ms << " ms"; }
class LossyConference : public testing::TestWithParam<Lossy> {};

// Up and down paths lose, reorder and double packets; both hops repair, each by NACK and RTX of its own. The pictures
// are so small that the server sends all of them even when its estimator takes 10 % loss for congestion.
TEST_P(LossyConference, IsRepairedBothWays) {
  const Lossy& tested = GetParam();
  Conference conference(50 + static_cast<uint64_t>(tested.delay_ms));
  const Network network = symmetric({.delay = TimeDelta::millis(tested.delay_ms),
                                     .jitter = TimeDelta::millis(10),
                                     .loss = tested.loss,
                                     .duplicate = 0.01});
  Source::Config camera{.number = 2, .codec = rtp::Codec::Vp8, .packets_per_frame = {2}, .packet_size = 100};
  const Conference::Options options{.rids = {}, .repair_audio = true};
  Member& a = publisher_in(conference, network, options, camera);
  Member& b = publisher_in(conference, network, options, camera);
  show(conference, a, 0, b);
  show(conference, b, 0, a);
  conference.run(kSecond * 30);
  for (Member* member : {&a, &b}) {
    const Sink::Stats& video = video_of(*member);
    const double seconds = (conference.now() - video.first_decoded).seconds_f();
    EXPECT_GE(static_cast<double>(video.decoded) / (seconds * 29.4), tested.decoded_share);
    EXPECT_EQ(video.timestamp_jumps, 0u);
    EXPECT_LT(video.longest_freeze, kSecond * 2);
    const Sink::Stats& audio = audio_of(*member);
    EXPECT_GE(static_cast<double>(audio.decoded) / ((conference.now() - audio.first_decoded).seconds_f() * 50),
              tested.heard_share);
    EXPECT_GT(video.repaired, 0u);
    EXPECT_GT(member->client->stats().retransmitted, 0u);
    EXPECT_EQ(member->client->state(), State::Connected);
    RecordProperty("decoded_percent", static_cast<int>(100 * static_cast<double>(video.decoded) / (seconds * 29.4)));
  }
}

INSTANTIATE_TEST_SUITE_P(Paths, LossyConference,
                         testing::Values(Lossy{0.01, 20, 0.99, 0.99}, Lossy{0.05, 20, 0.98, 0.98},
                                         Lossy{0.05, 80, 0.96, 0.95}, Lossy{0.10, 20, 0.95, 0.95}));

TEST(Conference, SimulcastSurvivesLossOnTheWayUp) {
  Conference conference(6);
  Member& publisher = publisher_in(conference, {{.delay = TimeDelta::millis(20), .loss = 0.05}, kGood.down});
  Member& receiver = conference.join({}, kGood);
  show(conference, receiver, 0, publisher);
  conference.run(kSecond * 20);
  EXPECT_GE(video_of(receiver).decoded, 18u * kFps);
  EXPECT_GT(publisher.client->stats().retransmitted, 30u) << "of layers, by repaired-rid";
  EXPECT_LT(video_of(receiver).longest_freeze, kSecond);
}

TEST(Conference, AnotherAddressAndARestartKeepTheMedia) {
  Conference conference(7);
  Member& a = publisher_in(conference, kGood);
  Member& b = publisher_in(conference, kGood);
  show(conference, a, 0, b);
  show(conference, b, 0, a);
  conference.run(kSecond * 3);
  const Path before = *a.client->connection().path();
  conference.move(a);
  conference.run(kSecond * 3);
  EXPECT_NE(a.client->connection().path()->local, before.local);
  for (Member* member : {&a, &b}) {
    EXPECT_GE(video_of(*member).decoded, 5 * kFps);
    EXPECT_LT(video_of(*member).longest_freeze, TimeDelta::millis(600));
    EXPECT_EQ(member->client->stats().states.size(), 1u) << "connected all the time";
  }
}

TEST(Conference, TcpCarriesTheMediaWhereUdpIsBlocked) {
  Conference conference(8);
  Member& publisher = conference.join({}, kGood);
  publisher.udp_blocked = true;
  conference.enable(publisher);
  publisher.client->publish(kAudioLine, kVoice);
  publisher.client->publish(kVideoLine, kCamera);
  Member& receiver = conference.join({}, kGood);
  receiver.udp_blocked = true;
  show(conference, receiver, 0, publisher);
  const Timestamp began = conference.now();
  ASSERT_TRUE(conference.run_until([&] { return receiver.client->state() == State::Connected; }, kSecond * 2));
  EXPECT_LE(conference.now() - began, ice::FullAgent::kTcpDelay + TimeDelta::millis(40 * 5));
  conference.run(kSecond * 5);
  EXPECT_EQ(receiver.client->connection().path()->protocol, Path::Protocol::Tcp);
  EXPECT_GE(video_of(receiver).decoded, 3 * kFps);
  EXPECT_EQ(video_of(receiver).broken, 0u);
}

TEST(Conference, WithoutTcpABlockedNetworkFailsWithAReason) {
  Conference conference(9);
  Member& member = conference.join({.tcp = false}, kGood);
  member.udp_blocked = true;
  conference.run(kSecond * 16);
  ASSERT_EQ(member.client->state(), State::Failed);
  EXPECT_EQ(member.client->stats().states.back().reason, "no path to the peer works");
}

TEST(Conference, ARestartedServerIsNoticedAndGivenUp) {
  Conference conference(10);
  Member& member = publisher_in(conference, kGood);
  conference.run(kSecond * 3);
  ASSERT_EQ(member.client->state(), State::Connected);
  conference.restart_server();
  const Timestamp died = conference.now();
  ASSERT_TRUE(conference.run_until([&] { return member.client->state() == State::Disconnected; }, kSecond * 10));
  EXPECT_LE(conference.now() - died, kSecond * 6) << "people should know soon";
  ASSERT_TRUE(conference.run_until([&] { return member.client->state() == State::Failed; }, kSecond * 40));
  EXPECT_LE(conference.now() - died, kSecond * 31);
  EXPECT_EQ(member.client->stats().states.back().reason, "the peer does not answer any more");
}

TEST(Conference, AnOutageIsNoticedAndOverWhenItIs) {
  Conference conference(11);
  Member& publisher = publisher_in(conference, kGood, {.tcp = false});
  Member& receiver = conference.join({}, kGood);
  show(conference, receiver, 0, publisher);
  conference.run(kSecond * 3);
  publisher.udp_blocked = true;
  conference.run(kSecond * 7);
  EXPECT_EQ(publisher.client->state(), State::Disconnected);
  publisher.udp_blocked = false;
  conference.run(kSecond * 2);
  EXPECT_EQ(publisher.client->state(), State::Connected);
  const uint64_t decoded = video_of(receiver).decoded;
  conference.run(kSecond * 2);
  EXPECT_GT(video_of(receiver).decoded, decoded + kFps);
}

TEST(Conference, SilentRoomsStayConnected) {
  Conference conference(12);
  Member& member = conference.join({}, kGood);
  conference.run(kSecond * 60);
  EXPECT_EQ(member.client->stats().states.size(), 1u);
  for (const engine::Event& event : conference.events()) {
    const auto* changed = std::get_if<engine::ConnectionStateChanged>(&event);
    if (changed == nullptr) continue;
    EXPECT_EQ(changed->state, engine::ConnectionState::Connected) << changed->reason;
  }
}

TEST(Conference, MoreSeatsCanBeAddedWhileMediaFlows) {
  Conference conference(13);
  Member& a = publisher_in(conference, kGood);
  Member& b = publisher_in(conference, kGood);
  Member& receiver = conference.join({.seats = 1}, kGood);
  show(conference, receiver, 0, a);
  conference.run(kSecond * 3);
  conference.add_seat(receiver);
  conference.negotiate(receiver);
  show(conference, receiver, 1, b);
  conference.run(kSecond * 3);
  EXPECT_GE(video_of(receiver, 0).decoded, 5 * kFps);
  EXPECT_EQ(video_of(receiver, 0).broken, 0u);
  EXPECT_GE(video_of(receiver, 1).decoded, 2 * kFps);
  EXPECT_GE(audio_of(receiver, 1).decoded, 100u);
}

TEST(Conference, BothSidesEstimateWhatTheirPathCarries) {
  Conference conference(14);
  // 800 kbit/s up do not carry the 630 of three layers with all their overhead and audio for long... but more than
  // half.
  Member& free = publisher_in(conference, kGood);
  Network narrow = kGood;
  narrow.up.rate = DataRate::kbps(400);
  Member& confined = publisher_in(conference, narrow);
  Member& receiver = conference.join({}, kGood);
  show(conference, receiver, 0, free);
  show(conference, receiver, 1, confined);
  conference.run(kSecond * 10);
  const DataRate of_free = free.client->connection().send_estimate(conference.now());
  const DataRate of_confined = confined.client->connection().send_estimate(conference.now());
  EXPECT_GT(of_free, DataRate::kbps(1500));
  EXPECT_LT(of_confined, DataRate::kbps(700));
  EXPECT_EQ(free.client->connection().send_loss(), 0);
  EXPECT_GT(confined.client->connection().send_loss(), 0.1);
}

TEST(Conference, ARecorderOnTheServersMachineHasEverybodyAtOnce) {
  Conference conference(15);
  // Ten cameras of which even the lowest layers are more than a new connection is trusted with.
  const Source::Config camera{
      .number = 2, .codec = rtp::Codec::Vp8, .layers = 3, .packets_per_frame = {1, 2, 4}, .packet_size = 700};
  std::vector<Member*> people;
  for (int i = 0; i < 10; ++i) people.push_back(&publisher_in(conference, kGood, {}, camera));
  conference.run(kSecond);
  const auto pictures_after_a_second = [&](const Conference::Options& options) {
    Member& receiver = conference.join(options, kGood);
    for (int i = 0; i < 10; ++i) show(conference, receiver, i, *people[static_cast<size_t>(i)]);
    conference.run(kSecond);
    int seen = 0;
    for (int i = 0; i < 10; ++i) seen += video_of(receiver, i).decoded > 10;
    return seen;
  };
  EXPECT_EQ(pictures_after_a_second({.seats = 10, .recorder = true, .on_server = true}), 10);
  EXPECT_LT(pictures_after_a_second({.seats = 10, .recorder = true}), 10) << "a hidden watcher somewhere else";
  EXPECT_LT(pictures_after_a_second({.seats = 10, .on_server = true}), 10) << "somebody else on this machine";
}

}  // namespace
}  // namespace parley::sim
