#include "sfu/layer_meter.hpp"

#include <gtest/gtest.h>

#include "sfu/test_svc.hpp"
#include "sfu/track.hpp"

namespace parley::sfu {
namespace {

Timestamp at_ms(int64_t ms) { return Timestamp::from_us(10'000'000 + ms * 1000); }

MediaPacket vp8(uint8_t layer, uint8_t temporal, int64_t ms) {
  MediaPacket packet;
  packet.codec = rtp::Codec::Vp8;
  packet.layer = layer;
  packet.arrival = at_ms(ms);
  packet.video.starts_frame = true;
  packet.video.temporal_id = temporal;
  return packet;
}
/// 40 pictures a second of `size` bytes, temporal pattern 0 2 1 2.
void feed(LayerMeter& meter, uint8_t layer, size_t size, int64_t from_ms, int64_t to_ms) {
  static constexpr uint8_t kPattern[] = {0, 2, 1, 2};
  for (int64_t ms = from_ms; ms < to_ms; ms += 25)
    meter.on_packet(vp8(layer, kPattern[ms / 25 % 4], ms), size, nullptr);
}

TEST(LayerMeter, MeasuresEachPointOfSimulcast) {
  LayerMeter meter(3);
  for (int64_t ms = 0; ms < 3000; ms += 25) {
    feed(meter, 0, 500, ms, ms + 25);
    feed(meter, 1, 2000, ms, ms + 25);
  }
  const LayerTable table = meter.table(at_ms(3000));
  EXPECT_EQ(table.spatial_count, 3);
  EXPECT_TRUE(table.spatial[0].active);
  EXPECT_TRUE(table.spatial[1].active);
  EXPECT_FALSE(table.spatial[2].active) << "never seen";
  EXPECT_EQ(table.spatial[0].temporal_count, 3);
  EXPECT_NEAR(table.spatial[0].rate[0].kbps(), 40, 6);
  EXPECT_NEAR(table.spatial[0].rate[1].kbps(), 80, 10);
  EXPECT_NEAR(table.spatial[0].rate[2].kbps(), 160, 16);
  EXPECT_EQ(table.spatial[0].rate[3], table.spatial[0].rate[2]);
  EXPECT_NEAR(table.spatial[1].rate[2].kbps(), 640, 64) << "alone: streams do not add up";
  EXPECT_NEAR(table.spatial[1].frame_rate, 40, 4);
}

TEST(LayerMeter, TheRateOfANewLayerIsThereSoon) {
  LayerMeter meter(1);
  feed(meter, 0, 1000, 0, 400);
  EXPECT_NEAR(meter.table(at_ms(400)).spatial[0].rate[2].kbps(), 320, 40);
}

TEST(LayerMeter, AStoppedLayerIsInactiveWhileOthersGoOn) {
  LayerMeter meter(2);
  for (int64_t ms = 0; ms < 1000; ms += 25) {
    feed(meter, 0, 500, ms, ms + 25);
    feed(meter, 1, 500, ms, ms + 25);
  }
  feed(meter, 0, 500, 1000, 1600);
  EXPECT_TRUE(meter.active(0, at_ms(1600)));
  EXPECT_FALSE(meter.active(1, at_ms(1600)));
}

TEST(LayerMeter, ARestingTrackKeepsItsLayersAndRates) {
  LayerMeter meter(2);
  for (int64_t ms = 0; ms < 2000; ms += 25) {
    feed(meter, 0, 500, ms, ms + 25);
    feed(meter, 1, 1500, ms, ms + 25);
  }
  const LayerTable before = meter.table(at_ms(2000));
  const LayerTable after = meter.table(at_ms(60'000));
  EXPECT_TRUE(after.spatial[0].active && after.spatial[1].active);
  EXPECT_EQ(after.spatial[1].rate[2], before.spatial[1].rate[2]);
}

TEST(LayerMeter, SlowScreensAreNotTakenForStopped) {
  LayerMeter meter(2);
  for (int64_t ms = 0; ms < 8000; ms += 800) {
    meter.on_packet(vp8(0, 0, ms), 500, nullptr);
    meter.on_packet(vp8(1, 0, ms + 5), 500, nullptr);
  }
  meter.on_packet(vp8(0, 0, 8000), 500, nullptr);
  EXPECT_TRUE(meter.active(1, at_ms(8001))) << "its picture is 800 ms old, as usual";
  for (int64_t ms = 8800; ms < 12'000; ms += 800) meter.on_packet(vp8(0, 0, ms), 500, nullptr);
  EXPECT_FALSE(meter.active(1, at_ms(12'000)));
}

TEST(LayerMeter, ScalableStreamsAreMeasuredByDecodeTarget) {
  Track track({rtp::MediaKind::Video, 1});
  test::SvcStream stream({.structure = &test::kL2T2Key});
  for (int64_t i = 0; i < 100; ++i) {
    for (const test::TestPacket& packet : stream.picture(TimeDelta::millis(i * 25))) {
      track.accept(0, packet.view(), packet.codec, at_ms(i * 25));
    }
  }
  const LayerTable table = track.layers(at_ms(2500));
  ASSERT_EQ(table.spatial_count, 2);
  EXPECT_EQ(table.spatial[0].temporal_count, 2);
  EXPECT_TRUE(table.spatial[1].active);
  const auto low = static_cast<double>(table.spatial[0].rate[1].bps());
  EXPECT_NEAR(static_cast<double>(table.spatial[1].rate[1].bps()) / low, 1.0, 0.1) << "K-SVC: the lower is not needed";
  EXPECT_NEAR(static_cast<double>(table.spatial[0].rate[0].bps()) / low, 0.5, 0.1);
}

TEST(LayerMeter, Vp9LayersAddUpAndTellTheirSizes) {
  LayerMeter meter(1);
  for (int64_t ms = 0; ms < 2000; ms += 25) {
    for (uint8_t spatial = 0; spatial < 3; ++spatial) {
      MediaPacket packet = vp8(0, 0, ms);
      packet.codec = rtp::Codec::Vp9;
      packet.video.spatial_id = spatial;
      if (ms == 0 && spatial == 0) packet.video.layer_sizes = {{320, 180}, {640, 360}, {1280, 720}};
      meter.on_packet(packet, 1000, nullptr);
    }
  }
  const LayerTable table = meter.table(at_ms(2000));
  ASSERT_EQ(table.spatial_count, 3);
  EXPECT_NEAR(table.spatial[0].rate[0].kbps(), 320, 32);
  EXPECT_NEAR(table.spatial[2].rate[0].kbps(), 960, 96);
  EXPECT_EQ(table.spatial[1].width, 640);
  EXPECT_EQ(table.spatial[2].height, 720);
}

}  // namespace
}  // namespace parley::sfu
