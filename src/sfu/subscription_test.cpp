#include "sfu/subscription.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sfu/test_receiver.hpp"
#include "sfu/test_stream.hpp"
#include "sfu/test_svc.hpp"

namespace parley::sfu {
namespace {

using test::OpusStream;
using test::Receiver;
using test::TestPacket;
using test::Vp8Stream;

constexpr TimeDelta kFrame = TimeDelta::millis(33);

/// A publisher of three VP8 streams, its track, and one receiver, on one clock.
class Simulcast : public ::testing::Test {
 protected:
  Simulcast() {
    for (uint8_t i = 0; i < 3; ++i) {
      streams_.emplace_back(Vp8Stream::Config{.layer = i,
                                              .first_sequence = static_cast<uint16_t>(65000 + 300 * i),
                                              .first_timestamp = 0xfffff000u + 777777u * i,
                                              .first_picture = static_cast<uint16_t>(32700 + 31 * i),
                                              .first_tl0 = static_cast<uint8_t>(250 + i),
                                              .packets_per_frame = 1 + i});
    }
    subscription_.bind(track_);
  }

  void target(int8_t spatial, int8_t temporal) { subscription_.set_target(track_, {spatial, temporal}, now_); }

  void deliver(const TestPacket& packet) {
    const MediaPacket* accepted = track_.accept(packet.layer, packet.view(), packet.codec, now_);
    if (!accepted) return;
    if (const auto out = subscription_.forward(track_, *accepted, now_)) receiver_.on_packet(*out);
    if (const auto wanted = subscription_.wanted_keyframe()) track_.request_keyframe(*wanted, now_);
  }
  /// One frame time: every live stream sends a frame, and PLIs are answered with the next.
  void step() {
    for (uint8_t i = 0; i < 3; ++i) {
      if (!alive_[i]) continue;
      for (const TestPacket& packet : streams_[i].frame(now_ - start_)) deliver(packet);
    }
    for (const uint8_t layer : track_.take_keyframe_requests(now_)) streams_[layer].request_keyframe();
    now_ += kFrame;
  }
  void run(int frames) {
    for (int i = 0; i < frames; ++i) step();
  }
  void report_clocks() {
    for (uint8_t i = 0; i < 3; ++i) {
      const auto elapsed = static_cast<uint32_t>((now_ - start_).us() * 9 / 100);
      track_.on_sender_report(i, 0xfffff000u + 777777u * i + elapsed, now_);
    }
  }

