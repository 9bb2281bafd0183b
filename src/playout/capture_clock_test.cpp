#include "playout/capture_clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/rng.hpp"
#include "playout/test_media.hpp"

namespace parley::playout {
namespace {

using rtp::rtcp::NtpTime;

TEST(RecentLeast, ForgetsWithTheWindow) {
  RecentLeast least(TimeDelta::seconds(1));
  EXPECT_FALSE(least.least());
  least.add(TimeDelta::millis(5), at(0));
  for (int i = 1; i <= 8; ++i) {
    least.add(TimeDelta::millis(10 + i), at(1000 * i));
    EXPECT_EQ(least.least(), TimeDelta::millis(5)) << i;
  }
  least.add(TimeDelta::millis(30), at(9000));
  EXPECT_EQ(least.least(), TimeDelta::millis(11));
  least.add(TimeDelta::millis(40), at(100'000));
  EXPECT_EQ(least.least(), TimeDelta::millis(40)) << "a long silence empties it";
}

/// A sender whose NTP clock starts anywhere and runs at its own speed, with a sound card and a camera whose RTP clocks
/// run at theirs, behind a network that delays and jitters. Time is real time; the receiver's clock is real.
struct SkewedSender {
  double ntp_ppm = 0;
  double audio_ppm = 0;
  double video_ppm = 0;
  double ntp_start = 3.9e9;  // seconds
  uint32_t audio_start = 0xffff'0000;
  uint32_t video_start = 12'345;

  NtpTime ntp(double t) const {
    return NtpTime::from_us(static_cast<int64_t>((ntp_start + t * (1 + ntp_ppm * 1e-6)) * 1e6));
  }
  uint32_t audio(double t) const { return audio_start + ticks(t, 48'000, audio_ppm); }
  uint32_t video(double t) const { return video_start + ticks(t, 90'000, video_ppm); }
  static uint32_t ticks(double t, double rate, double ppm) {
    return static_cast<uint32_t>(static_cast<int64_t>(std::llround(t * rate * (1 + ppm * 1e-6))));
  }
};

Timestamp real(double seconds) { return at(0) + TimeDelta::micros(std::llround(seconds * 1e6)); }

struct Errors {
  double worst_between = 0;  ///< ms: sound against picture captured at one instant
  double worst_late = 0;     ///< ms: against the real time of capture plus the shortest delay
  double worst_early = 0;
};

// Ten minutes: 50 sound packets and 30 pictures a second, a report of each stream every second, lost now and then.
Errors run(const SkewedSender& sender, uint64_t seed, double report_loss) {
  constexpr double kDelay = 0.040, kJitter = 0.030;
  Rng rng(seed);
  CaptureClock clock;
  StreamClock audio(48'000), video(90'000);
  Errors errors;
  for (int tick = 0; tick < 600 * 150; ++tick) {
    const double t = tick / 150.0;
    const auto arrival = [&] { return real(t + kDelay + kJitter * rng.unit() * rng.unit()); };
    if (tick % 3 == 0) audio.receive_packet(sender.audio(t), arrival());
    if (tick % 5 == 0) video.receive_packet(sender.video(t), arrival() + TimeDelta::millis(25));  // frames take time
    if (tick % 150 == 40 && !rng.chance(report_loss)) {
      clock.receive_report(sender.ntp(t), arrival());
      audio.receive_report(sender.ntp(t), sender.audio(t));
    }
    if (tick % 150 == 90 && !rng.chance(report_loss)) {
      clock.receive_report(sender.ntp(t), arrival());
      video.receive_report(sender.ntp(t), sender.video(t));
    }
    if (t < 10) continue;  // until reports have come for sure, and the shortest delay is known about
    const Timestamp sound = audio.captured_at(sender.audio(t), clock);
    const Timestamp picture = video.captured_at(sender.video(t), clock);
    errors.worst_between = std::max(errors.worst_between, std::abs((sound - picture).us() / 1e3));
    errors.worst_late = std::max(errors.worst_late, (sound - real(t + kDelay)).us() / 1e3);
    errors.worst_early = std::max(errors.worst_early, (real(t + kDelay) - sound).us() / 1e3);
  }
  return errors;
}

TEST(CaptureClock, SoundAndPictureAgreeWhateverTheClocksDo) {
  const SkewedSender senders[] = {
      {},
      {.ntp_ppm = 200, .ntp_start = 3.7e9},
      {.ntp_ppm = -200, .audio_ppm = 100, .video_ppm = -100},
      {.ntp_ppm = 50, .audio_ppm = -300, .video_ppm = 300, .ntp_start = 1000},
  };
  double worst = 0;
  for (const SkewedSender& sender : senders) {
    for (const double loss : {0.0, 0.2}) {
      const Errors errors = run(sender, 1, loss);
      EXPECT_LT(errors.worst_between, 4.0) << sender.ntp_ppm << " ppm, loss " << loss;
      EXPECT_LT(errors.worst_late, 25.0) << sender.ntp_ppm << " ppm, loss " << loss;
      EXPECT_LT(errors.worst_early, 25.0) << sender.ntp_ppm << " ppm, loss " << loss;
      worst = std::max(worst, errors.worst_between);
    }
  }
  RecordProperty("worst_between_us", static_cast<int>(worst * 1000));
}

TEST(CaptureClock, TheLeastDelayedReportCounts) {
  CaptureClock clock;
  EXPECT_FALSE(clock.known());
  const auto report = [&](int64_t ms, int64_t delay) {
    clock.receive_report(NtpTime::from_us(at(ms).us() + 3'000'000'000'000'000), at(ms + delay));
  };
  const auto error = [&](int64_t ms) {
    return (clock.to_local(NtpTime::from_us(at(ms).us() + 3'000'000'000'000'000)) - at(ms)).ms();
  };
  report(0, 120);
  EXPECT_EQ(error(0), 120);
  report(1000, 50);
  EXPECT_GT(error(1000), 110) << "no step";
  for (int i = 2; i < 120; ++i) report(1000 * i, 80);
  EXPECT_NEAR(static_cast<double>(error(120'000)), 80, 1) << "50 ms was more than a minute ago";
}

TEST(CaptureClock, AClockThatWasSetIsFollowed) {
  for (const int64_t step : {-3600'000, -400, 400, 3600'000}) {
    CaptureClock clock;
    const auto ntp = [&](int64_t ms, int64_t set) { return NtpTime::from_us((3'600'000'000 + ms + set) * 1000); };
    for (int i = 0; i < 20; ++i) clock.receive_report(ntp(1000 * i, 0), at(1000 * i + 30));
    for (int i = 20; i < 30; ++i) clock.receive_report(ntp(1000 * i, step), at(1000 * i + 30));
    EXPECT_EQ(clock.to_local(ntp(30'000, step)), at(30'030)) << step;
  }
}

TEST(StreamClock, WithoutReportsByTheLeastDelayedPacket) {
  StreamClock stream(48'000);
  const CaptureClock clock;
  EXPECT_FALSE(stream.synchronised(clock));
  stream.receive_packet(960, at(120));
  EXPECT_EQ(stream.captured_at(960, clock), at(120));
  stream.receive_packet(2 * 960, at(110));
  EXPECT_EQ(stream.captured_at(960, clock), at(90));
  stream.receive_packet(3 * 960, at(400));
  EXPECT_EQ(stream.captured_at(3 * 960, clock), at(130));
}

TEST(StreamClock, ReportsOfAnotherSourceAreNotBelieved) {
  StreamClock stream(48'000);
  CaptureClock clock;
  clock.receive_report(NtpTime::from_us(5'000'000), at(0));
  stream.receive_report(NtpTime::from_us(5'000'000), 48'000);
  stream.receive_packet(48'000, at(10));
  EXPECT_TRUE(stream.synchronised(clock));
  EXPECT_EQ(stream.captured_at(48'000, clock), at(0));
  // The line's timestamps go on elsewhere, and no report has come since.
  stream.receive_packet(480'000, at(30));
  EXPECT_FALSE(stream.synchronised(clock));
  EXPECT_EQ(stream.captured_at(480'000, clock), at(30));
  stream.receive_report(NtpTime::from_us(5'010'000), 480'000);
  EXPECT_TRUE(stream.synchronised(clock));
  EXPECT_EQ(stream.captured_at(480'000, clock), at(10));
}

TEST(StreamClock, TimestampsThatJumpBackBeginAnew) {
  StreamClock stream(90'000);
  const CaptureClock clock;
  stream.receive_packet(9'000'000, at(0));
  stream.receive_packet(90'000, at(33));
  EXPECT_EQ(stream.captured_at(90'000, clock), at(33));
}

/// Sound of 20 ms packets that comes 10 ms after a report said so, to see what becomes of it when something changes.
class SoundThatPauses : public ::testing::Test {
 protected:
  SoundThatPauses() {
    clock.receive_report(NtpTime::from_us(0), at(0));
    stream.receive_report(NtpTime::from_us(0), 0);
    for (int i = 0; i < 50; ++i) packet(20 * i + 10);
  }
  void packet(int64_t arrival) { stream.receive_packet(kPacket * packets++, at(arrival)); }
  /// Of the newest packet, in ms.
  int64_t captured() const { return (stream.captured_at(kPacket * (packets - 1), clock) - at(0)).ms(); }
  bool undecided(int64_t now) const { return at(now) < stream.undecided_until(); }
  void report(int64_t ms, uint32_t rtp_timestamp) {
    clock.receive_report(NtpTime::from_us(ms * 1000), at(ms));
    stream.receive_report(NtpTime::from_us(ms * 1000), rtp_timestamp);
  }

  static constexpr uint32_t kPacket = 960;
  StreamClock stream{48'000, StreamClock::Source::Pauses};
  CaptureClock clock;
  uint32_t packets = 0;
};

TEST_F(SoundThatPauses, IsHeardWhenItGoesOn) {
  ASSERT_EQ(captured(), 980);
  // 900 ms of nothing, for which RTP time stood still: less than what contradicts a report by itself.
  for (const int64_t arrival : {1910, 1930, 1950}) {
    packet(arrival);
    EXPECT_TRUE(undecided(arrival));
  }
  packet(1970);
  EXPECT_FALSE(undecided(1970));
  EXPECT_EQ(captured(), 1970);
  EXPECT_FALSE(stream.synchronised(clock));
  // An SFU's reports go by what the publisher said last. They are not believed before that says something new.
  report(2000, 96'000);
  packet(1990);
  EXPECT_EQ(captured(), 1990);
  report(2100, 57'600);  // a second before the pause, and 200 ms since
  packet(2010);
  EXPECT_TRUE(stream.synchronised(clock));
  EXPECT_EQ(captured(), 2000) << "10 ms before it came: now the report tells";
}

TEST_F(SoundThatPauses, AgainAndAgain) {
  int64_t now = 1000;
  for (int beep = 0; beep < 20; ++beep, now += 900) {
    for (int i = 0; i < 5; ++i, now += 20) packet(now);
    EXPECT_FALSE(undecided(now));
    EXPECT_EQ(captured(), now - 20) << "beep " << beep;
  }
}

TEST_F(SoundThatPauses, IsLateWhereTheNetworkHeldItUp) {
  const int64_t all = 1500;  // half a second of packets, all at once
  for (int i = 0; i < 25; ++i) packet(all);
  EXPECT_FALSE(undecided(all));
  EXPECT_EQ(captured(), 1480);
  packet(1510);
  EXPECT_EQ(captured(), 1500);
  EXPECT_TRUE(stream.synchronised(clock));
}

TEST_F(SoundThatPauses, PicturesNeverDo) {
  StreamClock pictures(90'000);
  pictures.receive_report(NtpTime::from_us(0), 0);
  pictures.receive_packet(0, at(0));
  for (uint32_t i = 1; i <= 10; ++i) pictures.receive_packet(3000 * i, at(33 * i + 500));
  EXPECT_EQ(pictures.undecided_until(), Timestamp());
  EXPECT_EQ((pictures.captured_at(30'000, clock) - at(0)).ms(), 333);
}

TEST(StreamClock, ADayOfSoundIsExact) {
  StreamClock stream(48'000);
  const CaptureClock clock;
  // 20 s steps, which wrap the 32 bits once in 24.8 hours.
  uint32_t timestamp = 77;
  int64_t seconds = 0;
  for (; seconds <= 200'000; seconds += 20, timestamp += 960'000) {
    stream.receive_packet(timestamp, at(seconds * 1000));
    ASSERT_EQ(stream.captured_at(timestamp, clock), at(seconds * 1000));
  }
}

}  // namespace
}  // namespace parley::playout
