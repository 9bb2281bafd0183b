#include "sfu/layer_selector.hpp"

#include <gtest/gtest.h>

#include "sfu/test_stream.hpp"
#include "sfu/test_svc.hpp"
#include "sfu/track.hpp"

namespace parley::sfu {
namespace {

using rtp::Codec;

/// Single packets of single-packet frames into a selector: `key` and delta frames of any layer at any time.
class SimulcastSelector : public ::testing::Test {
 protected:
  Choice give(uint8_t layer, bool key, Codec codec = Codec::Vp8) {
    test::TestPacket packet{.layer = layer, .codec = codec, .sequence = ++sequence_[layer], .marker = true};
    packet.timestamp = static_cast<uint32_t>(now_.ms() * 90);
    packet.payload = codec == Codec::Vp8 ? test::vp8_payload({.key = key})
                                         : std::vector<uint8_t>{static_cast<uint8_t>(key ? 0x67 : 0x61), 0x42, 0, 0x1f};
    const MediaPacket* accepted = track_.accept(layer, packet.view(), codec, now_);
    return selector_.choose(track_, *accepted, now_);
  }
  void wait(int64_t ms) { now_ += TimeDelta::millis(ms); }
  void target(int8_t spatial) { selector_.set_target(track_, {spatial, 2}, now_); }

