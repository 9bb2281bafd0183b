#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "conference.hpp"

// From a publisher's packetizers through a real shard to a receiver's playout, all on the cores of the native SDK.
namespace parley::sim {
namespace {

using Member = Conference::Member;
using playout::Delivery;

constexpr TimeDelta kSecond = TimeDelta::seconds(1);
const Source::Config kVoice{.number = 1, .codec = rtp::Codec::Opus, .packetized = true};

// The pictures are so small that the server sends all of them even when its estimator takes loss for congestion.
Source::Config camera(rtp::Codec codec) {
  return {.number = 2, .codec = codec, .packets_per_frame = {2}, .packet_size = 200, .packetized = true};
}

Conference::Options offering(rtp::Codec codec) {
  const std::string format = codec == rtp::Codec::H264 ? "42e0/1" : codec == rtp::Codec::Vp8 ? "" : "0";
  return {.rids = {}, .video = {{codec, format}}, .repair_audio = true};
}

Member& publisher_in(Conference& conference, const Network& network, rtp::Codec codec) {
  Member& member = conference.join(offering(codec), network);
  conference.enable(member);
  member.client->publish(kAudioLine, kVoice);
  member.client->publish(kVideoLine, camera(codec));
  return member;
}

SeatSink& watch(Conference& conference, Member& receiver, Member& publisher, Delivery delivery) {
  conference.seat(receiver, 0, publisher);
  return receiver.client->watch_seat(seat_audio(0), seat_video(0), delivery);
}

TimeDelta magnitude(TimeDelta d) { return std::max(d, -d); }

// The distance between sound and picture that were captured at one instant: at worst, over all that was measured.
TimeDelta lip_sync_error(const SeatSink::Stats& stats) {
  return std::max(magnitude(stats.picture_times.most_error - stats.sound_times.least_error),
                  magnitude(stats.sound_times.most_error - stats.picture_times.least_error));
}

class PlayoutOfCodec : public testing::TestWithParam<rtp::Codec> {};
INSTANTIATE_TEST_SUITE_P(Codecs, PlayoutOfCodec,
                         testing::Values(rtp::Codec::Vp8, rtp::Codec::Vp9, rtp::Codec::H264, rtp::Codec::Av1),
                         [](const auto& codec) { return std::string(rtp::encoding_name(codec.param)); });

// 5 % lost on each of the two hops and each way, with jitter that reorders. Recorders take what they get as it comes.
TEST_P(PlayoutOfCodec, ARecorderGetsNearlyEverythingInOrderAndInSync) {
  const Network network =
      symmetric({.delay = TimeDelta::millis(20), .jitter = TimeDelta::millis(10), .loss = 0.05, .duplicate = 0.01});
  Conference conference(70);
  Member& publisher = publisher_in(conference, network, GetParam());
  Member& receiver = conference.join(offering(GetParam()), network);
  SeatSink& sink = watch(conference, receiver, publisher, Delivery::AsSoonAsComplete);
  conference.run(kSecond * 10);
  sink.measure_anew();
  conference.run(kSecond * 30);
  const SeatSink::Stats& stats = sink.stats();
  const double seconds = (conference.now() - stats.first_picture).seconds_f();
  EXPECT_GE(static_cast<double>(stats.pictures), seconds * 29.4 * 0.95);
  EXPECT_GE(static_cast<double>(stats.sounds), seconds * 50 * 0.97);
  EXPECT_EQ(stats.undecodable, 0u);
  EXPECT_EQ(stats.corrupt, 0u);
  EXPECT_LT(stats.longest_freeze, kSecond * 2);
  EXPECT_LT(lip_sync_error(stats).us(), 10'000) << "whatever the network did";
  RecordProperty("pictures_percent", static_cast<int>(static_cast<double>(stats.pictures) / (seconds * 29.4) * 100));
  RecordProperty("lip_sync_error_us", static_cast<int>(lip_sync_error(stats).us()));
  RecordProperty("longest_freeze_ms", static_cast<int>(stats.longest_freeze.ms()));
}

TEST_P(PlayoutOfCodec, APlayerGetsThemSteadily) {
  const Network network = symmetric({.delay = TimeDelta::millis(20), .jitter = TimeDelta::millis(10), .loss = 0.02});
  Conference conference(71);
  Member& publisher = publisher_in(conference, network, GetParam());
  Member& receiver = conference.join(offering(GetParam()), network);
  SeatSink& sink = watch(conference, receiver, publisher, Delivery::Paced);
  conference.run(kSecond * 30);
  const SeatSink::Stats& stats = sink.stats();
  const double seconds = (conference.now() - stats.first_picture).seconds_f();
  EXPECT_GE(static_cast<double>(stats.pictures), seconds * 29.4 * 0.95);
  EXPECT_GE(static_cast<double>(stats.sounds), seconds * 50 * 0.95);
  EXPECT_EQ(stats.undecodable, 0u);
  EXPECT_EQ(stats.corrupt, 0u);
  const playout::SeatPlayout::Delays& delays = sink.playout().delays();
  EXPECT_LT(magnitude(delays.picture - delays.sound), TimeDelta::millis(5)) << "they are kept together";
  EXPECT_LT(delays.sound, TimeDelta::millis(300));
  RecordProperty("delay_ms", static_cast<int>(delays.sound.ms()));
}

// Another participant takes the seat: its line goes on with other pictures, and another codec.
TEST(Playout, ASeatGoesOnWithAnotherParticipantAndCodec) {
  const Network good = symmetric({.delay = TimeDelta::millis(20)});
  Conference conference(72);
  Member& first = publisher_in(conference, good, rtp::Codec::Vp8);
  Member& second = publisher_in(conference, good, rtp::Codec::H264);
  second.client->publish(kVideoLine, [] {
    Source::Config other = camera(rtp::Codec::H264);
    other.number = 9;
    return other;
  }());
  Conference::Options both = offering(rtp::Codec::Vp8);
  both.video.push_back({rtp::Codec::H264, "42e0/1"});
  Member& receiver = conference.join(both, good);
  SeatSink& sink = watch(conference, receiver, first, Delivery::AsSoonAsComplete);
  conference.run(kSecond * 5);
  ASSERT_TRUE(sink.stats().last);
  EXPECT_EQ(sink.stats().last->source, 2);
  conference.seat(receiver, 0, second);
  conference.run(kSecond * 5);
  EXPECT_EQ(sink.stats().last->source, 9);
  EXPECT_EQ(sink.stats().source_changes, 1u);
  EXPECT_GE(sink.stats().pictures, 9u * 29);
  EXPECT_EQ(sink.stats().undecodable, 0u);
  EXPECT_EQ(sink.stats().corrupt, 0u);
  EXPECT_LT(sink.stats().longest_freeze, TimeDelta::millis(500));
}

TEST(Playout, LayersOfSimulcastAreOneStream) {
  const Network good = symmetric({.delay = TimeDelta::millis(20)});
  Conference conference(73);
  Member& publisher = conference.join({}, good);
  conference.enable(publisher);
  publisher.client->publish(kAudioLine, kVoice);
  publisher.client->publish(kVideoLine, {.number = 2,
                                         .codec = rtp::Codec::Vp8,
                                         .layers = 3,
                                         .packets_per_frame = {1, 2, 4},
                                         .packet_size = 375,
                                         .packetized = true});
  Member& receiver = conference.join({}, good);
  SeatSink& sink = watch(conference, receiver, publisher, Delivery::AsSoonAsComplete);
  conference.run(kSecond * 5);
  for (const auto quality : {engine::Quality::Low, engine::Quality::High, engine::Quality::Medium}) {
    conference.execute(engine::SetPreference{receiver.id, seat_video(0), {.quality = quality}});
    conference.run(kSecond * 4);
  }
  EXPECT_GE(sink.stats().layer_changes, 3u);
  EXPECT_GE(sink.stats().pictures, 16u * 29);
  EXPECT_EQ(sink.stats().undecodable, 0u);
  EXPECT_EQ(sink.stats().corrupt, 0u);
  sink.measure_anew();
  conference.run(kSecond * 5);
  EXPECT_LT(lip_sync_error(sink.stats()).us(), 10'000);
}

}  // namespace
}  // namespace parley::sim
