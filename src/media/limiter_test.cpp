#include "media/limiter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/rng.hpp"

namespace parley::media {
namespace {

constexpr size_t kLag = 2 * Limiter::kLookAhead;

std::vector<float> tone(double hertz, float level, size_t frames) {
  std::vector<float> out;
  for (size_t i = 0; i < frames; ++i) {
    const double phase = 2 * std::numbers::pi * hertz * static_cast<double>(i) / 48000;
    out.insert(out.end(), 2, static_cast<float>(std::sin(phase)) * level);
  }
  return out;
}

std::vector<float> limited(std::vector<float> in) {
  Limiter limiter;
  in.resize(in.size() + kLag, 0.0F);
  std::vector<float> out(in.size());
  limiter.process(in, out);
  return {out.begin() + kLag, out.end()};
}

TEST(Limiter, PassesWhatIsBelowTheCeilingUnchanged) {
  const std::vector<float> in = tone(440, 0.96F, 9600);
  EXPECT_EQ(limited(in), in);
}

TEST(Limiter, NeverExceedsTheCeiling) {
  Rng rng(5);
  std::vector<float> in;
  for (int i = 0; i < 48000; ++i) {
    const double level = rng.chance(0.001) ? 30 : rng.unit() * 2;  // noise with single huge peaks
    in.insert(in.end(), {static_cast<float>((rng.unit() * 2 - 1) * level), static_cast<float>(rng.unit() * level)});
  }
  for (const float s : limited(in)) ASSERT_LE(std::fabs(s), Limiter::kCeiling);
}

TEST(Limiter, ScalesAToneRatherThanClippingIt) {
  const std::vector<float> in = tone(1000, 2.0F, 48000);
  const std::vector<float> out = limited(in);
  // After the first moments the gain stands still: every sample is the same fraction of what it was.
  for (size_t i = 20'000; i < out.size(); i += 2) {
    ASSERT_NEAR(out[i], in[i] * Limiter::kCeiling / 2, 0.01);
  }
}

TEST(Limiter, TurnsDownBeforeAPeakWithoutAStep) {
  std::vector<float> in = tone(200, 0.5F, 4800);
  std::fill_n(in.begin() + 2 * 2400, 2 * 480, 3.0F);
  const std::vector<float> out = limited(in);
  float before = 1;
  for (size_t i = 0; i < 2 * 2400; i += 2) {
    if (std::fabs(in[i]) < 0.1F) continue;
    const float gain = out[i] / in[i];
    EXPECT_LE(gain, before + 1e-4F);
    EXPECT_GT(gain, before - 0.05F);  // no jump, with a few samples in between
    before = gain;
  }
  EXPECT_LT(before, 0.4F);
}

TEST(Limiter, ComesBackToFullLevel) {
  std::vector<float> in = tone(440, 2.0F, 4800);
  const std::vector<float> quiet = tone(440, 0.5F, 96000);
  in.insert(in.end(), quiet.begin(), quiet.end());
  const std::vector<float> out = limited(in);
  EXPECT_TRUE(std::equal(out.end() - 4800, out.end(), in.end() - 4800));
}

}  // namespace
}  // namespace parley::media
