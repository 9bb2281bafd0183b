#include "sfu/dependency_selector.hpp"

#include <gtest/gtest.h>

#include <string>

#include "sfu/test_svc.hpp"
#include "sfu/track.hpp"

namespace parley::sfu {
namespace {

using test::Structure;
using test::SvcStream;

/// Feeds a stream through a track (which reads the descriptors) into a selector.
class Feed {
 public:
  explicit Feed(const Structure& structure) : stream_({.structure = &structure, .first_frame = 65500}) {}

  SvcStream& stream() { return stream_; }
  DependencySelector& selector() { return selector_; }
  /// The next picture: which of its frames are sent, as "S0T1 ..." in order; '!' where the picture ends.
  std::string picture(LayerPoint limit) {
    std::string out;
    for (const test::TestPacket& packet : stream_.picture(TimeDelta::millis(33 * ++pictures_))) {
      const MediaPacket* accepted =
          track_.accept(0, packet.view(), packet.codec, Timestamp::from_us(pictures_ * 33'000));
      EXPECT_TRUE(accepted && accepted->has_dependencies);
      const bool sent = selector_.choose(*accepted, limit, *track_.structure(0));
      if (!sent || accepted->dependencies.starts_frame) continue;
      out += (out.empty() ? "S" : " S") + std::to_string(accepted->spatial_id());
      out += "T" + std::to_string(accepted->temporal_id());
      if (selector_.ends_picture(*accepted)) out += '!';
    }
    return out;
  }

 private:
  Track track_{{rtp::MediaKind::Video, 1}};
  SvcStream stream_;
  DependencySelector selector_;
  int64_t pictures_ = 0;
};

constexpr LayerPoint kAll = LayerPoint::highest();

TEST(DependencySelector, KSvcSendsTheLowerLayerAtKeyPicturesOnly) {
  Feed feed(test::kL2T2Key);
  EXPECT_EQ(feed.picture(kAll), "S0T0 S1T0!");
  EXPECT_EQ(feed.picture(kAll), "S1T1!");
  EXPECT_EQ(feed.picture(kAll), "S1T0!");
  EXPECT_EQ(feed.selector().current(), (LayerPoint{1, 1}));
  EXPECT_FALSE(feed.selector().needs_keyframe());
}

TEST(DependencySelector, KSvcChangesSpatiallyAtKeyPicturesOnly) {
  Feed feed(test::kL2T2Key);
  EXPECT_EQ(feed.picture({0, 1}), "S0T0!");
  EXPECT_EQ(feed.picture({0, 1}), "S0T1!");
  EXPECT_EQ(feed.picture(kAll), "S0T0!");
  EXPECT_TRUE(feed.selector().needs_keyframe()) << "up";
  feed.stream().request_keyframe();
  EXPECT_EQ(feed.picture(kAll), "S0T0 S1T0!");
  EXPECT_EQ(feed.picture({0, 1}), "S0T1!") << "right behind a key picture both layers can be gone on with";
  feed.stream().request_keyframe();
  EXPECT_EQ(feed.picture(kAll), "S0T0 S1T0!");
  EXPECT_EQ(feed.picture(kAll), "S1T1!");
  EXPECT_EQ(feed.picture(kAll), "S1T0!");
  EXPECT_EQ(feed.picture({0, 1}), "S1T1!") << "down: the lower layer cannot be joined, so the upper goes on";
  EXPECT_TRUE(feed.selector().needs_keyframe());
  feed.stream().request_keyframe();
  EXPECT_EQ(feed.picture({0, 1}), "S0T0!");
  EXPECT_FALSE(feed.selector().needs_keyframe());
}

TEST(DependencySelector, FullSvcGoesDownAtOnceAndUpAtAKeyPicture) {
  Feed feed(test::kL3T1);
  EXPECT_EQ(feed.picture(kAll), "S0T0 S1T0 S2T0!");
  EXPECT_EQ(feed.picture({1, 0}), "S0T0 S1T0!");
  EXPECT_FALSE(feed.selector().needs_keyframe());
  EXPECT_EQ(feed.picture({0, 0}), "S0T0!");
  EXPECT_EQ(feed.picture(kAll), "S0T0!");
  EXPECT_TRUE(feed.selector().needs_keyframe());
  feed.stream().request_keyframe();
  EXPECT_EQ(feed.picture(kAll), "S0T0 S1T0 S2T0!");
}

TEST(DependencySelector, TemporalLayersNeedNoKeyPicture) {
  Feed feed(test::kL1T3);
  EXPECT_EQ(feed.picture({2, 0}), "S0T0!");
  EXPECT_EQ(feed.picture({2, 0}), "");
  EXPECT_EQ(feed.picture({2, 0}), "");
  EXPECT_EQ(feed.picture({2, 3}), "") << "this T2 needs the T1 that was left out";
  EXPECT_EQ(feed.picture({2, 3}), "S0T0!");
  EXPECT_EQ(feed.picture({2, 3}), "S0T2!");
  EXPECT_EQ(feed.picture({2, 3}), "S0T1!");
  EXPECT_FALSE(feed.selector().needs_keyframe());
}

TEST(DependencySelector, TargetsThatAreNoLongerProducedAreNotWaitedFor) {
  Feed feed(test::kL2T2Key);
  EXPECT_EQ(feed.picture({0, 1}), "S0T0!");
  feed.stream().set_active_targets(0b0011);
  EXPECT_EQ(feed.picture(kAll), "S0T1!");
  EXPECT_FALSE(feed.selector().needs_keyframe()) << "the publisher has stopped the upper layer";
  feed.stream().set_active_targets(0b1111);
  feed.picture(kAll);
  EXPECT_TRUE(feed.selector().needs_keyframe());
}

TEST(DependencySelector, FramesOlderThanItsMemoryAreNotSent) {
  Feed feed(test::kL1T3);
  for (size_t i = 0; i <= DependencySelector::kFrames; ++i) feed.picture(kAll);
  MediaPacket late;
  late.has_dependencies = true;
  late.dependencies.frame_number = 65500;  // the first
  late.dependencies.indications = 0b101010;
  rtp::DependencyStructure structure;
  EXPECT_FALSE(feed.selector().choose(late, kAll, structure));
  late.dependencies.frame_number = 65500 + static_cast<int64_t>(DependencySelector::kFrames) / 2;
  EXPECT_TRUE(feed.selector().choose(late, kAll, structure)) << "decided once, and sent";
}

}  // namespace
}  // namespace parley::sfu