  const Timestamp start_ = Timestamp::from_us(5'000'000);
  Timestamp now_ = start_;
  std::vector<Vp8Stream> streams_;
  bool alive_[3] = {true, true, true};
  Track track_{{rtp::MediaKind::Video, 3}};
  Subscription subscription_{{rtp::MediaKind::Video, 65530, 0xffffff00}};
  Receiver receiver_;
};

void expect_clean(const Receiver& receiver) {
  const Receiver::Verdict verdict = receiver.judge();
  EXPECT_TRUE(receiver.missing().empty());
  EXPECT_EQ(verdict.broken, 0);
  EXPECT_EQ(verdict.changes_without_key, 0);
  EXPECT_EQ(verdict.timestamp_errors, 0);
  EXPECT_EQ(verdict.picture_id_gaps, 0);
}

TEST_F(Simulcast, NothingBeforeATargetAndAKeyFrame) {
  run(3);
  EXPECT_EQ(receiver_.size(), 0u);
  target(1, 2);
  EXPECT_EQ(subscription_.wanted_keyframe(), 1) << "asked at once";
  step();
  EXPECT_EQ(receiver_.size(), 0u) << "delta frames are of no use to a late joiner";
  run(2);
  EXPECT_GT(receiver_.size(), 0u);
  EXPECT_EQ(subscription_.wanted_keyframe(), std::nullopt);
  expect_clean(receiver_);
}

TEST_F(Simulcast, EveryTargetGivesContinuousDecodableOutput) {
  target(2, 2);
  run(40);
  const uint64_t at_start = subscription_.stats().layer_switches;
  EXPECT_LE(at_start, 2u) << "the first key frame is taken whatever its size";
  for (const LayerPoint point : {LayerPoint{0, 2}, {2, 0}, {1, 1}, {2, 2}, {0, 0}, {0, 2}}) {
    target(point.spatial, point.temporal);
    run(60);
    EXPECT_EQ(subscription_.current(track_), point);
  }
  expect_clean(receiver_);
  const Receiver::Verdict verdict = receiver_.judge();
  EXPECT_EQ(verdict.incomplete, 0);
  EXPECT_EQ(verdict.marker_errors, 0);
  EXPECT_EQ(subscription_.stats().layer_switches - at_start, 5u);
}

TEST_F(Simulcast, TemporalLayersHalveTheFrames) {
  target(0, 0);
  run(80);
  EXPECT_NEAR(receiver_.judge().frames, 20, 1);
  target(0, 1);
  run(80);
  EXPECT_NEAR(receiver_.judge().frames, 60, 2);
  target(0, 2);
  run(80);
  EXPECT_NEAR(receiver_.judge().frames, 140, 3);
  expect_clean(receiver_);
}

TEST_F(Simulcast, AStoppedStreamIsLeftForTheBestAlive) {
  target(2, 2);
  run(40);
  alive_[2] = false;
  run(40);
  EXPECT_EQ(subscription_.current(track_).spatial, 1);
  alive_[2] = true;
  streams_[2].request_keyframe();
  run(60);
  EXPECT_EQ(subscription_.current(track_).spatial, 2) << "and taken up again when it is back";
  expect_clean(receiver_);
}

TEST_F(Simulcast, SenderReportsPlaceLayersExactly) {
  report_clocks();
  target(0, 2);
  run(30);
  target(2, 2);
  run(30);
  // All frames are on a grid of 33 ms: after a switch, too. The frame of the switch itself may have been sent in both
  // sizes, the second then one tick later.
  std::optional<uint32_t> first;
  int off_grid = 0;
  for (const auto& [number, packet] : receiver_.packets()) {
    if (!first) first = packet.timestamp;
    off_grid += (packet.timestamp - *first) % 2970 > 1;
  }
  EXPECT_EQ(off_grid, 0);
  expect_clean(receiver_);
}

TEST_F(Simulcast, PauseEndsAtOnceAndNeedsAKeyFrame) {
  target(0, 2);
  run(30);
  const size_t before = receiver_.size();
  subscription_.set_target(track_, {}, now_);
  EXPECT_TRUE(subscription_.current(track_).none());
  run(30);
  EXPECT_EQ(receiver_.size(), before);
  EXPECT_EQ(subscription_.wanted_keyframe(), std::nullopt);
  target(0, 2);
  run(30);
  EXPECT_GT(receiver_.size(), before + 20);
  expect_clean(receiver_);
}

TEST_F(Simulcast, AnotherSourceTakesTheSeat) {
  target(1, 2);
  run(50);
  subscription_.unbind();
  run(3);
  Track other({rtp::MediaKind::Video, 1});
  Vp8Stream stream({.layer = 5, .first_sequence = 7, .first_timestamp = 99, .first_picture = 3, .first_tl0 = 9});
  subscription_.bind(other);
  subscription_.set_target(other, {2, 2}, now_);
  const uint32_t last = receiver_.packets().rbegin()->second.timestamp;
  for (int i = 0; i < 50; ++i) {
    for (TestPacket& packet : stream.frame(kFrame * i)) {
      const MediaPacket* accepted = other.accept(0, packet.view(), packet.codec, now_);
      if (const auto out = subscription_.forward(other, *accepted, now_)) receiver_.on_packet(*out);
    }
    now_ += kFrame;
  }
  expect_clean(receiver_);
  EXPECT_EQ(receiver_.judge().frames_of_stream[5], 50);
  const auto first = std::ranges::find_if(
      receiver_.packets(), [](const auto& item) { return test::read_tag(item.second.payload).stream == 5; });
  EXPECT_NEAR(first->second.timestamp - last, 4 * 2970, 90) << "later by the time that passed";
}

TEST_F(Simulcast, RetransmissionIsTheSamePacket) {
  target(2, 2);
  run(20);
  target(0, 1);
  run(40);
  int same = 0;
  for (const auto& [number, sent] : receiver_.packets()) {
    const auto again = subscription_.retransmit(track_, sent.sequence, TimeDelta::millis(50), now_);
    if (again) same += test::keep(*again) == sent;
  }
  EXPECT_EQ(same, static_cast<int>(receiver_.size())) << "before the switch, too";
}

TEST_F(Simulcast, RetransmissionIsLimited) {
  target(0, 2);
  run(10);
  const uint16_t number = receiver_.packets().begin()->second.sequence;
  const TimeDelta rtt = TimeDelta::millis(80);
  EXPECT_TRUE(subscription_.retransmit(track_, number, rtt, now_));
  EXPECT_FALSE(subscription_.retransmit(track_, number, rtt, now_ + TimeDelta::millis(20)));
  EXPECT_EQ(subscription_.stats().drops.nack_repeated, 1u);
  EXPECT_TRUE(subscription_.retransmit(track_, number, rtt, now_ + TimeDelta::millis(80)));
  EXPECT_FALSE(subscription_.retransmit(track_, static_cast<uint16_t>(number - 1), rtt, now_)) << "never sent";
  EXPECT_EQ(subscription_.stats().drops.nack_unknown, 1u);
  run(200);  // the low stream's cache holds 128
  EXPECT_FALSE(subscription_.retransmit(track_, number, rtt, now_));
  EXPECT_EQ(subscription_.stats().drops.nack_gone, 1u);
  Track other({rtp::MediaKind::Video, 1});
  const uint16_t latest = receiver_.packets().rbegin()->second.sequence;
  subscription_.bind(other);
  EXPECT_FALSE(subscription_.retransmit(other, latest, rtt, now_)) << "the packets of another source are not these";
}

TEST_F(Simulcast, LateFirstPacketOfAKeyFrameStartsTheStream) {
  target(2, 2);
  const std::vector<TestPacket> key = streams_[2].frame(TimeDelta::zero());
  deliver(key[1]);
  deliver(key[2]);
  EXPECT_EQ(receiver_.size(), 0u);
  deliver(key[0]);
  EXPECT_EQ(receiver_.size(), 1u);
  for (const TestPacket& packet : streams_[2].frame(kFrame)) deliver(packet);
  const std::vector<uint16_t> missing = receiver_.missing();
  ASSERT_EQ(missing.size(), 2u) << "the rest of the key frame is missed, and asked for";
  for (const uint16_t number : missing) {
    const auto again = subscription_.retransmit(track_, number, TimeDelta::millis(50), now_);
    ASSERT_TRUE(again);
    receiver_.on_packet(*again);
  }
  EXPECT_EQ(receiver_.judge().frames, 2);
}

TEST_F(Simulcast, SenderReportFollowsTheLine) {
  EXPECT_FALSE(subscription_.sender_report(track_, now_));
  target(1, 2);
  run(10);
  EXPECT_FALSE(subscription_.sender_report(track_, now_)) << "the publisher has not reported";
  report_clocks();
  const auto report = subscription_.sender_report(track_, now_);
  ASSERT_TRUE(report);
  const auto& last = receiver_.packets().rbegin()->second;
  EXPECT_EQ(report->rtp_timestamp - last.timestamp, 2970u) << "the last frame was captured one frame ago";
  EXPECT_EQ(report->captured, now_);
  EXPECT_EQ(report->packet_count, receiver_.size());
  uint32_t octets = 0;
  for (const auto& [number, packet] : receiver_.packets()) octets += static_cast<uint32_t>(packet.payload.size());
  EXPECT_EQ(report->octet_count, octets);
  subscription_.set_target(track_, {}, now_);
  EXPECT_FALSE(subscription_.sender_report(track_, now_));
}

TEST(AudioSubscription, PassesAllAndKeepsTimeOverSourcesAndPauses) {
  Subscription subscription({rtp::MediaKind::Audio, 100, 5000});
  Timestamp now = Timestamp::from_us(1'000'000);
  Receiver receiver;
  std::vector<uint32_t> timestamps;
  const auto play = [&](Track& track, OpusStream& stream, int packets) {
    for (int i = 0; i < packets; ++i, now += TimeDelta::millis(20)) {
      const TestPacket packet = stream.packet();
      const MediaPacket* accepted = track.accept(0, packet.view(), packet.codec, now);
      ASSERT_TRUE(accepted);
      const auto out = subscription.forward(track, *accepted, now);
      if (!out) continue;
      EXPECT_EQ(out->extensions->audio_level->level, 30);
      timestamps.push_back(out->timestamp);
      receiver.on_packet(*out);
    }
  };
  Track first({rtp::MediaKind::Audio, 1});
  OpusStream first_stream(65500, 0xfffffff0);
  subscription.bind(first);
  play(first, first_stream, 50);
  EXPECT_EQ(timestamps.front(), 5000u);
  EXPECT_EQ(timestamps.back(), 5000u + 49 * 960);
  subscription.set_target(first, {}, now);
  play(first, first_stream, 10);
  EXPECT_EQ(timestamps.size(), 50u);
  subscription.set_target(first, {0, 0}, now);
  play(first, first_stream, 1);
  EXPECT_EQ(timestamps.back(), 5000u + 60 * 960) << "the pause took its time";
  Track second({rtp::MediaKind::Audio, 1});
  OpusStream second_stream(3, 12345);
  subscription.bind(second);
  EXPECT_EQ(subscription.wanted_keyframe(), std::nullopt);
  now += TimeDelta::millis(980);
  play(second, second_stream, 5);
  EXPECT_EQ(timestamps.back(), 5000u + (60 + 50 + 4) * 960);
  EXPECT_TRUE(receiver.missing().empty());
  EXPECT_EQ(receiver.packets().begin()->second.sequence, 100);
}

TEST(DependencyDescriptors, FrameNumbersGoOnOverSourcesAndNothingElseChanges) {
  Subscription subscription({rtp::MediaKind::Video, 0, 0});
  Timestamp now = Timestamp::from_us(1'000'000);
  std::optional<uint16_t> last;
  for (const uint16_t first_frame : {uint16_t{65530}, uint16_t{40'000}, uint16_t{7}}) {
    Track track({rtp::MediaKind::Video, 1});
    test::SvcStream stream({.structure = &test::kL1T3, .first_frame = first_frame});
    subscription.bind(track);
    subscription.set_target(track, LayerPoint::highest(), now);
    for (int i = 0; i < 20; ++i, now += kFrame) {
      for (const TestPacket& packet : stream.picture(kFrame * i)) {
        const auto out = subscription.forward(track, *track.accept(0, packet.view(), packet.codec, now), now);
        ASSERT_TRUE(out);
        std::vector<uint8_t> descriptor = test::keep(*out).descriptor;
        const uint16_t number = load_be16(&descriptor[1]);
        const bool starts = (descriptor[0] & 0x80) != 0;
        EXPECT_EQ(number, last ? static_cast<uint16_t>(*last + (starts ? 1 : 0)) : number);
        last = number;
        store_be16(&descriptor[1], load_be16(&packet.descriptor[1]));
        EXPECT_EQ(descriptor, packet.descriptor) << "the mask of decode targets and the structure above all";
      }
    }
  }
}

TEST(PaddingOnlyPackets, LeaveNoGap) {
  Track track({rtp::MediaKind::Video, 1});
  Subscription subscription({rtp::MediaKind::Video, 0, 0});
  subscription.bind(track);
  Timestamp now = Timestamp::from_us(1);
  subscription.set_target(track, {0, 3}, now);
  Vp8Stream stream({});
  Receiver receiver;
  uint16_t shift = 0;
  for (int i = 0; i < 40; ++i, now += kFrame) {
    for (TestPacket& packet : stream.frame(kFrame * i)) {
      packet.sequence = static_cast<uint16_t>(packet.sequence + shift);
      TestPacket padding = packet;
      padding.payload.clear();
      padding.sequence = static_cast<uint16_t>(packet.sequence + 1);
      ++shift;
      for (const TestPacket* each : {&packet, &padding}) {
        const MediaPacket* accepted = track.accept(0, each->view(), each->codec, now);
        ASSERT_TRUE(accepted);
        if (const auto out = subscription.forward(track, *accepted, now)) receiver.on_packet(*out);
      }
    }
  }
  expect_clean(receiver);
  EXPECT_EQ(receiver.judge().frames, 40);
}

}  // namespace
}  // namespace parley::sfu
