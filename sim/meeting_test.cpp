#include <gtest/gtest.h>

#include "world.hpp"

namespace parley::sim {
namespace {

constexpr TimeDelta kSecond = TimeDelta::seconds(1);
const Source::Config kVoice{.number = 1, .codec = rtp::Codec::Opus};
// 90, 180 and 360 kbit/s: all of it is within what a new connection is trusted with.
const Source::Config kCamera{
    .number = 2, .codec = rtp::Codec::Vp8, .layers = 3, .packets_per_frame = {1, 2, 4}, .packet_size = 375};
constexpr uint64_t kFps = 29;  // 30, less what rounding to milliseconds takes

// Subscribes `receiver`'s seat to the publisher and watches what comes.
void show(World& world, World::Member& receiver, int seat, World::Member& publisher, rtp::Codec codec = rtp::Codec::Vp8,
          const engine::Preference& preference = {}) {
  world.seat(receiver, seat, publisher, preference);
  receiver.client->watch(seat_audio(seat), rtp::Codec::Opus);
  receiver.client->watch(seat_video(seat), codec);
}

World::Member& publisher_in(World& world, const Network& network, int shard = 0, const Source::Config& camera = kCamera,
                            const Plan& plan = {}) {
  World::Member& member = world.join(plan, network, shard);
  world.enable(member);
  member.client->publish(kAudioLine, kVoice);
  member.client->publish(kVideoLine, camera);
  return member;
}

const Network kGood = symmetric({.delay = TimeDelta::millis(20)});

TEST(Meeting, TwoReceiversGetSoundAndPicture) {
  World world(1);
  auto& publisher = publisher_in(world, kGood);
  auto& a = world.join({}, kGood);
  auto& b = world.join({}, kGood);
  show(world, a, 0, publisher);
  show(world, b, 1, publisher);
  world.run(kSecond * 10);
  for (const Sink* sink : {&a.client->sink(seat_video(0)), &b.client->sink(seat_video(1))}) {
    EXPECT_GE(sink->stats().decoded, 9u * kFps);
    EXPECT_EQ(sink->stats().broken, 0u);
    EXPECT_EQ(sink->stats().duplicates, 0u);
    EXPECT_EQ(sink->stats().timestamp_jumps, 0u);
    EXPECT_EQ(sink->stats().picture_id_jumps, 0u);
    EXPECT_EQ(sink->stats().malformed, 0u);
    EXPECT_LT(sink->stats().longest_freeze, TimeDelta::millis(200));
  }
  EXPECT_GE(a.client->sink(seat_audio(0)).stats().decoded, 9u * 50);
  EXPECT_EQ(a.client->sink(seat_audio(0)).stats().broken, 0u);
  EXPECT_EQ(a.client->stats().bad_packets, 0u);
  EXPECT_EQ(publisher.client->stats().bad_packets, 0u);
  EXPECT_GT(a.client->stats().sender_reports, 10u);
  EXPECT_GT(publisher.client->stats().reports_received, 10u);
  EXPECT_GT(publisher.client->stats().feedback_received, 1000u);
}

class EveryCodec : public testing::TestWithParam<rtp::Codec> {};

TEST_P(EveryCodec, IsForwardedAndRecoversFromLateJoins) {
  World world(2);
  Source::Config camera = kCamera;
  camera.codec = GetParam();
  camera.layers = 1;
  auto& publisher = publisher_in(world, kGood, 0, camera, {.rids = {}});
  auto& early = world.join({}, kGood);
  show(world, early, 0, publisher, GetParam());
  world.run(kSecond * 3);
  auto& late = world.join({}, kGood);
  show(world, late, 0, publisher, GetParam());
  world.run(kSecond * 3);
  EXPECT_GE(early.client->sink(seat_video(0)).stats().decoded, 5 * kFps);
  EXPECT_EQ(early.client->sink(seat_video(0)).stats().broken, 0u);
  EXPECT_GE(late.client->sink(seat_video(0)).stats().decoded, 2 * kFps);
  EXPECT_EQ(late.client->sink(seat_video(0)).stats().broken, 0u);
}

INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec,
                         testing::Values(rtp::Codec::Vp8, rtp::Codec::Vp9, rtp::Codec::H264, rtp::Codec::Av1),
                         [](const auto& tested) { return std::string(rtp::encoding_name(tested.param)); });

TEST(Meeting, LateJoinerSeesThePictureWithinAFewRoundTrips) {
  World world(3);
  auto& publisher = publisher_in(world, kGood);
  auto& early = world.join({}, kGood);
  show(world, early, 0, publisher);
  world.run(kSecond * 5);
  const uint64_t key_frames = publisher.client->stats().plis_received;
  auto& late = world.join({}, kGood);
  show(world, late, 0, publisher);
  const Sink& sink = late.client->sink(seat_video(0));
  ASSERT_TRUE(world.run_until([&] { return late.client->connected(); }, kSecond));
  const Timestamp connected = world.now();
  ASSERT_TRUE(world.run_until([&] { return sink.stats().decoded > 0; }, kSecond));
  // A PLI up to the publisher, a frame interval, the key frame down; once more for the layer's choice.
  EXPECT_LE(world.now() - connected, TimeDelta::millis(2 * (20 + 34 + 40)));
  EXPECT_TRUE(sink.stats().last->key);
  EXPECT_LE(publisher.client->stats().plis_received, key_frames + 2);
}

TEST(Meeting, PreferenceChoosesTheLayerWithoutABreak) {
  World world(4);
  auto& publisher = publisher_in(world, kGood);
  auto& receiver = world.join({}, kGood);
  show(world, receiver, 0, publisher, rtp::Codec::Vp8, {.quality = engine::Quality::Low});
  const Sink& sink = receiver.client->sink(seat_video(0));
  world.run(kSecond * 3);
  EXPECT_EQ(sink.stats().last->layer, 0);
  world.execute(0, engine::SetPreference{receiver.id, seat_video(0), {.quality = engine::Quality::High}});
  ASSERT_TRUE(world.run_until([&] { return sink.stats().last->layer == 2; }, kSecond));
  world.run(kSecond * 2);
  world.execute(0, engine::SetPreference{receiver.id, seat_video(0), {.width = 320, .height = 180}});
  ASSERT_TRUE(world.run_until([&] { return sink.stats().last->layer == 0; }, kSecond * 2));
  world.run(kSecond * 2);
  EXPECT_EQ(sink.stats().broken, 0u);
  EXPECT_EQ(sink.stats().timestamp_jumps, 0u);
  EXPECT_EQ(sink.stats().picture_id_jumps, 0u);
  EXPECT_LT(sink.stats().longest_freeze, TimeDelta::millis(200));
  world.execute(0, engine::SetPreference{receiver.id, seat_video(0), {.paused = true}});
  world.run(kSecond);
  const uint64_t decoded = sink.stats().decoded;
  world.run(kSecond);
  EXPECT_EQ(sink.stats().decoded, decoded);
  const auto changes = world.events_of<engine::SubscriptionChanged>();
  ASSERT_FALSE(changes.empty());
  EXPECT_EQ(changes.back().pause, engine::SubscriptionChanged::Pause::Preference);
  EXPECT_EQ(changes.back().spatial, -1);
}

TEST(Meeting, AnotherParticipantOnASeatGoesOnInTheSameStream) {
  World world(5);
  auto& first = publisher_in(world, kGood);
  auto& second = publisher_in(world, kGood);
  second.client->publish(kAudioLine, {.number = 3, .codec = rtp::Codec::Opus});
  second.client->publish(
      kVideoLine,
      {.number = 4, .codec = rtp::Codec::Vp8, .layers = 3, .packets_per_frame = {1, 2, 4}, .packet_size = 375});
  auto& receiver = world.join({}, kGood);
  show(world, receiver, 0, first);
  world.run(kSecond * 3);
  for (int i = 0; i < 6; ++i) {
    world.seat(receiver, 0, i % 2 == 0 ? second : first);
    world.run(kSecond);
  }
  const Sink& video = receiver.client->sink(seat_video(0));
  const Sink& audio = receiver.client->sink(seat_audio(0));
  EXPECT_EQ(video.stats().source_changes, 6u);
  EXPECT_EQ(video.stats().skipped, 0u);
  EXPECT_EQ(video.stats().broken, 0u);
  EXPECT_EQ(video.stats().timestamp_jumps, 0u);
  EXPECT_EQ(video.stats().picture_id_jumps, 0u);
  EXPECT_EQ(audio.stats().source_changes, 6u);
  EXPECT_EQ(audio.stats().skipped, 0u);
  EXPECT_EQ(audio.stats().timestamp_jumps, 0u);
  EXPECT_LT(video.stats().longest_freeze, TimeDelta::millis(250));
}

TEST(Meeting, PublisherThatLeavesOrIsDisabledFallsSilentAndOthersGoOn) {
  World world(6);
  auto& leaver = publisher_in(world, kGood);
  auto& stayer = publisher_in(world, kGood);
  auto& receiver = world.join({}, kGood);
  show(world, receiver, 0, leaver);
  show(world, receiver, 1, stayer);
  world.run(kSecond * 3);
  world.leave(leaver);
  world.run(TimeDelta::millis(200));
  const uint64_t of_leaver = receiver.client->sink(seat_video(0)).stats().packets;
  const uint64_t of_stayer = receiver.client->sink(seat_video(1)).stats().decoded;
  world.run(kSecond * 2);
  EXPECT_EQ(receiver.client->sink(seat_video(0)).stats().packets, of_leaver);
  EXPECT_GE(receiver.client->sink(seat_video(1)).stats().decoded, of_stayer + 2 * kFps - 2);
  EXPECT_EQ(world.shard().stats().connections, 2u);

  world.execute(0, engine::EnableTrack{{stayer.id, kVideoLine}, false});
  world.run(TimeDelta::millis(200));
  const uint64_t packets = receiver.client->sink(seat_video(1)).stats().packets;
  world.run(kSecond);
  EXPECT_EQ(receiver.client->sink(seat_video(1)).stats().packets, packets);
  EXPECT_GT(world.shard().stats().drops.disabled_track, 0u);
  world.execute(0, engine::EnableTrack{{stayer.id, kVideoLine}, true});
  world.run(kSecond * 2);
  EXPECT_GE(receiver.client->sink(seat_video(1)).stats().packets, packets + kFps);
  EXPECT_EQ(receiver.client->sink(seat_video(1)).stats().broken, 0u) << "it begins again with a key frame";
}

TEST(Meeting, IceRestartToANewAddressKeepsTheMedia) {
  World world(7);
  auto& publisher = publisher_in(world, kGood);
  auto& receiver = world.join({}, kGood);
  show(world, receiver, 0, publisher);
  world.run(kSecond * 3);
  world.restart_ice(receiver);
  world.run(kSecond * 3);
  world.restart_ice(publisher);
  world.run(kSecond * 3);
  const Sink& sink = receiver.client->sink(seat_video(0));
  EXPECT_GE(sink.stats().decoded, 8 * kFps);
  EXPECT_LT(sink.stats().longest_freeze, TimeDelta::millis(700));
  for (const auto& event : world.events_of<engine::ConnectionStateChanged>()) {
    EXPECT_EQ(event.state, engine::ConnectionState::Connected) << event.reason;
  }
}

TEST(Meeting, ReceiverWithoutThePublishersCodecIsToldAndSentNothing) {
  World world(8);
  auto& publisher = publisher_in(world, kGood);
  auto& receiver = world.join({.video_codecs = {rtp::Codec::H264}}, kGood);
  show(world, receiver, 0, publisher);
  world.run(kSecond * 2);
  EXPECT_EQ(receiver.client->sink(seat_video(0)).stats().packets, 0u);
  EXPECT_GE(receiver.client->sink(seat_audio(0)).stats().decoded, 50u);
  const auto changes = world.events_of<engine::SubscriptionChanged>();
  ASSERT_FALSE(changes.empty());
  EXPECT_EQ(changes.back().pause, engine::SubscriptionChanged::Pause::Codec);
}

TEST(Meeting, DemandFollowsWhatReceiversWant) {
  World world(9);
  auto& publisher = publisher_in(world, kGood);
  auto& receiver = world.join({}, kGood);
  world.run(kSecond * 5);
  auto demand = [&] {
    const auto events = world.events_of<engine::LayerDemand>();
    return events.empty() ? int8_t{99} : events.back().max_layer;
  };
  EXPECT_EQ(demand(), -1) << "nobody watches";
  show(world, receiver, 0, publisher, rtp::Codec::Vp8, {.quality = engine::Quality::Medium});
  world.run(TimeDelta::millis(500));
  EXPECT_EQ(demand(), 1);
  world.execute(0, engine::SetPreference{receiver.id, seat_video(0), {.quality = engine::Quality::High}});
  world.run(TimeDelta::millis(500));
  EXPECT_EQ(demand(), 2);
  world.execute(0, engine::Unsubscribe{receiver.id, seat_video(0)});
  world.run(kSecond * 4);
  EXPECT_EQ(demand(), -1);
}

// What the packet path is built for: a frame's packets leave for each receiver as neighbours of equal size.
TEST(Meeting, FramesLeaveAsGsoRuns) {
  World world(12);
  Source::Config camera{.number = 2, .codec = rtp::Codec::Vp8, .packets_per_frame = {6}, .packet_size = 200};
  camera.size_spread = 1;
  auto& publisher = world.join({.rids = {}}, kGood);
  world.enable(publisher);
  publisher.client->publish(kVideoLine, camera);
  std::vector<World::Member*> receivers;
  for (int i = 0; i < 5; ++i) {
    receivers.push_back(&world.join({}, kGood));
    show(world, *receivers.back(), 0, publisher);
  }
  world.run(kSecond * 2);
  const uint64_t datagrams = world.datagrams();
  const uint64_t messages = world.gso_messages();
  world.run(kSecond * 3);
  const auto sent = static_cast<double>(world.datagrams() - datagrams);
  const auto made = static_cast<double>(world.gso_messages() - messages);
  // 6 packets a frame for each of 5; feedback, reports and checks are single.
  EXPECT_GE(sent / made, 4.5);
  for (World::Member* receiver : receivers) {
    EXPECT_EQ(receiver->client->sink(seat_video(0)).stats().broken, 0u);
    EXPECT_EQ(receiver->client->stats().bad_packets, 0u);
  }
}

TEST(Meeting, SpeechIsReportedWhileItLasts) {
  World world(10);
  auto& publisher = publisher_in(world, kGood);
  world.run(kSecond * 3);
  auto reports = world.events_of<engine::SpeechReport>();
  ASSERT_GE(reports.size(), 8u);
  ASSERT_EQ(reports.back().items.size(), 1u);
  EXPECT_EQ(reports.back().items[0].track, (TrackId{publisher.id, kAudioLine}));
  EXPECT_EQ(reports.back().items[0].level, 20);
  publisher.client->unpublish(kAudioLine);
  world.run(kSecond * 3);
  reports = world.events_of<engine::SpeechReport>();
  EXPECT_TRUE(reports.back().items.empty());
  const size_t count = reports.size();
  world.run(kSecond * 3);
  EXPECT_EQ(world.events_of<engine::SpeechReport>().size(), count);
}

TEST(Meeting, ConnectionsAreReportedOn) {
  World world(11);
  auto& publisher = publisher_in(world, symmetric({.delay = TimeDelta::millis(50)}));
  auto& receiver = world.join({}, symmetric({.delay = TimeDelta::millis(50)}));
  show(world, receiver, 0, publisher);
  world.run(kSecond * 9);
  std::optional<engine::ConnectionReport> up;
  std::optional<engine::ConnectionReport> down;
  for (const auto& report : world.events_of<engine::ConnectionReport>())
    (report.id == publisher.id ? up : down) = report;
  ASSERT_TRUE(up && down);
  EXPECT_NEAR(static_cast<double>(down->rtt.ms()), 100, 5);
  // Three layers and the audio, 32 + 630 kbit/s and what headers add; the top layer and the audio.
  EXPECT_NEAR(static_cast<double>(up->uplink.kbps()), 770, 80);
  EXPECT_NEAR(static_cast<double>(down->downlink.kbps()), 460, 60);
  EXPECT_EQ(up->uplink_loss, 0);
  ASSERT_EQ(down->tracks.size(), 6u);
  for (const auto& track : down->tracks) EXPECT_EQ(track.sending, track.line >= seat_audio(0));
}

}  // namespace
}  // namespace parley::sim
