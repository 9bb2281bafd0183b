#include "sfu/speech_activity.hpp"

#include <algorithm>
#include <cmath>

namespace parley::sfu {
namespace {

/// Section 3.1 of the paper: N1 sub-units make a tick of the immediate scale. Here they measure how far the level
/// stands above the background.
constexpr uint8_t kSubUnits = 13;
/// A tick counts as active from so many sub-units, and a medium block from so many active ticks.
constexpr uint8_t kActiveUnits = 8;
constexpr size_t kActiveTicks = 4;
/// Sub-units begin this far above the background, and are this high: a tick is active at 14 dB over it.
constexpr double kMarginDb = 4;
constexpr double kUnitDb = 1.25;

/// The background follows a falling level at once and a rising one slowly, since speech has pauses and noise has not.
/// It stays between -60 dBov (quieter is silence anyway) and -40 dBov (so that steady loud speech always counts).
constexpr double kMinFloor = 127 - 60;
constexpr double kMaxFloor = 127 - 40;
constexpr double kRisePerTick = 0.5 / 50;  // 0.5 dB a second

/// Packets may hold 60 ms (RFC 7587): their level stands for the ticks that follow, too.
constexpr int64_t kHoldTicks = 2;
/// Medium blocks with speech in the last second that make a track "voiced": 200 ms, longer than a knock or a cough.
constexpr size_t kVoicedBlocks = 2;

/// Section 3.2: logarithm of the likelihood ratio of speech (exponential in the number v of active units of N) over
/// noise (binomial). `lambda` as tuned for each scale there.
double score(size_t active, size_t total, double lambda) {
  constexpr double kMinScore = 1e-10;  // the comparison takes logarithms of ratios
  const auto v = static_cast<double>(active);
  const auto n = static_cast<double>(total);
  const double ways = std::lgamma(n + 1) - std::lgamma(v + 1) - std::lgamma(n - v + 1);
  const double value = ways + n * std::log(0.5) - std::log(lambda) + lambda * v;
  return std::max(value, kMinScore);
}
constexpr double kImmediateLambda = 0.78;
constexpr double kMediumLambda = 24;
constexpr double kLongLambda = 47;

}  // namespace

SpeechActivity::SpeechActivity() : floor_(kMinFloor) {}

void SpeechActivity::on_level(rtp::AudioLevel level, Timestamp now) {
  advance(now);
  const auto loudness = static_cast<uint8_t>(127 - level.level);
  pending_ = std::max(pending_, loudness);
  last_ = loudness;
  held_ = 0;
}

SpeechScores SpeechActivity::scores(Timestamp now) {
  advance(now);
  const size_t newest = (head_ + kTicks - 1) % kTicks;
  return {score(units_[newest], kSubUnits, kImmediateLambda), score(active_ticks(0), kMediumTicks, kMediumLambda),
          score(active_blocks(), kLongBlocks, kLongLambda)};
}

uint8_t SpeechActivity::mean_level(Timestamp now) {
  advance(now);
  unsigned sum = 0;
  for (const uint8_t loudness : loudness_) sum += loudness;
  return static_cast<uint8_t>(127 - sum / kTicks);
}

bool SpeechActivity::voiced(Timestamp now) {
  advance(now);
  return active_blocks() >= kVoicedBlocks;
}

// Closes the ticks that are over. A tick without a packet has the level of the last one for a while, then silence.
void SpeechActivity::advance(Timestamp now) {
  const int64_t tick = now.us() / kTick.us();
  if (!started_) tick_ = tick;
  started_ = true;
  if (tick - tick_ > static_cast<int64_t>(kTicks)) {  // all that was heard is out of the window
    tick_ = tick - static_cast<int64_t>(kTicks);
    pending_ = 0;
    held_ = kHoldTicks;
  }
  for (; tick_ < tick; ++tick_) {
    if (pending_ == 0 && held_ < kHoldTicks) {
      ++held_;
      pending_ = last_;
    }
    push_tick(pending_);
    pending_ = 0;
  }
}

void SpeechActivity::push_tick(uint8_t loudness) {
  if (loudness > 0) {
    const double rising = floor_ + kRisePerTick;
    floor_ = std::clamp(std::min<double>(loudness, rising), kMinFloor, kMaxFloor);
  }
  loudness_[head_] = loudness;
  units_[head_] = units(loudness);
  head_ = (head_ + 1) % kTicks;
}

uint8_t SpeechActivity::units(uint8_t loudness) const {
  const double above = (loudness - floor_ - kMarginDb) / kUnitDb;
  return static_cast<uint8_t>(std::clamp<double>(above, 0, kSubUnits));
}

// Block 0 is the latest.
size_t SpeechActivity::active_ticks(size_t block) const {
  size_t count = 0;
  for (size_t i = 1; i <= kMediumTicks; ++i) {
    count += units_[(head_ + kTicks - block * kMediumTicks - i) % kTicks] >= kActiveUnits;
  }
  return count;
}

size_t SpeechActivity::active_blocks() const {
  size_t count = 0;
  for (size_t block = 0; block < kLongBlocks; ++block) count += active_ticks(block) >= kActiveTicks;
  return count;
}

}  // namespace parley::sfu
