#include <gtest/gtest.h>

#include <algorithm>

#include "world.hpp"

namespace parley::sim {
namespace {

constexpr TimeDelta kSecond = TimeDelta::seconds(1);

struct Path {
  double loss;
  int delay_ms;
  double decoded_share;  ///< of the frames that the publisher made
  uint64_t max_plis;     ///< that the publisher got in half a minute
};
void PrintTo(const Path& p, std::ostream* out) { *out << p.loss * 100 << "% " << p.delay_ms << " ms"; }
class LossyMeeting : public testing::TestWithParam<Path> {};

// One publisher to two receivers, all three paths lossy both ways, with jitter that reorders. The receivers give no
// transport feedback: an estimator takes 10 % loss for congestion, and here repair is tested, not bandwidth.
TEST_P(LossyMeeting, FramesAreRepaired) {
  const Path& tested = GetParam();
  World world(100 + static_cast<uint64_t>(tested.delay_ms));
  const Network network = symmetric({.delay = TimeDelta::millis(tested.delay_ms),
                                     .jitter = TimeDelta::millis(10),
                                     .loss = tested.loss,
                                     .duplicate = 0.01});
  auto& publisher = world.join({.rids = {}}, network);
  world.enable(publisher);
  publisher.client->publish(kAudioLine, {.number = 1, .codec = rtp::Codec::Opus});
  const Source& camera = publisher.client->publish(
      kVideoLine, {.number = 2, .codec = rtp::Codec::Vp8, .packets_per_frame = {3}, .packet_size = 400});
  std::vector<World::Member*> receivers;
  for (int i = 0; i < 2; ++i) {
    auto& receiver = *receivers.emplace_back(&world.join({.transport_cc = false}, network));
    world.seat(receiver, 0, publisher);
    receiver.client->watch(seat_audio(0), rtp::Codec::Opus);
    receiver.client->watch(seat_video(0), rtp::Codec::Vp8);
  }
  world.run(kSecond * 30);
  for (World::Member* receiver : receivers) {
    const Sink& video = receiver->client->sink(seat_video(0));
    const double seconds = (world.now() - video.stats().first_decoded).seconds_f();
    const double share = static_cast<double>(video.stats().decoded) / (seconds * 29.4);
    EXPECT_GE(share, tested.decoded_share);
    EXPECT_EQ(video.stats().timestamp_jumps, 0u);
    EXPECT_EQ(video.stats().malformed, 0u);
    EXPECT_LT(video.stats().longest_freeze, kSecond * 2);
    RecordProperty("decoded_percent", static_cast<int>(share * 100));
    RecordProperty("repaired", static_cast<int>(video.stats().repaired));
    RecordProperty("skipped", static_cast<int>(video.stats().skipped));
  }
  EXPECT_LE(publisher.client->stats().plis_received, tested.max_plis);
  EXPECT_LE(camera.key_frames(0), tested.max_plis + 1);
  RecordProperty("plis", static_cast<int>(publisher.client->stats().plis_received));
}

INSTANTIATE_TEST_SUITE_P(Paths, LossyMeeting,
                         testing::Values(Path{0.01, 20, 0.99, 4}, Path{0.01, 100, 0.99, 4}, Path{0.05, 20, 0.98, 6},
                                         Path{0.05, 50, 0.98, 6}, Path{0.05, 100, 0.95, 8}, Path{0.10, 20, 0.95, 10},
                                         Path{0.10, 100, 0.85, 20}));

}  // namespace
}  // namespace parley::sim