  Timestamp now_ = Timestamp::from_us(1'000'000);
  Track track_{{rtp::MediaKind::Video, 3}};
  LayerSelector selector_{rtp::MediaKind::Video};
  uint16_t sequence_[3] = {10, 10, 10};
};

TEST_F(SimulcastSelector, WithoutATargetNothingIsWanted) {
  EXPECT_FALSE(give(0, true).send);
  EXPECT_FALSE(selector_.wanted_keyframe());
}

TEST_F(SimulcastSelector, SwitchesAtTheKeyFrameOfTheGoalOnly) {
  for (uint8_t layer : {0, 1, 2}) give(layer, false);
  target(1);
  EXPECT_EQ(selector_.wanted_keyframe(), 1);
  EXPECT_FALSE(give(0, true).send) << "the goal is alive and will answer";
  const Choice begins = give(1, true);
  EXPECT_TRUE(begins.send && begins.begins);
  EXPECT_FALSE(selector_.wanted_keyframe());
  target(2);
  EXPECT_EQ(selector_.wanted_keyframe(), 2);
  EXPECT_TRUE(give(1, false).send) << "goes on meanwhile";
  EXPECT_FALSE(give(2, false).send);
  EXPECT_TRUE(give(2, true).begins);
  EXPECT_FALSE(give(1, true).send);
  target(0);
  EXPECT_TRUE(give(2, false).send) << "down at a key frame, too";
  EXPECT_TRUE(give(0, true).begins);
  EXPECT_EQ(selector_.current(track_).spatial, 0);
}

TEST_F(SimulcastSelector, AStreamBetweenIsTakenWhenPatienceEnds) {
  for (uint8_t layer : {0, 1, 2}) give(layer, false);
  target(0);
  give(0, true);
  target(2);
  EXPECT_FALSE(give(1, true).send);
  wait(400);
  for (uint8_t layer : {0, 2}) give(layer, false);
  EXPECT_FALSE(give(1, true).send);
  wait(100);
  for (uint8_t layer : {0, 2}) give(layer, false);
  EXPECT_TRUE(give(1, true).begins);
  EXPECT_EQ(selector_.wanted_keyframe(), 2) << "still on the way up";
  EXPECT_TRUE(give(2, true).begins);
}

TEST_F(SimulcastSelector, AStoppedStreamIsLeft) {
  for (uint8_t layer : {0, 1, 2}) give(layer, false);
  target(2);
  give(2, true);
  for (int i = 0; i < 16; ++i) {
    wait(33);
    for (uint8_t layer : {0, 1}) give(layer, false);
  }
  EXPECT_EQ(selector_.wanted_keyframe(), 1) << "528 ms without a packet: the best one alive is the goal";
  EXPECT_TRUE(give(1, true).begins);
  EXPECT_FALSE(selector_.wanted_keyframe());
  give(2, false);
  give(1, false);
  EXPECT_EQ(selector_.wanted_keyframe(), 2) << "it is back";
}

TEST_F(SimulcastSelector, ATargetThatIsNotSentIsReplacedByTheNearest) {
  give(1, false);
  target(2);
  EXPECT_EQ(selector_.wanted_keyframe(), 1);
  target(0);
  EXPECT_EQ(selector_.wanted_keyframe(), 1) << "nothing smaller is sent";
  give(0, false);
  EXPECT_EQ(selector_.wanted_keyframe(), 0);
}

TEST_F(SimulcastSelector, AnotherCodecNeedsAKeyFrame) {
  give(0, false);
  target(0);
  EXPECT_TRUE(give(0, true).begins);
  EXPECT_FALSE(give(0, false, Codec::H264).send);
  EXPECT_EQ(selector_.wanted_keyframe(), 0);
  EXPECT_TRUE(give(0, true, Codec::H264).begins);
  EXPECT_TRUE(give(0, false, Codec::H264).send);
}

TEST_F(SimulcastSelector, AKeyFrameFarBehindIsNoPlaceToBegin) {
  for (int i = 0; i < 100; ++i) give(0, false);
  target(0);
  const uint16_t newest = sequence_[0];
  sequence_[0] = static_cast<uint16_t>(newest - LayerSelector::kMaxLateStart - 20);
  test::TestPacket late{.layer = 0, .sequence = 3, .timestamp = 1};
  late.payload = test::vp8_payload({.key = true});
  EXPECT_FALSE(selector_.choose(track_, *track_.accept(0, late.view(), Codec::Vp8, now_), now_).send);
  sequence_[0] = newest;
  EXPECT_TRUE(give(0, true).begins);
}

TEST(SvcSelector, Vp9WithoutDescriptorsAsksForAKeyPictureToRise) {
  Track track({rtp::MediaKind::Video, 1});
  LayerSelector selector(rtp::MediaKind::Video);
  Timestamp now = Timestamp::from_us(1'000'000);
  uint16_t sequence = 0;
  // Sends a picture of three spatial layers; tells how many were chosen, and whether the last of them has the marker.
  const auto picture = [&](bool key) {
    now += TimeDelta::millis(33);
    std::pair<int, bool> sent{0, false};
    for (uint8_t spatial = 0; spatial < 3; ++spatial) {
      test::TestPacket packet{.codec = Codec::Vp9, .sequence = ++sequence, .marker = spatial == 2};
      packet.timestamp = static_cast<uint32_t>(now.ms() * 90);
      packet.payload = test::vp9_payload({.inter_picture = !key, .inter_layer = spatial > 0, .spatial = spatial});
      const Choice choice = selector.choose(track, *track.accept(0, packet.view(), Codec::Vp9, now), now);
      if (choice.send) sent = {sent.first + 1, choice.marker};
    }
    return sent;
  };
  picture(true);
  selector.set_target(track, {0, 3}, now);
  EXPECT_EQ(selector.wanted_keyframe(), 0);
  EXPECT_EQ(picture(true), (std::pair{1, true}));
  EXPECT_FALSE(selector.wanted_keyframe());
  selector.set_target(track, {2, 3}, now);
  EXPECT_EQ(picture(false), (std::pair{1, true}));
  EXPECT_EQ(selector.wanted_keyframe(), 0) << "the only stream";
  EXPECT_EQ(picture(true), (std::pair{3, true}));
  EXPECT_FALSE(selector.wanted_keyframe());
  EXPECT_EQ(selector.current(track), (LayerPoint{2, 3}));
  selector.set_target(track, {1, 3}, now);
  EXPECT_EQ(picture(false), (std::pair{2, true})) << "down at once";
}

TEST(SvcSelector, DescriptorsChooseAndMark) {
  Track track({rtp::MediaKind::Video, 1});
  LayerSelector selector(rtp::MediaKind::Video);
  test::SvcStream stream({.structure = &test::kL3T1});
  Timestamp now = Timestamp::from_us(1'000'000);
  const auto picture = [&] {
    now += TimeDelta::millis(33);
    std::pair<int, bool> sent{0, false};
    for (const test::TestPacket& packet : stream.picture(now - Timestamp())) {
      const Choice choice = selector.choose(track, *track.accept(0, packet.view(), packet.codec, now), now);
      if (choice.send) sent = {sent.first + 1, choice.marker};
    }
    return sent;
  };
  selector.set_target(track, {1, 3}, now);
  EXPECT_EQ(picture(), (std::pair{4, true}));
  EXPECT_EQ(picture(), (std::pair{4, true}));
  EXPECT_EQ(selector.current(track), (LayerPoint{1, 0}));
  selector.set_target(track, {2, 3}, now);
  picture();
  EXPECT_EQ(selector.wanted_keyframe(), 0);
  stream.request_keyframe();
  EXPECT_EQ(picture(), (std::pair{6, true}));
  EXPECT_FALSE(selector.wanted_keyframe());
}

}  // namespace
}  // namespace parley::sfu
