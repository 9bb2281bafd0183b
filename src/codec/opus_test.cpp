#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/rng.hpp"
#include "codec/opus_decoder.hpp"
#include "codec/opus_encoder.hpp"

namespace parley::codec {
namespace {

constexpr size_t kFrames = 960;  // 20 ms
Timestamp at(int packet) { return Timestamp::from_us(1'000'000 + int64_t{packet} * 20'000); }

/// A tone on each channel, packet `n` of it.
frame::Sound tone(int n, int channels, double left_hz, double right_hz = 0) {
  frame::Sound sound{.channels = channels};
  for (size_t i = 0; i < kFrames; ++i) {
    const double seconds = (static_cast<double>(n) * kFrames + static_cast<double>(i)) / frame::kSampleRate;
    for (int channel = 0; channel < channels; ++channel) {
      const double hz = channel == 0 ? left_hz : right_hz;
      sound.samples.push_back(static_cast<int16_t>(8000 * std::sin(2 * std::numbers::pi * hz * seconds)));
    }
  }
  return sound;
}

frame::Sound silence(int channels) { return {channels, std::vector<int16_t>(kFrames * static_cast<size_t>(channels))}; }

void append(frame::Sound& all, const frame::Sound& more) {
  all.samples.insert(all.samples.end(), more.samples.begin(), more.samples.end());
}

double energy(const frame::Sound& sound, int channel = 0) {
  double sum = 0;
  for (size_t i = static_cast<size_t>(channel); i < sound.samples.size(); i += static_cast<size_t>(sound.channels)) {
    sum += static_cast<double>(sound.samples[i]) * sound.samples[i];
  }
  return sound.samples.empty() ? 0 : sum / static_cast<double>(sound.frames());
}

/// Which share of a channel's energy is at `hz`, by Goertzel's algorithm: 1 for a pure tone.
double share_at(const frame::Sound& sound, double hz, int channel = 0) {
  const double coefficient = 2 * std::cos(2 * std::numbers::pi * hz / frame::kSampleRate);
  double s1 = 0, s2 = 0;
  for (size_t i = static_cast<size_t>(channel); i < sound.samples.size(); i += static_cast<size_t>(sound.channels)) {
    const double s0 = sound.samples[i] + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  const double power = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
  const auto frames = static_cast<double>(sound.frames());
  return 2 * power / (frames * frames * energy(sound, channel));
}

OpusEncoder make_encoder(OpusEncoderConfig config) {
  auto made = OpusEncoder::make(config);
  EXPECT_TRUE(made);
  return std::move(*made);
}

frame::EncodedSound encoded(OpusEncoder& encoder, const frame::Sound& sound, int n) {
  auto packet = encoder.encode(sound, at(n));
  EXPECT_TRUE(packet && *packet);
  return packet && *packet ? **packet : frame::EncodedSound{};
}

TEST(Opus, ATonePasses) {
  OpusEncoder encoder = make_encoder({.music = true});
  OpusDecoder decoder(1);
  frame::Sound heard;
  for (int n = 0; n < 50; ++n) {
    const auto sound = decoder.decode(encoded(encoder, tone(n, 1, 440), n));
    ASSERT_TRUE(sound);
    ASSERT_EQ(sound->frames(), kFrames);
    if (n >= 5) append(heard, *sound);
  }
  EXPECT_GT(share_at(heard, 440), 0.98);
  EXPECT_LT(share_at(heard, 880), 0.01);
  EXPECT_NEAR(std::sqrt(energy(heard)), 8000 / std::numbers::sqrt2, 600);
}

TEST(Opus, StereoKeepsItsSides) {
  OpusEncoder encoder = make_encoder({.channels = 2, .bitrate = DataRate::kbps(96), .music = true});
  OpusDecoder stereo(2), mono(1);
  frame::Sound both{.channels = 2}, mixed{.channels = 1};
  for (int n = 0; n < 50; ++n) {
    const frame::EncodedSound packet = encoded(encoder, tone(n, 2, 440, 1000), n);
    const auto sound = stereo.decode(packet);
    const auto down = mono.decode(packet);
    ASSERT_TRUE(sound && down);
    ASSERT_EQ(sound->channels, 2);
    if (n >= 5) append(both, *sound), append(mixed, *down);
  }
  EXPECT_GT(share_at(both, 440, 0), 0.95);
  EXPECT_GT(share_at(both, 1000, 1), 0.95);
  EXPECT_NEAR(share_at(mixed, 440), 0.5, 0.1);
  EXPECT_NEAR(share_at(mixed, 1000), 0.5, 0.1);
}

TEST(Opus, TimestampsCountSamplesAndLeapOverPauses) {
  OpusEncoder encoder = make_encoder({});
  EXPECT_EQ(encoded(encoder, tone(0, 1, 440), 0).rtp_timestamp, 0u);
  EXPECT_EQ(encoded(encoder, tone(1, 1, 440), 1).rtp_timestamp, 960u);
  // 15 ms late is jitter of the sound card.
  const auto late = encoder.encode(tone(2, 1, 440), at(2) + TimeDelta::millis(15));
  EXPECT_EQ((*late)->rtp_timestamp, 1920u);
  EXPECT_EQ((*late)->duration, TimeDelta::millis(20));
  // A second of mute is not.
  const auto after = encoder.encode(tone(3, 1, 440), at(3) + TimeDelta::millis(1015));
  EXPECT_EQ((*after)->rtp_timestamp, 2880u + 48'000u);
  // Early never goes back.
  const auto early = encoder.encode(tone(4, 1, 440), at(4));
  EXPECT_EQ((*early)->rtp_timestamp, 2880u + 48'000u + 960u);
}

TEST(Opus, DtxSendsNextToNothingInSilence) {
  OpusEncoder encoder = make_encoder({.dtx = true});
  OpusDecoder decoder(1);
  int sent = 0;
  uint32_t last = 0;
  for (int n = 0; n < 20; ++n) EXPECT_TRUE(*encoder.encode(tone(n, 1, 440), at(n)));
  for (int n = 20; n < 120; ++n) {
    const auto packet = encoder.encode(silence(1), at(n));
    ASSERT_TRUE(packet);
    if (!*packet) continue;
    ++sent;
    last = (*packet)->rtp_timestamp;
    EXPECT_TRUE(decoder.decode(**packet));
  }
  EXPECT_LT(sent, 35);  // of 100: some at the start, then one each 400 ms
  EXPECT_GT(sent, 0);
  EXPECT_EQ(last % 960, 0u) << "the clock runs on while nothing is sent";
  EXPECT_EQ(encoded(encoder, tone(120, 1, 440), 120).rtp_timestamp, 120u * 960);
}

TEST(Opus, LossIsConcealedFromWhatCameBefore) {
  OpusEncoder encoder = make_encoder({.music = true, .fec = false});
  OpusDecoder decoder(1);
  frame::Sound before;
  for (int n = 0; n < 20; ++n) before = *decoder.decode(encoded(encoder, tone(n, 1, 440), n));
  const frame::Sound filled = decoder.lost(TimeDelta::millis(20));
  EXPECT_EQ(filled.frames(), kFrames);
  EXPECT_GT(energy(filled), energy(before) * 0.4);
  EXPECT_GT(share_at(filled, 440), 0.8);
  // And fades out: nobody wants to hear the last syllable for a second.
  frame::Sound later;
  for (int i = 0; i < 25; ++i) later = decoder.lost(TimeDelta::millis(20));
  EXPECT_LT(energy(later), energy(before) * 0.01);
}

/// Something like a voice that says one short syllable after another: harmonics of 150 Hz, 100 ms on and 100 ms off.
frame::Sound syllables(int n) {
  frame::Sound sound{.channels = 1};
  const bool on = n / 5 % 2 == 1;
  for (size_t i = 0; i < kFrames; ++i) {
    const double seconds = (static_cast<double>(n) * kFrames + static_cast<double>(i)) / frame::kSampleRate;
    double sample = 0;
    for (int harmonic = 1; harmonic <= 12; ++harmonic) {
      sample += std::sin(2 * std::numbers::pi * 150 * harmonic * seconds) / harmonic;
    }
    sound.samples.push_back(static_cast<int16_t>((on ? 6000 : 30) * sample));
  }
  return sound;
}

TEST(Opus, TheNextPacketBringsBackTheLostOne) {
  OpusEncoder encoder = make_encoder({.bitrate = DataRate::kbps(32), .fec = true, .expected_loss_percent = 30});
  std::vector<frame::EncodedSound> packets;
  for (int n = 0; n < 100; ++n) packets.push_back(encoded(encoder, syllables(n), n));
  OpusDecoder whole(1), repaired(1), guessed(1);
  double original = 0, error_repaired = 0, error_guessed = 0;
  for (size_t n = 0; n + 1 < packets.size(); ++n) {
    const frame::Sound truth = *whole.decode(packets[n]);
    const bool drop = n > 20 && n % 10 == 6;  // the second packet of each syllable
    const frame::Sound a = drop ? repaired.lost(TimeDelta::millis(20), &packets[n + 1]) : *repaired.decode(packets[n]);
    const frame::Sound b = drop ? guessed.lost(TimeDelta::millis(20)) : *guessed.decode(packets[n]);
    ASSERT_EQ(a.frames(), kFrames);
    if (!drop) continue;
    for (size_t i = 0; i < truth.samples.size(); ++i) {
      original += std::pow(truth.samples[i], 2);
      error_repaired += std::pow(a.samples[i] - truth.samples[i], 2);
      error_guessed += std::pow(b.samples[i] - truth.samples[i], 2);
    }
  }
  EXPECT_LT(error_repaired, original * 0.3);
  EXPECT_LT(error_repaired, error_guessed * 0.5);
}

TEST(Opus, ConcealmentIsLimitedAndInWholeUnits) {
  OpusDecoder decoder(2);
  EXPECT_EQ(decoder.lost(TimeDelta::seconds(5)).duration(), OpusDecoder::kMaxConcealed);
  EXPECT_EQ(decoder.lost(TimeDelta::micros(11'000)).duration(), TimeDelta::millis(10));
  EXPECT_EQ(decoder.lost(TimeDelta::micros(-1)).frames(), 0u);
  EXPECT_EQ(decoder.lost(TimeDelta::millis(40)).samples.size(), 2u * 1920);
}

TEST(Opus, BadPacketsAreErrorsAndDoNoHarm) {
  OpusEncoder encoder = make_encoder({});
  OpusDecoder decoder(1);
  EXPECT_EQ(decoder.decode({}).error(), DecodeError::Corrupt);
  const frame::EncodedSound odd{.data = frame::Payload({0xff, 0xff})};  // code 3 with 63 frames: more than 120 ms
  EXPECT_EQ(decoder.decode(odd).error(), DecodeError::Corrupt);
  const frame::EncodedSound huge{.data = frame::Payload(std::vector<uint8_t>(65'536))};
  EXPECT_EQ(decoder.decode(huge).error(), DecodeError::TooLarge);
  EXPECT_EQ(decoder.lost(TimeDelta::millis(20), &odd).frames(), kFrames);
  Rng rng(7);
  for (int n = 0; n < 300; ++n) {
    std::vector<uint8_t> noise(rng.below(200));
    rng.fill(noise);
    const frame::EncodedSound packet{.data = frame::Payload(noise)};
    const auto sound = decoder.decode(packet);
    EXPECT_TRUE(!sound || sound->duration() <= TimeDelta::millis(120));
    EXPECT_EQ(decoder.lost(TimeDelta::millis(20), &packet).frames(), kFrames);
  }
  frame::Sound heard;
  for (int n = 0; n < 30; ++n) {
    const auto sound = decoder.decode(encoded(encoder, tone(n, 1, 440), n));
    ASSERT_TRUE(sound);
    if (n >= 10) append(heard, *sound);
  }
  EXPECT_GT(share_at(heard, 440), 0.9);
}

TEST(Opus, RefusesSoundOfOtherLengthsAndChannels) {
  OpusEncoder encoder = make_encoder({});
  EXPECT_EQ(encoder.encode({1, std::vector<int16_t>(961)}, at(0)).error(), EncodeError::BadSound);
  EXPECT_EQ(encoder.encode({1, {}}, at(0)).error(), EncodeError::BadSound);
  EXPECT_EQ(encoder.encode(silence(2), at(0)).error(), EncodeError::BadSound);
  for (const size_t frames : {480, 960, 1920, 2880}) {
    const auto packet = encoder.encode({1, std::vector<int16_t>(frames)}, at(0));
    ASSERT_TRUE(packet && *packet);
    EXPECT_EQ(opus_duration((*packet)->data.view()), frame::duration_of(static_cast<int64_t>(frames)));
  }
  EXPECT_EQ(OpusEncoder::make({.channels = 3}).error(), EncodeError::BadConfig);
  EXPECT_EQ(OpusEncoder::make({.expected_loss_percent = 101}).error(), EncodeError::BadConfig);
}

TEST(Opus, FollowsTheBitrate) {
  OpusEncoder encoder = make_encoder({.bitrate = DataRate::kbps(64), .music = true, .fec = false});
  Rng rng(3);
  const auto bytes = [&] {
    size_t sum = 0;
    for (int n = 0; n < 50; ++n) {
      frame::Sound noise = silence(1);
      for (int16_t& sample : noise.samples) sample = static_cast<int16_t>(rng.below(8000));
      sum += encoded(encoder, noise, n).data.size();
    }
    return static_cast<double>(sum);
  };
  EXPECT_NEAR(bytes(), 8000, 1600);
  encoder.set_bitrate(DataRate::kbps(16));
  EXPECT_NEAR(bytes(), 2000, 600);
}

}  // namespace
}  // namespace parley::codec
