#include "cc/rate_window.hpp"

#include <gtest/gtest.h>

namespace parley::cc {
namespace {

Timestamp at_ms(int64_t ms) { return Timestamp::from_us(1'000'000'000 + ms * 1000); }

TEST(RateWindow, MeasuresTheLastSecond) {
  RateWindow window;
  EXPECT_EQ(window.rate(at_ms(0)), DataRate::zero());
  for (int64_t ms = 0; ms < 5000; ms += 10) window.add(DataSize::bytes(1250), at_ms(ms));
  EXPECT_NEAR(window.rate(at_ms(4999)).kbps(), 1000, 20);
  for (int64_t ms = 5000; ms < 7000; ms += 10) window.add(DataSize::bytes(125), at_ms(ms));
  EXPECT_NEAR(window.rate(at_ms(6999)).kbps(), 100, 2);
}

TEST(RateWindow, ForgetsWhatIsOlder) {
  RateWindow window;
  window.add(DataSize::bytes(10'000), at_ms(0));
  EXPECT_GT(window.rate(at_ms(900)), DataRate::zero());
  EXPECT_EQ(window.rate(at_ms(1000)), DataRate::zero());
  window.add(DataSize::bytes(1000), at_ms(100'000));
  EXPECT_LE(window.rate(at_ms(100'000)).kbps(), 80);
}

TEST(RateWindow, AYoungWindowIsNotDiluted) {
  RateWindow window;
  for (int64_t ms = 0; ms < 300; ms += 10) window.add(DataSize::bytes(1250), at_ms(ms));
  EXPECT_NEAR(window.rate(at_ms(300)).kbps(), 1000, 50);
}

}  // namespace
}  // namespace parley::cc
