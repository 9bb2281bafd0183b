#include "sfu/layer_clock.hpp"

#include <gtest/gtest.h>

namespace parley::sfu {
namespace {

using rtp::rtcp::NtpTime;

constexpr int64_t kNtpStart = 3'900'000'000'000'000;  // us since 1900, on the publisher

Timestamp at_ms(int64_t ms) { return Timestamp::from_us(ms * 1000); }
NtpTime ntp_ms(int64_t ms) { return NtpTime::from_us(kNtpStart + ms * 1000); }

TEST(PublisherClock, OneOffsetForAllReportsOfAConnection) {
  PublisherClock clock;
  EXPECT_EQ(clock.to_server(ntp_ms(0), at_ms(1000)).ms(), 1000);
  // The video's report takes 60 ms longer through the network: the distance in capture time is what counts.
  EXPECT_EQ(clock.to_server(ntp_ms(100), at_ms(1160)).ms(), 1100);
  EXPECT_EQ(clock.to_server(ntp_ms(5000), at_ms(5950)).ms(), 6000);
}

TEST(PublisherClock, FollowsAClockThatWasStepped) {
  PublisherClock clock;
  clock.to_server(ntp_ms(0), at_ms(1000));
  EXPECT_EQ(clock.to_server(ntp_ms(3'600'000), at_ms(2000)).ms(), 2000) << "an hour ahead";
  EXPECT_EQ(clock.to_server(ntp_ms(3'601'000), at_ms(3010)).ms(), 3000);
  EXPECT_EQ(clock.to_server(ntp_ms(0), at_ms(4000)).ms(), 4000) << "and back";
}

TEST(PublisherClock, DriftIsFollowedOnlyBeyondTheLimit) {
  PublisherClock clock;
  clock.to_server(ntp_ms(0), at_ms(0));
  EXPECT_EQ(clock.to_server(ntp_ms(1000), at_ms(1200)).ms(), 1000);
  EXPECT_EQ(clock.to_server(ntp_ms(2000), at_ms(2201)).ms(), 2201);
}

TEST(LayerClock, TellsTheTimestampOfAnInstantOverTheWrap) {
  const LayerClock clock{0xffffff00, at_ms(500)};
  EXPECT_EQ(clock.rtp_time(at_ms(500), 90000), 0xffffff00u);
  EXPECT_EQ(clock.rtp_time(at_ms(1500), 90000), 0xffffff00u + 90000u);
  EXPECT_EQ(clock.rtp_time(at_ms(480), 48000), 0xffffff00u - 960u);
}

TEST(LayerClock, TranslatesToAndFro) {
  const LayerClock low{5000, Timestamp::from_us(100'001)};
  const LayerClock high{0xfffffff0, Timestamp::from_us(333'333)};
  EXPECT_EQ(low.translate(5000 + 20'999, high, 90000), 0xfffffff0u) << "233332 us later";
  for (uint32_t timestamp = 0; timestamp < 100'000; timestamp += 7777) {
    EXPECT_EQ(high.translate(low.translate(timestamp, high, 90000), low, 90000), timestamp);
  }
}

}  // namespace
}  // namespace parley::sfu
